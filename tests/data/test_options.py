"""Keys of the ``data`` group, and the rows that they select."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from osuT5.config import Template
from osuT5.data.errors import DataError
from osuT5.data.options import DataOptions, data_options
from osuT5.data.selection import select
from osuT5.data.table import MapTable, read_table

from .sets import layout_and_options, write_mmrs


def test_published_keys() -> None:
    layout, options = data_options(
        {
            "context_types": [{"in": ["none"], "out": ["timing", "map"]}, ["${context_type:map}"]],
            "context_weights": [4, 1],
            "src_seq_len": 2048,
            "gamemodes": [0, 3],
            "dt_augment_range": [1.0, 1.2],
        }
    )
    assert layout.templates == (Template(("none",), ("timing", "map")), Template((), ("map",)))
    assert (layout.src_seq_len, layout.gamemodes, options.gamemodes) == (2048, (0, 3), (0, 3))
    assert options.dt_augment_range == (1.0, 1.2) and options.context_weights == (4, 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"dt_augment_probb": 1}, "data.dt_augment_probb: no such option; did you mean dt_augment_prob?"),
        ({"zzz": 1}, "data.zzz: no such option"),
        ({"lookback_prob": 1.5}, "lookback_prob: 1.5 is not a probability"),
        ({"dataset_type": "csv"}, "dataset_type: 'csv' is not one of mmrs, web"),
        ({"order": "sorted"}, "order: 'sorted' is not one of published, random, locality"),
        ({"context_types": [["melody"]]}, "context_types: 'melody' is not one of none, timing"),
        ({"context_types": [["map"]], "context_weights": [1, 2]}, "context_weights: 2 weights for 1 context_types"),
        ({"dt_augment_range": [1.5, 1.2]}, "dt_augment_range: 1.5..1.2"),
        ({"per_track": False}, "per_track must be true"),
        ({"cycle_length": 0}, "cycle_length must be at least 1"),
    ],
)
def test_bad_values(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        data_options(values)
    assert message in str(caught.value)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> MapTable:
    return read_table(write_mmrs(tmp_path_factory.mktemp("select"), sets=5, seconds=2))


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, [10, 11, 20, 21, 30, 31, 40, 41, 50, 51]),
        ({"train_dataset_start": 1, "train_dataset_end": 3}, [20, 21, 30, 31]),
        ({"train_dataset_start": 4, "train_dataset_end": 90}, [50, 51]),
        ({"gamemodes": (3,), "train_dataset_end": 2}, [11, 21]),
        ({"set_ids": (2, 9)}, [20, 21]),
        ({"ranked_statuses": (4,)}, []),
        ({"ranked_statuses": None, "set_ids": (1,)}, [10, 11]),
        ({"min_year": 2021}, []),
        ({"min_year": 2020, "max_year": 2020, "set_ids": (1,)}, [10, 11]),
        ({"min_difficulty": 99.0}, []),
        ({"gamemodes": (0,), "add_gd_context": True}, []),
        ({"add_gd_context": True, "set_ids": (1,)}, [10, 11]),
    ],
)
def test_selection(table: MapTable, values: dict[str, Any], ids: list[int]) -> None:
    _, options = layout_and_options(table.root, **values)
    assert table.ids[select(table, options, "train")].tolist() == ids


def test_split_by_hash(table: MapTable) -> None:
    _, options = layout_and_options(table.root, test_percent=50)
    parts = [set(table.ids[select(table, options, split)].tolist()) for split in ("train", "test")]
    assert not parts[0] & parts[1] and len(parts[0] | parts[1]) == 10
    assert parts[0] and parts[1]
    assert all({beatmap + 1 for beatmap in part if beatmap % 10 == 0} <= part for part in parts)


def test_equal_songs_fall_to_one_side(table: MapTable) -> None:
    columns = {name: table.column(name) for name in ("ModeInt", "Ranked", "DifficultyRating", "RankedDate")}
    columns |= {"BeatmapSetId": table.set_ids, "Id": table.ids, "AudioSha256": ["one"] * len(table)}
    same = MapTable(table.root, columns)
    for percent in (20, 50, 80):
        _, options = layout_and_options(table.root, test_percent=percent)
        assert len(select(same, options, "train")) in (0, 10)


def test_no_torch_before_batches() -> None:
    code = "import sys, osuT5.data, osuT5.data.build, osuT5.data.windows, osuT5.data.cache; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0


def test_paths_of_splits() -> None:
    options = DataOptions(train_dataset_path="a", train_dataset_end=90, test_dataset_start=90, test_dataset_end=100)
    assert (options.path("train"), options.path("test"), options.span("test")) == ("a", "a", (90, 100))
    assert DataOptions(train_dataset_path="a", test_dataset_path="b").path("test") == "b"
