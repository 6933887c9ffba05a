"""Batches of golden/training/loss, with the tiny models they were made with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout
from osuT5.model.checkpoint import read_model, resolve_attention
from osuT5.model.modeling import Mapperatorinator
from osuT5.tokenizer import Tokenizer
from tests.model.golden import MODELS, song
from tests.shared_data import SHARED, load_json, need

LOSS = SHARED / "golden" / "training" / "loss"


def config_cases(pattern: str) -> list[Any]:
    """Files of the loss folder as parameters (path, config)."""
    found = sorted(LOSS.glob(pattern))
    if not found:
        return [pytest.param(LOSS / pattern, "", id=f"absent:{pattern}")]
    return [pytest.param(path, path.stem.split("_")[-1], id=path.relative_to(SHARED).as_posix()) for path in found]


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(need(path)) as loaded:
        return dict(loaded)


def layout(config: str) -> DataLayout:
    return VERSIONS[config].layout


def tokenizer(config: str) -> Tokenizer:
    return Tokenizer.load(need(MODELS / config))


def model(config: str) -> Mapperatorinator:
    return read_model(need(MODELS / config), resolve_attention("sdpa"))


def batch(path: Path, config: str, weights: bool = True) -> dict[str, Tensor]:
    """The recorded batch with its audio."""
    loaded = arrays(path)
    samples = layout(config).window_samples
    rows = []
    for start in loaded["audio_starts"]:
        piece = song()[start : start + samples]
        rows.append(np.pad(piece, (0, samples - len(piece))))
    names = ["decoder_input_ids", "decoder_attention_mask", "labels", "song_position", "mapper_idx", "difficulty"]
    found = {"frames": torch.from_numpy(np.stack(rows))}
    found |= {name: torch.from_numpy(loaded[name]) for name in names + (["sample_weights"] if weights else [])}
    return found


def halves(whole: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    """First and second half of a batch."""
    middle = len(whole["labels"]) // 2
    return [{k: v[:middle] for k, v in whole.items()}, {k: v[middle:] for k, v in whole.items()}]


def metrics_of(config: str) -> Any:
    return load_json(LOSS / "metrics.json")[config]
