"""The order in which the published loader gives its windows, with real loader workers."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.data.loader import Loader, build_loader
from osuT5.data.options import data_options
from osuT5.data.table import read_table

from ..shared_data import SHARED, load_json
from .golden import TRAINING, tokenizer_of

ORDER = SHARED / "golden" / "training" / "dataset" / "order.json"
QUIET = {
    name: 0
    for name in (
        "dt_augment_prob",
        "frame_offset_augment_prob",
        "flip_horizontal_prob",
        "flip_vertical_prob",
        "lookback_prob",
        "snapping_random_prob",
        "timing_random_offset",
        "class_dropout_prob",
        "diff_dropout_prob",
        "mapper_dropout_prob",
        "year_dropout_prob",
        "cs_dropout_prob",
        "hold_note_ratio_dropout_prob",
        "scroll_speed_ratio_dropout_prob",
        "descriptor_dropout_prob",
    )
}


def order_cases() -> list[Any]:
    if not ORDER.exists():
        return [pytest.param(ORDER, "", id="absent:order.json")]
    return [pytest.param(ORDER, name, id=f"{ORDER.name}:{name}") for name in load_json(ORDER)]


def loader_of(case: dict[str, Any], root: Path, split: str, **more: Any) -> Loader:
    layout = VERSIONS[case["config"]].layout
    start, end = case.get("set_range", (None, None))
    layout, options = data_options(
        {
            **QUIET,
            "train_dataset_path": str(root),
            "train_dataset_start": start or 0,
            "train_dataset_end": end,
            "test_dataset_end": end,
            "cycle_length": case.get("cycle_length", 1),
            "balancer_buffer_size": case.get("balancer_buffer_size", 0) if split == "train" else 0,
            "event_cache": False,
            **more,
        },
        layout,
    )
    return build_loader(
        options,
        replace(layout, templates=layout.templates[:1]),
        tokenizer_of(case["config"]),
        split,
        batch_size=case["batch_size"],
        num_workers=case["num_workers"],
        drop_last=case["drop_last"],
        compat=Compat("published"),
    )


def seen(batch: dict[str, torch.Tensor], ids: dict[int, int]) -> list[tuple[int, float, int]]:
    """Map, place in the song and token count of each row of a batch."""
    counts = batch["decoder_attention_mask"].sum(dim=1).tolist()
    places = batch["song_position"][:, 0].tolist()
    numbers = batch["beatmap_idx"].tolist()
    return [(ids[number], round(place, 4), count) for number, place, count in zip(numbers, places, counts, strict=True)]


def wanted_of(epoch: list[Any]) -> list[list[tuple[int, float, int]]]:
    return [[(beatmap, round(place, 4), count) for beatmap, place, count in batch] for batch in epoch]


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than this machine has cores
@pytest.mark.parametrize(("path", "name"), order_cases())
def test_order(path: Path, name: str) -> None:
    case = load_json(path)[name]
    root = path.parent / "mmrs"
    ids = numbers_of(root)
    random.seed(42)
    np.random.seed(42)
    torch.manual_seed(42)
    loader = loader_of(case, root, "train")
    for epoch in case["train_epochs"]:
        assert [seen(batch, ids) for batch in loader] == wanted_of(epoch)
    if case["test"] is not None:
        assert [seen(batch, ids) for batch in loader_of(case, root, "test")] == wanted_of(case["test"])
    assert not loader.report.entries


def numbers_of(root: Path) -> dict[int, int]:
    table = read_table(root)
    return {table.row(index).number: table.row(index).beatmap_id for index in range(len(table))}


@pytest.mark.parity
def test_ranks_share_the_windows() -> None:
    """Informative: two ranks together see the windows that one process sees, none of them twice."""
    path = TRAINING / "dataset" / "order_two_ranks.json"
    case = {**load_json(path)["v32_w0_keep_last"], "batch_size": 4}
    root = path.parent / "mmrs"
    ids = numbers_of(root)
    recorded = [row for rank in case["ranks"] for batch in rank["epochs"][0] for row in batch]
    wanted = Counter({(beatmap, round(place, 4)): 1 for beatmap, place, _ in recorded})
    found: Counter[tuple[int, float]] = Counter()
    for rank in range(2):
        layout = VERSIONS[case["config"]].layout
        _, options = data_options({**QUIET, "train_dataset_path": str(root), "event_cache": False}, layout)
        loader = build_loader(options, layout, tokenizer_of(case["config"]), "train", rank, 2, batch_size=4)
        found.update((beatmap, place) for batch in loader for beatmap, place, _ in seen(batch, ids))
    assert found == wanted
