"""Loading and saving checkpoints in the published layout (spec 02 sections 9 and 10)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..files import write_bytes
from .config import ConfigError, MapperatorinatorConfig
from .decoding_layout import lay_out_for_decoding
from .locate import CheckpointError, Location, locate_checkpoint
from .lora import merge_lora
from .modeling import Mapperatorinator

PRECISIONS: dict[str, torch.dtype] = {
    "fp32": torch.float32,
    "amp": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
ATTENTIONS = ("auto", "sdpa", "eager", "flash_attention_2")
_RECOMPUTED = ("spectrogram.", "loss_fn.weight")  # may be absent from a file


@dataclass(frozen=True)
class Checkpoint:
    """A model that is ready for inference, and where it came from."""

    model: Mapperatorinator
    location: Location
    lora: str | None = None  # what happened to the LoRA, as a sentence; None without one

    @property
    def folder(self) -> Path:
        """The folder that also holds this model's ``tokenizer.json``."""
        return self.location.folder

    @property
    def subfolder(self) -> str:
        return self.location.subfolder


def load_model(
    source: str | Path,
    gamemode: int | None = None,
    precision: str = "fp32",
    attn_implementation: str = "auto",
    device: str | torch.device = "cpu",
    lora: str | Path | None = None,
) -> Checkpoint:
    """Load a bundle (folder or hub id) for inference.

    ``gamemode`` picks that mode's sub-checkpoint where there is one; None takes the root. ``amp`` keeps float32 weights
    and runs in bf16 autocast. Raises :class:`CheckpointError`, or :class:`ConfigError` for a family that isn't supported.
    """
    if precision not in PRECISIONS:
        raise CheckpointError(f"precision: {precision!r} is not one of {', '.join(PRECISIONS)}")
    attention = resolve_attention(attn_implementation)
    return load_bundle(locate_checkpoint(source, gamemode), precision, attention, device, lora)


def load_bundle(
    location: Location,
    precision: str = "fp32",
    attention: str = "sdpa",
    device: str | torch.device = "cpu",
    lora: str | Path | None = None,
) -> Checkpoint:
    """Load a bundle that was located before."""
    model = read_model(location.folder, attention)
    report = merge_lora(model, lora, location.effective_subfolder) if lora is not None else None
    nn.Module.to(
        model, device=device, dtype=PRECISIONS[precision]
    )  # the singular vectors of a LoRA need float32, so cast last
    model.amp = precision == "amp"
    if model.device.type == "cpu":
        lay_out_for_decoding(model)
    return Checkpoint(model.eval(), location, report)


def resolve_attention(name: str) -> str:
    """``sdpa`` or ``eager`` for one of ATTENTIONS. Flash kernels are reached through sdpa, which picks them itself."""
    if name not in ATTENTIONS:
        raise CheckpointError(f"attn_implementation: {name!r} is not one of {', '.join(ATTENTIONS)}")
    return "eager" if name == "eager" else "sdpa"


def read_config(folder: Path) -> MapperatorinatorConfig:
    """``config.json`` of a bundle."""
    path = folder / "config.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"checkpoint {folder}: config.json is missing") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: not readable as JSON ({str(error).splitlines()[0]})") from error
    kind = stored.get("model_type") if isinstance(stored, dict) else None
    if kind != MapperatorinatorConfig.model_type:
        raise CheckpointError(f"{path}: model_type is {kind!r}, expected {MapperatorinatorConfig.model_type!r}")
    return MapperatorinatorConfig.from_dict(stored)


def read_model(folder: Path, attention: str = "sdpa") -> Mapperatorinator:
    """The float32 model of a bundle on the CPU. Every weight must be there, with its shape, and no other."""
    model = empty_model(read_config(folder), attention)
    weights = read_weights(folder / "model.safetensors")
    expected = dict(model.state_dict())
    for name in expected.keys() - weights.keys():
        if name.startswith(_RECOMPUTED):
            weights[name] = recomputed(model, name)
    _compare(folder / "model.safetensors", expected, weights)
    model.load_state_dict(weights, strict=True, assign=True)
    return model


def empty_model(config: MapperatorinatorConfig, attention: str = "sdpa") -> Mapperatorinator:
    """A model without memory for its weights (on the meta device)."""
    config._attn_implementation = attention
    try:
        with torch.device("meta"):
            return Mapperatorinator(config)
    except (TypeError, KeyError) as error:
        raise ConfigError(f"config.json: {error}") from error


def recomputed(model: Mapperatorinator, name: str) -> Tensor:
    """A buffer that the config determines."""
    if name == "loss_fn.weight":
        return model.class_weights()
    return model.get_buffer(name)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file as float32 copies, so that the file may change afterwards."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: file.get_tensor(name).to(torch.float32, copy=True) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise CheckpointError(f"checkpoint {path.parent}: {path.name} is missing") from None
    except (SafetensorError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"{path}: damaged or cut off, {path.stat().st_size} bytes ({reason})") from error


def _compare(path: Path, expected: dict[str, Tensor], found: dict[str, Tensor]) -> None:
    for problem, names in (
        ("lacks", sorted(expected.keys() - found.keys())),
        ("has unknown", sorted(found.keys() - expected.keys())),
    ):
        if names:
            raise CheckpointError(f"{path}: {problem} {len(names)} weights, first {names[0]!r}")
    for name, tensor in found.items():
        if tensor.shape != expected[name].shape:
            raise CheckpointError(
                f"{path}: {name} is {tuple(tensor.shape)}, config.json asks for {tuple(expected[name].shape)}"
            )


def save_model(model: Mapperatorinator, folder: str | Path, tokenizer_file: str | Path | None = None) -> Path:
    """Write ``config.json``, ``generation_config.json`` and ``model.safetensors``, and copy the tokenizer if given.

    Weights are written in float32 under the published names. Raises ``OSError`` where the folder can't be written.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    config = model.config.to_diff_dict()
    config["dtype"] = "float32"
    weights = {name: tensor.detach().float().cpu().contiguous() for name, tensor in model.state_dict().items()}
    _write_weights(target / "model.safetensors", weights)
    _write_json(target / "config.json", config)
    _write_json(target / "generation_config.json", generation_settings(model.config))
    if tokenizer_file is not None:
        shutil.copyfile(tokenizer_file, target / "tokenizer.json")
    return target


def generation_settings(config: Any) -> dict[str, Any]:
    """What published bundles hold in ``generation_config.json``; overridden for each call."""
    return {
        "bos_token_id": config.bos_token_id,
        "decoder_start_token_id": config.decoder_start_token_id,
        "disable_compile": True,
        "do_sample": True,
        "eos_token_id": config.eos_token_id,
        "max_length": config.max_target_positions,
        "pad_token_id": config.pad_token_id,
        "top_k": 0,
    }


def _write_weights(path: Path, weights: dict[str, Tensor]) -> None:
    partial = path.with_name(path.name + ".part")
    try:
        save_file(weights, partial, metadata={"format": "pt"})
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    write_bytes(path, (json.dumps(value, indent=2, sort_keys=True, default=str) + "\n").encode())
