"""Training windows of the published loader, token by token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from osuT5.config import Template
from osuT5.data.dice import CounterDice, PublishedDice
from osuT5.data.selection import select
from osuT5.data.table import MapTable, rows_of
from osuT5.data.tracks import Sample
from osuT5.data.windows import Window

from ..shared_data import load_json
from .golden import reader, sample_files, settings, table_with, weights_near


class GuestOf:
    """Dice that give the recorded guest map; every other draw is settled by probabilities of 0 and 1."""

    def __init__(self) -> None:
        self._dice = CounterDice(0)
        self.guest = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dice, name)

    def pick(self, count: int) -> int:
        return self.guest


def compare(window: Window, sample: Sample, wanted: dict[str, Any]) -> None:
    where = f"beatmap {wanted['beatmap_id']} window {wanted['window']}"
    assert window.row.beatmap_id == wanted["beatmap_id"], where
    assert (window.number, window.cut.start) == (wanted["window"], wanted["frame_start"]), where
    lossy = window.row.audio.name.endswith((".ogg", ".mp3"))
    assert abs(window.frames - wanted["frames_in_song"]) <= int(lossy), where
    if "decoder_input_ids" in wanted:
        assert sample["decoder_input_ids"].tolist() == wanted["decoder_input_ids"], where
        assert sample["labels"].tolist() == wanted["labels"], where
    assert len(window.tokens.ids) == wanted["mask_count"], where
    for key in ("beatmap_idx", "mapper_idx"):
        assert sample[key] == wanted[key], (where, key)
    assert sample["difficulty"] == pytest.approx(wanted["difficulty"], abs=1e-6), where
    assert sample["song_position"] == pytest.approx(wanted["song_position"], abs=1e-3 if lossy else 1e-6), where
    if "sample_weight" in wanted:
        assert sample["sample_weights"] == pytest.approx(wanted["sample_weight"], abs=1e-6), where
    assert list(sample["frames"].shape) == wanted["frames_shape"], where
    if not lossy:
        frames = sample["frames"].astype(np.float64)
        assert np.abs(frames).sum() == pytest.approx(wanted["frames_abs_sum"], rel=1e-4), where
        assert frames.sum() == pytest.approx(wanted["frames_sum"], rel=1e-4, abs=1e-2), where


def windows_of(
    run: dict[str, Any], config: str, table: MapTable, weights: dict[int, float] | None
) -> list[tuple[Window, Sample]]:
    template = Template(tuple(run["template"]["in"]), tuple(run["template"]["out"]))
    layout, options = settings(config, run["overrides"], (template,))
    wanted = {(entry["beatmap_id"]): entry for entry in run["samples"]}
    indices = [index for index in select(table, options, "train") if table.set_ids[index] in _sets(table, wanted)]
    found, dice = [], GuestOf()
    for set_id in np.unique(table.set_ids[indices]):
        rows = rows_of(table, [index for index in indices if table.set_ids[index] == set_id])
        for row in rows:
            others = [other.beatmap.name for other in rows if other is not row]
            entry = wanted.get(row.beatmap_id, {})
            dice.guest = others.index(entry["guest_beatmap_file"]) if entry.get("guest_beatmap_file") else 0
            made = reader(config, layout, options, weights=weights)  # a lost guest template must not spread
            found += [pair for pair in made.windows(rows, dice) if pair[0].row.beatmap_id == row.beatmap_id]
            assert not made.report.entries
    return found


def _sets(table: MapTable, wanted: dict[int, Any]) -> set[int]:
    return {int(set_id) for set_id, beatmap in zip(table.set_ids, table.ids, strict=True) if int(beatmap) in wanted}


@pytest.mark.parity
@pytest.mark.parametrize("path", sample_files("samples"))
def test_samples(path: Path) -> None:
    golden = load_json(path)
    runs = golden["runs"]
    assert runs
    ids = frozenset(sample["beatmap_id"] for run in runs.values() for sample in run["samples"])
    table = table_with(path, ids)
    for name, run in runs.items():
        weights = weights_near(path) if name.startswith("weights") else None
        found = {(w.row.beatmap_id, w.number): (w, s) for w, s in windows_of(run, golden["config"], table, weights)}
        for wanted in run["samples"]:
            window, sample = found[wanted["beatmap_id"], wanted["window"]]
            assert window.count == wanted["windows_in_map"], name
            try:
                compare(window, sample, wanted)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error


@pytest.mark.parity
@pytest.mark.parametrize("path", sample_files("seeded"))
def test_seeded_epoch(path: Path) -> None:
    """One epoch from the seed alone: every draw in the published order."""
    import random

    import torch

    from osuT5.data.published import published_epoch

    golden = load_json(path)
    config, seed = golden["config"], golden["seed"]
    templates = tuple(Template(tuple(entry["in"]), tuple(entry["out"])) for entry in golden["context_types"])
    overrides = {**golden["settings"], "context_weights": tuple(golden["context_weights"])}
    layout, options = settings(config, {**overrides, "cycle_length": golden["cycle_length"]}, templates)
    table = table_with(path, frozenset(sample["beatmap_id"] for sample in golden["samples"]))
    made = reader(config, layout, options)
    dice = PublishedDice(random.Random(seed), np.random.RandomState(seed), torch.Generator().manual_seed(seed))
    found = list(published_epoch(table, options, "train", made, dice))
    assert not made.report.entries
    for (window, sample), wanted in zip(found, golden["samples"], strict=True):
        compare(window, sample, wanted)
