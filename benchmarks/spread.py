"""A spread of five difficulties beside one difficulty with the same model, from song to files, on this machine.

    python benchmarks/spread.py [--seconds 12] [--checkpoint DIR --version v29] [--threads 1] [--greedy]

Without a checkpoint a model of the V29 kind with random weights in the size of whisper-base stands in: big enough for its matrix
products to decide the time, and both sides write the same number of tokens. What is held: under twice the time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from osuT5.capabilities import VERSIONS  # noqa: E402
from osuT5.model.checkpoint import save_model  # noqa: E402
from osuT5.model.config import new_config  # noqa: E402
from osuT5.model.modeling import Mapperatorinator  # noqa: E402
from osuT5.pipeline.presets import base_options, preset_options  # noqa: E402
from osuT5.pipeline.song import run_song  # noqa: E402
from osuT5.request import complete_all  # noqa: E402
from osuT5.tokenizer import Tokenizer  # noqa: E402

LIMIT = 2.0
SPREAD = [1.5, 2.4, 3.3, 4.6, 6.0]
WIDTH, LAYERS = 512, 6


def random_checkpoint(folder: Path) -> Path:
    """A bundle whose model has learned nothing."""
    layout = VERSIONS["v29"].layout
    tokenizer = Tokenizer.build(replace(layout, num_classes=0))
    torch.manual_seed(0)
    sizes = {"d_model": WIDTH, "encoder_layers": LAYERS, "decoder_layers": LAYERS}
    sizes |= {f"{side}_attention_heads": 8 for side in ("encoder", "decoder")}
    sizes |= {f"{side}_ffn_dim": 4 * WIDTH for side in ("encoder", "decoder")}
    config = new_config(
        "openai/whisper-tiny",
        vocab_size_in=tokenizer.vocab_size_in,
        vocab_size_out=tokenizer.vocab_size_out,
        src_seq_len=layout.src_seq_len,
        tgt_seq_len=384,  # random weights seldom end a window by themselves
        overwrite=sizes,
        n_mels=80,
        hop_length=layout.hop_length,
        sample_rate=layout.sample_rate,
        spectrogram_log_scale=True,
    )
    save_model(Mapperatorinator(config).eval(), folder)
    tokenizer.save(folder)
    return folder


def noise(path: Path, seconds: float) -> Path:
    samples = np.random.RandomState(0).randint(-9000, 9000, int(16000 * seconds)).astype(np.int16)
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


def measured(version: str, **changes: Any) -> tuple[float, float, int]:
    """CPU seconds, seconds, and tokens of a run."""
    preset = preset_options(version)
    options = replace(preset, device="cpu", seed=1, generate_positions=False, super_timing=False, **changes)
    requests = complete_all(options, preset, base_options())
    cpu, clock = time.process_time(), time.perf_counter()
    results = run_song(requests)
    return time.process_time() - cpu, time.perf_counter() - clock, sum(result.tokens for result in results)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0, help="length of the song")
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--version", default="v29")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--greedy", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        common: dict[str, Any] = {
            "audio_path": str(noise(folder / "song.wav", arguments.seconds)),
            "output_path": str(folder / "out"),
            "model_path": str(arguments.checkpoint or random_checkpoint(folder / "model")),
            "do_sample": not arguments.greedy,
        }
        if arguments.checkpoint is None:
            common["layout"] = {"tgt_seq_len": 384}
        return compare(arguments.version, common)


def compare(version: str, common: dict[str, Any]) -> int:
    """Print the figures; 1 where a spread takes too long beside the slowest of its difficulties."""
    measured(version, **common, difficulty=3.0)  # warm up
    alone = [measured(version, **common, difficulty=stars) for stars in SPREAD]
    together = measured(version, **common, difficulty=SPREAD)
    for stars, (cpu, clock, tokens) in zip(SPREAD, alone, strict=True):
        print(f"{stars:4.1f} stars alone      {cpu:7.1f} s CPU {clock:7.1f} s {tokens:7d} tokens")
    cpu, clock, tokens = together
    print(f"five together         {cpu:7.1f} s CPU {clock:7.1f} s {tokens:7d} tokens")
    slowest, mean = max(each[0] for each in alone), sum(each[0] for each in alone) / len(alone)
    print(f"spread / one: {cpu / mean:.2f} (mean), {cpu / slowest:.2f} (slowest); to hold: under {LIMIT}")
    return int(cpu / mean >= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
