"""Maps and songs that cannot be used are left out, counted and named, in every order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from osuT5.data.errors import DataError
from osuT5.data.loader import build_loader
from osuT5.data.mailbox import Mailbox
from osuT5.data.report import Skipped, SkipReport
from osuT5.data.table import read_table
from osuT5.data.weights import read_weights
from osuT5.events.event import ContextType

from .sets import layout_and_options, tokenizer_for, write_mmrs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Six sets of two maps: one whole, and one for each thing that can be wrong."""
    root = write_mmrs(tmp_path, sets=6, seconds=18)
    folders = sorted((root / "data").iterdir())
    (folders[1] / "song.wav").unlink()
    (folders[2] / "song.wav").write_bytes(b"RIFF but nothing else")
    (folders[3] / "map 0.osu").unlink()
    text = (folders[4] / "map 0.osu").read_text()
    (folders[4] / "map 0.osu").write_text(text.split("[HitObjects]")[0])
    text = (folders[5] / "map 1.osu").read_text()
    (folders[5] / "map 1.osu").write_text(text.replace("200,400,4", "200,0,4"))
    return root


@pytest.mark.parametrize(
    ("order", "workers", "cached"),
    [
        ("published", 0, True),
        ("published", 0, False),
        ("published", 2, True),
        ("published", 2, False),
        ("random", 0, True),
        ("random", 2, True),
        ("locality", 0, True),
    ],
)
def test_left_out_and_named(root: Path, order: str, workers: int, cached: bool) -> None:
    layout, options = layout_and_options(root, order=order, event_cache=cached)
    loader = build_loader(options, layout, tokenizer_for(layout), batch_size=1, num_workers=workers)
    found = {int(batch["beatmap_idx"][0]) for _ in range(2) for batch in loader}
    table = read_table(root)
    used = {int(table.row(index).beatmap_id) for index in range(len(table)) if table.row(index).number in found}
    assert used == {10, 11, 41, 51, 60}
    codes = dict(loader.report.counts())
    audio = codes.pop("audio_broken", 0) + codes.pop("audio_missing", 0)
    assert audio == 4 and codes == {"map_missing": 1, "no_objects": 1, "map_broken": 1}
    names = {entry.name for entry in loader.report.entries.values()}
    assert {"2/map 0.osu", "4/map 0.osu", "5/map 0.osu", "6/map 1.osu"} <= names
    assert "left out 7" in loader.report.summary()


@pytest.mark.parametrize("order", ["published", "random"])
def test_a_broken_guest_spoils_no_other_map(tmp_path: Path, order: str) -> None:
    root = write_mmrs(tmp_path, sets=2, seconds=18)
    (root / "data" / "1 Artist - Song 1" / "map 1.osu").write_text("nonsense")
    layout, options = layout_and_options(root, "v29", order=order, context_weights=(0, 0, 1))
    loader = build_loader(options, layout, tokenizer_for(layout), batch_size=1)
    starts = [int(batch["decoder_input_ids"][0, 0]) for batch in loader]
    tokenizer = tokenizer_for(layout)
    none, guest = (tokenizer.context_sos[kind] for kind in (ContextType.NONE, ContextType.GD))
    assert starts.count(none) == 3 and starts.count(guest) == 6
    assert dict(loader.report.counts()) == {"no_objects": 1}


def test_nothing_usable(tmp_path: Path) -> None:
    root = write_mmrs(tmp_path, sets=1, seconds=3)
    next(root.rglob("song.wav")).unlink()
    layout, options = layout_and_options(root, order="random")
    with pytest.raises(DataError, match="no usable map in the train split; left out 2: audio_missing 2"):
        build_loader(options, layout, tokenizer_for(layout), batch_size=1)


def test_many_entries_from_workers() -> None:
    """More than a pipe holds: nobody waits for anybody."""
    box, report, found = Mailbox(), SkipReport(), SkipReport()
    for number in range(3000):
        report.entries[str(number), "code"] = Skipped(str(number), "code", "why " * 20)
    for _ in range(2):
        box.send(report, 0)
        box.collect(found)
    report.entries["late", "code"] = Skipped("late", "code", "why")
    box.send(report, 0)
    box.collect(found)
    assert found.entries == report.entries


def test_reports_are_written(tmp_path: Path) -> None:
    report = SkipReport()
    assert report.summary() == "nothing left out"
    for _ in range(2):
        report.add("a", "code", "why")
    report.add("b", "code", "why")
    other = SkipReport()
    other.add("c", "else", "ünicode")
    report.merge(other)
    assert report.summary() == "left out 3: code 2, else 1"
    report.save(tmp_path / "report.jsonl")
    assert "ünicode" in (tmp_path / "report.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "column", ["Ranked", "RankedDate", "SubmittedDate", "UserId", "StarRating", "OmdbTags", "DifficultyRating"]
)
def test_nulls_and_columns_that_are_not_there(tmp_path: Path, column: str) -> None:
    root = write_mmrs(tmp_path, sets=1, seconds=18)
    whole = parquet.read_table(root / "metadata.parquet")
    nulls = whole.set_column(whole.schema.get_field_index(column), whole.schema.field(column), _nulls(whole, column))
    for table in (nulls, whole.drop_columns([column])):
        parquet.write_table(table, root / "metadata.parquet")
        layout, options = layout_and_options(root, "v29", include_unknown_status=True)
        batches = list(build_loader(options, layout, tokenizer_for(layout), batch_size=2))
        assert sum(len(batch["labels"]) for batch in batches) == 6
        row = read_table(root).row(0)
        if column == "SubmittedDate":
            assert row.year is None
        if column == "DifficultyRating":
            assert row.stars is None
    if column == "Ranked":
        layout, options = layout_and_options(root)
        with pytest.raises(DataError, match="include_unknown_status=true"):
            build_loader(options, layout, tokenizer_for(layout), batch_size=2)


def _nulls(table: pa.Table, column: str) -> pa.Array:
    return pa.nulls(len(table), table.schema.field(column).type)


def test_columns_that_must_be_there(tmp_path: Path) -> None:
    root = write_mmrs(tmp_path, sets=1, seconds=2)
    whole = parquet.read_table(root / "metadata.parquet")
    parquet.write_table(whole.drop_columns(["AudioFile", "ModeInt"]), root / "metadata.parquet")
    with pytest.raises(DataError, match="columns missing: ModeInt, AudioFile"):
        read_table(root)
    nulls = whole.set_column(whole.schema.get_field_index("Id"), whole.schema.field("Id"), _nulls(whole, "Id"))
    parquet.write_table(nulls, root / "metadata.parquet")
    with pytest.raises(DataError, match="column Id has nulls"):
        read_table(root)
    (root / "metadata.parquet").write_bytes(b"not parquet")
    with pytest.raises(DataError, match="cannot be read as parquet"):
        read_table(root)


@pytest.mark.parametrize("unit", ["ms", "us", "ns", "int96"])
def test_dates_in_every_unit(tmp_path: Path, unit: str) -> None:
    root = write_mmrs(tmp_path, sets=1, seconds=2)
    table = parquet.read_table(root / "metadata.parquet")
    how = (
        {"use_deprecated_int96_timestamps": True} if unit == "int96" else {"coerce_timestamps": unit, "version": "2.6"}
    )
    if unit == "ns":
        how = {"version": "2.6"}
    parquet.write_table(table, root / "metadata.parquet", **how)
    assert read_table(root).row(0).year == 2020


def test_sample_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.csv"
    path.write_text("1,0.01\n2,100\n3,1\n")
    mean = (0.1 + 10 + 1) / 3
    assert read_weights(path) == pytest.approx({1: 0.1 / mean, 2: 10 / mean, 3: 1 / mean})
    path.write_text("id,weight\n1,2\n")
    with pytest.raises(DataError, match="weights.csv: not a table of lines 'beatmap id,weight'"):
        read_weights(path)
    root = write_mmrs(tmp_path / "set", sets=1, seconds=18)
    path.write_text("10,3\n77,1\n")
    layout, options = layout_and_options(root, sample_weights_path=str(path))
    batches = list(build_loader(options, layout, tokenizer_for(layout), batch_size=1))
    weights = {int(batch["beatmap_idx"][0]): float(batch["sample_weights"][0]) for batch in batches}
    assert sorted(weights.values()) == [1.0, 1.5]
    assert np.isfinite(list(weights.values())).all()
