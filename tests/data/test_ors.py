"""The legacy layout is converted once, and read like any other set from then on."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from osuT5.data.build.__main__ import main
from osuT5.data.build.ors import convert_ors
from osuT5.data.build.tables import Tables
from osuT5.data.errors import DataError
from osuT5.data.loader import build_loader
from osuT5.data.options import DataOptions

from .sets import layout_and_options, map_text, tokenizer_for, write_song


def write_track(root: Path, number: int, maps: int = 2) -> Path:
    track = root / f"Track{number:05d}"
    (track / "beatmaps").mkdir(parents=True)
    write_song(track / "audio.wav", 18, seed=number)
    entries = {}
    for index in range(maps):
        stem = f"{number * 2 + index:06d}M{index:03d}"
        (track / "beatmaps" / f"{stem}.osu").write_text(map_text(0, 100 + number * 2 + index, 50 + number))
        entries[stem] = {
            "Index": number * 2 + index,
            "BeatmapId": 100 + number * 2 + index,
            "Ruleset": 0,
            "MD5Hash": "0" * 32,
            "Difficulty": f"Level {index}",
            "RankedStatus": 4 if index == 0 else 7,
            "StandardStarRating": {"0": 2.0, "64": 3.0, "256": 1.5},
        }
    told = {
        "BeatmapSetId": 50 + number,
        "Artist": "A.B",
        "Title": "T/U",
        "Creator": "host",
        "AudioFile": "audio.wav",
        "MapDir": "beatmaps",
        "Beatmaps": entries,
    }
    (track / "metadata.json").write_text(json.dumps(told, indent=2))
    return track


def test_converted_set_is_read(tmp_path: Path) -> None:
    for number in range(2):
        write_track(tmp_path / "ors", number)
    maps, report = convert_ors(tmp_path / "ors", tmp_path / "mmrs", Tables(mappers={100: 7}))
    assert maps == 4 and not report.entries
    rows = parquet.read_table(tmp_path / "mmrs" / "metadata.parquet").to_pylist()
    first = rows[0]
    assert (first["Id"], first["BeatmapSetId"], first["UserId"], first["Ranked"]) == (100, 50, 7, 1)
    assert first["StarRating"][1:5] == pytest.approx([1.5, 2.0, 2.5, 3.0]) and first["DifficultyRating"] == 2.0
    assert (first["BeatmapSetFolder"], rows[1]["Ranked"], first["Version"]) == ("50 AB - T_U", 4, "Level 0")
    layout, options = layout_and_options(tmp_path / "mmrs", ranked_statuses=(1, 4))
    batches = list(build_loader(options, layout, tokenizer_for(layout), batch_size=2))
    assert sum(len(batch["labels"]) for batch in batches) == 8


def test_damage_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "ors"
    (write_track(root, 0) / "metadata.json").write_text("{")
    (write_track(root, 1) / "audio.wav").unlink()
    next((write_track(root, 2) / "beatmaps").iterdir()).unlink()
    assert main(["convert-ors", str(root), str(tmp_path / "out"), "--copy"]) == 0
    told = capsys.readouterr().out
    assert "1 maps in" in told
    assert all(f"left out, {code}: 1" in told for code in ("track_broken", "audio_missing", "map_missing"))
    assert main(["convert-ors", str(tmp_path / "out"), str(tmp_path / "more")]) == 1
    assert "this is no ORS set" in capsys.readouterr().err


def test_ors_is_no_data_set_type() -> None:
    with pytest.raises(DataError, match=r"'ors' is not one of mmrs, web; convert it once with .*convert-ors"):
        DataOptions(dataset_type="ors")
