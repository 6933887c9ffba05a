"""Small random models of every family, and a bundle of one."""

from __future__ import annotations

from pathlib import Path

import torch

from osuT5.model.checkpoint import save_model
from osuT5.model.config import MapperatorinatorConfig, new_config
from osuT5.model.modeling import Mapperatorinator

FAMILIES = ("openai/whisper-tiny", "Tiger14n/ropewhisper-tiny", "OliBomby/varwhisper-tiny")
FRAMES, TOKENS = 64, 48
SAMPLES = (FRAMES - 1) * 128
VOCABULARY = 60


def tiny_config(name: str, **changes: object) -> MapperatorinatorConfig:
    rotary = name != FAMILIES[0]
    fields: dict[str, object] = {
        "n_mels": 20,
        "spectrogram_implementation": "torchaudio" if rotary else "nnAudio",
        "spectrogram_log_scale": rotary,
        "project_encoder_input": not rotary,
        "rhythm_token_start": 5,
        "rhythm_token_end": 20,
        **changes,
    }
    return new_config(
        name,
        vocab_size_in=VOCABULARY + 10,
        vocab_size_out=VOCABULARY,
        src_seq_len=FRAMES,
        tgt_seq_len=TOKENS,
        overwrite={
            "d_model": 32,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 64,
            "decoder_ffn_dim": 64,
        },
        **fields,  # type: ignore[arg-type]
    )


def tiny_model(name: str, seed: int = 0, **changes: object) -> Mapperatorinator:
    """Weights far larger than a fresh model's, so that every path shows in the logits."""
    torch.manual_seed(seed)
    model = Mapperatorinator(tiny_config(name, **changes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad and parameter.ndim > 1:
                parameter.mul_(8)
    return model


def tiny_bundle(folder: Path, name: str = FAMILIES[0], seed: int = 0) -> Path:
    save_model(tiny_model(name, seed), folder)
    (folder / "tokenizer.json").write_text("{}")
    return folder


def audio(rows: int = 1, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, SAMPLES, generator=torch.Generator().manual_seed(seed))
