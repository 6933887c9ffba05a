"""Training samples per second of a recipe's model: ``python benchmarks/training.py [--version v29] [--batch 1]``.

Whole optimiser steps (forward, backward, clipping, update) in float32 on the CPU, at the full width and depth of the
recipe, on made-up windows of full length: what they hold does not change the time. One step warms up and does not count.
``python benchmarks/data.py`` times the loading of windows.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from accelerate import Accelerator  # noqa: E402
from hydra import compose, initialize_config_dir  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402

from osuT5.config import DataLayout  # noqa: E402
from osuT5.tokenizer import SOS_ID, Tokenizer  # noqa: E402
from osuT5.training.entry import CONFIGS, options_of  # noqa: E402
from osuT5.training.fresh import new_model  # noqa: E402
from osuT5.training.loop import data_of  # noqa: E402
from osuT5.training.optimizers import build_optimizer  # noqa: E402
from osuT5.training.options import TrainOptions  # noqa: E402
from osuT5.training.step import optimizer_step  # noqa: E402


def options_for(version: str, layers: int) -> TrainOptions:
    """The recipe of a version; ``layers`` above 0 makes encoder and decoder that shallow."""
    short = [f"++model.overwrite.{half}_layers={layers}" for half in ("encoder", "decoder")] if layers else []
    OmegaConf.register_new_resolver("context_type", lambda name: str(name).lower(), replace=True)
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose(version, overrides=short)
    values = OmegaConf.to_container(config, resolve=True)
    assert isinstance(values, dict)
    return options_of({str(key): value for key, value in values.items()}, ".")


def window_batch(layout: DataLayout, tokenizer: Tokenizer, size: int) -> dict[str, torch.Tensor]:
    """Windows of noise with tokens drawn at random, all of full length."""
    made = torch.Generator().manual_seed(0)
    ids = torch.randint(3, tokenizer.vocab_size_out, (size, layout.tgt_seq_len), generator=made)
    labels = ids.roll(-1, 1)
    labels[:, :64] = -100
    ids[:, 64] = SOS_ID
    return {
        "frames": torch.randn(size, layout.window_samples, generator=made),
        "decoder_input_ids": ids,
        "decoder_attention_mask": torch.ones_like(ids, dtype=torch.bool),
        "labels": labels,
        "song_position": torch.tensor([[0.0, 0.1]] * size),
        "mapper_idx": torch.zeros(size, dtype=torch.int64),
        "difficulty": torch.full((size,), 5.0),
    }


def samples_per_second(options: TrainOptions, batch: int, steps: int) -> tuple[float, float, int]:
    """Samples and tokens per second, and the number of parameters."""
    layout, _ = data_of(options)
    tokenizer = Tokenizer.build(layout)
    model = new_model(options.model, layout, tokenizer, seed=0).train()
    optimizer, accelerator = build_optimizer(model.named_parameters(), options.optim), Accelerator(cpu=True)
    group = [(window_batch(layout, tokenizer, batch), 1.0)]
    seconds = 0.0
    for step in range(steps + 1):
        start = time.perf_counter()
        optimizer_step(accelerator, model, optimizer, group, 1e-4, options.optim.grad_clip)
        seconds += time.perf_counter() - start if step else 0.0
    samples = steps * batch / seconds
    return samples, samples * layout.tgt_seq_len, sum(parameter.numel() for parameter in model.parameters())


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training steps on the CPU.")
    parser.add_argument("--version", default="v29", help="a recipe of configs/train")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2, help="that count")
    parser.add_argument("--layers", type=int, default=0, help="of encoder and of decoder, instead of the recipe's")
    arguments = parser.parse_args()
    options = options_for(arguments.version, arguments.layers)
    samples, tokens, size = samples_per_second(options, arguments.batch, arguments.steps)
    depth = f", {arguments.layers}+{arguments.layers} layers" if arguments.layers else ""
    print(
        f"{arguments.version}{depth}: {size / 1e6:.0f} M parameters, {options.optim.name}, {torch.get_num_threads()} threads"
    )
    print(f"{samples:8.3f} samples/s trained, {tokens:.0f} tokens/s, batches of {arguments.batch}")


if __name__ == "__main__":
    main()
