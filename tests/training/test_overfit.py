"""Models that learn a few tiny maps by heart, and an adapter that takes over the style of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from osuT5.data.loader import build_loader
from osuT5.model.checkpoint import load_model
from osuT5.model.modeling import Mapperatorinator
from osuT5.tokenizer import Tokenizer
from osuT5.training.evaluate import Evaluator
from osuT5.training.loop import TrainResult, data_of, train
from osuT5.training.options import TrainOptions
from osuT5.training.samples import target_of, write_window
from tests.training.small_set import options, write_set

pytestmark = pytest.mark.slow
WIDTH = 64
QUIET = ("frame_offset_augment_prob", "dt_augment_prob", "timing_random_offset_prob")
DROPOUTS = ("class", "diff", "mapper", "year", "cs", "hold_note_ratio", "scroll_speed_ratio", "descriptor")


def by_heart(root: Path, run: Path, steps: int, **changes: Any) -> TrainOptions:
    """One window a map, nothing drawn at random, a model that can learn them."""
    overwrite = {"d_model": WIDTH, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4}
    overwrite |= {"decoder_attention_heads": 4, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128}
    data: dict[str, Any] = {"src_seq_len": 512, "tgt_seq_len": 160, "pad_to_multiple": 0, "test_dataset_end": 0}
    data |= dict.fromkeys(QUIET, 0.0) | {f"{name}_dropout_prob": 0.0 for name in DROPOUTS}
    optim = {"base_lr": 3e-3, "batch_size": 4, "grad_acc": 1, "total_steps": steps, "warmup_steps": 10}
    merged = {
        "model": {"overwrite": overwrite},
        "data": data,
        "optim": optim,
        "logging": {"every_steps": 20},
        "eval": {"every_steps": 1000},
        "checkpoint": {"every_steps": 1000},
    }
    for key, change in changes.items():
        merged[key] = {**merged[key], **change} if key in merged else change
    return options(root, run, **merged)


def rows(chosen: TrainOptions, tokenizer: Tokenizer) -> list[dict[str, torch.Tensor]]:
    layout, data = data_of(chosen)
    loader = build_loader(data, layout, tokenizer, "train", batch_size=1)
    return [{key: value[0] for key, value in batch.items()} for batch in loader]


def load(result: TrainResult, lora: Path | None = None, base: Path | None = None) -> tuple[Mapperatorinator, Tokenizer]:
    folder = base or result.checkpoint
    assert folder is not None
    return load_model(folder, lora=lora).model, Tokenizer.load(folder)


def agreement(one: list[int], other: list[int]) -> float:
    length = max(len(one), len(other))
    return sum(a == b for a, b in zip(one, other, strict=False)) / length


def test_a_debug_run_learns_four_maps_by_heart(small_set: Path, tmp_path: Path) -> None:
    chosen = by_heart(small_set, tmp_path, 200)
    result = train(chosen)
    assert result.losses[-1] < 0.05 < result.losses[0]
    model, tokenizer = load(result)
    layout, data = data_of(chosen)
    loader = build_loader(data, layout, tokenizer, "train", batch_size=4)
    found = Evaluator(tokenizer, layout).run(model, loader, "cpu")
    assert found.means["acc"] > 0.95 and found.means["timing_acc"] > 0.95
    windows = rows(chosen, tokenizer)
    assert len(windows) == 4
    for row in windows:
        assert write_window(model, tokenizer, layout, row) == target_of(row)


@pytest.mark.parametrize("kind", ["pissa", "plain", "converted"])
def test_an_adapter_takes_over_the_style_of_a_map(small_set: Path, tmp_path: Path, kind: str) -> None:
    base = train(by_heart(small_set, tmp_path / "base", 150))
    alone = write_set(tmp_path / "alone", maps=8)  # its fifth map and later are new songs
    lora = {"r": 16, "lora_alpha": 32, "lora_dropout": 0.0, "convert": kind == "converted"}
    lora |= {"init_lora_weights": True if kind == "plain" else "pissa"}
    chosen = by_heart(
        alone,
        tmp_path / "lora",
        100,
        data={"train_dataset_start": 6, "train_dataset_end": 7},
        optim={"name": "muon", "base_lr": 2e-2, "lr_scheduler": "cosine", "batch_size": 1, "muon_adam_lr": "legacy"},
        enable_lora=True,
        pretrained_path=str(base.checkpoint),
        lora=lora,
    )
    tuned = train(chosen)
    assert tuned.losses[-1] < 0.2 * tuned.losses[0]
    assert tuned.checkpoint is not None and base.checkpoint is not None
    adapter = tuned.checkpoint / "lora"
    adapter = adapter / "converted" if kind == "converted" else adapter
    layout, _ = data_of(chosen)
    plain, tokenizer = load(base)
    adapted, _ = load(tuned, adapter, base.checkpoint)
    (row,) = rows(chosen, tokenizer)
    before = agreement(write_window(plain, tokenizer, layout, row), target_of(row))
    after = agreement(write_window(adapted, tokenizer, layout, row), target_of(row))
    assert after > max(0.9, before)


def test_a_lora_run_resumes(small_set: Path, tmp_path: Path) -> None:
    base = train(by_heart(small_set, tmp_path / "base", 5))
    changes: dict[str, Any] = {
        "enable_lora": True,
        "pretrained_path": str(base.checkpoint),
        "lora": {"r": 4, "lora_alpha": 8, "lora_dropout": 0.1},
    }
    whole = train(by_heart(small_set, tmp_path / "whole", 6, **changes))
    from tests.training.test_run import run_until

    parts = by_heart(small_set, tmp_path / "parts", 6, **{**changes, "checkpoint": {"every_steps": 3}})
    run_until(parts, 4)
    assert train(parts).losses == whole.losses[3:]
