"""The reference data sets: which folder a file of samples belongs to, and the options of a run."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import DataLayout, Template
from osuT5.data.audio_store import AudioStore
from osuT5.data.options import DataOptions, data_options
from osuT5.data.report import SkipReport
from osuT5.data.table import MapTable, read_table
from osuT5.data.tracks import DirectEvents, TrackReader
from osuT5.data.weights import read_weights
from osuT5.data.windows import Recipe
from osuT5.tokenizer import Tokenizer

from ..shared_data import SHARED, need

TRAINING = SHARED / "golden" / "training"
# Settings of the published recipes that the layout does not carry.
RECIPES: dict[str, dict[str, Any]] = {
    "v29": {"context_weights": (4.0, 1.0, 1.0), "dt_augment_prob": 0.5, "dt_augment_range": (1.25, 1.5)},
    "v31": {"context_weights": (4.0, 1.0, 1.0), "dt_augment_prob": 0.5, "dt_augment_range": (1.25, 1.5)},
    "v30": {
        "dt_augment_prob": 0.3,
        "dt_augment_range": (1.0, 1.2),
        "lookback": 0.2,
        "min_difficulty": 1.0,
        "max_difficulty": 10.0,
    },
    "v32": {
        "dt_augment_prob": 0.3,
        "dt_augment_range": (1.0, 1.2),
        "dt_augment_sqrt": True,
        "lookback": 0.2,
        "min_year": 2007,
        "max_year": 2024,
    },
}

RECIPES |= {"v28": RECIPES["v29"], "v32-mini": RECIPES["v32"]}


def sample_files(kind: str) -> list[Any]:
    """Files of ``samples`` or ``seeded`` folders below the training data, as pytest parameters."""
    found = sorted(path for path in TRAINING.rglob("*.json.gz") if kind in path.parent.name)
    if not found:
        return [pytest.param(TRAINING / kind, id=f"absent:{kind}")]
    return [pytest.param(path, id=path.relative_to(TRAINING).as_posix()) for path in found]


@lru_cache(maxsize=8)
def table_with(near: Path, ids: frozenset[int]) -> MapTable:
    """The data set that holds the given beatmaps, the nearest to a file first."""
    found = [path.parent for folder in near.parents for path in sorted(folder.glob("*/metadata.parquet"))]
    found += [path.parent for path in sorted(TRAINING.rglob("metadata.parquet"))]
    for root in found:
        table = read_table(root)
        if ids <= set(table.ids.tolist()):
            return table
    pytest.fail(f"{near}: no data set has the beatmaps {sorted(ids)[:5]}")


@lru_cache(maxsize=8)
def tokenizer_of(config: str) -> Tokenizer:
    return Tokenizer.load(need(SHARED / "golden" / "tokenizer" / config))


def settings(config: str, overrides: dict[str, Any], templates: tuple[Template, ...]) -> tuple[DataLayout, DataOptions]:
    """Layout and options of a recorded run."""
    layout = replace(VERSIONS[config].layout, templates=templates)
    return data_options({**RECIPES[config], "context_weights": (), **overrides}, layout)


def weights_near(path: Path) -> dict[int, float] | None:
    """Sample weights beside a file of samples."""
    for folder in path.parents[:3]:
        for found in sorted(folder.glob("*weights*.csv")):
            with found.open() as handle:
                if len(next(csv.reader(handle))) == 2:
                    return read_weights(found)
    return None


def reader(
    config: str,
    layout: DataLayout,
    options: DataOptions,
    *,
    training: bool = True,
    weights: dict[int, float] | None = None,
) -> TrackReader:
    recipe = Recipe(tokenizer_of(config), layout, options, Compat("published"), weights)
    return TrackReader(recipe, DirectEvents(recipe), _songs(), SkipReport(), training)


@lru_cache(maxsize=1)
def _songs() -> AudioStore:
    """Songs stay decoded from run to run."""
    return AudioStore(16000, True, kept=24)
