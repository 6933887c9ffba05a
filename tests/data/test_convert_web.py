"""MMRS sets to shards of the web set and back."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from osuT5.data.build import BuildOptions, build
from osuT5.data.build.__main__ import main
from osuT5.data.build.from_web import web_to_mmrs
from osuT5.data.build.tables import Tables
from osuT5.data.build.to_web import mmrs_to_web
from osuT5.data.loader import build_loader
from osuT5.tokenizer.sources import read_mapper_file

from .sets import layout_and_options, tokenizer_for, write_folder, write_mmrs, write_song
from .test_web import entry, write_shard

SAME = (
    *("Id", "BeatmapSetId", "ModeInt", "Mode", "Ranked", "Status", "SubmittedDate", "RankedDate", "UserId", "Title"),
    *("Version", "Creator", "DifficultyRating", "StarRating", "TotalLength", "HitLength", "Bpm", "Cs", "AudioSha256"),
    *("Checksum", "BeatmapSetBpm", "CountSliders", "AudioSeconds"),
)


def rows_in(root: Path) -> list[dict[str, Any]]:
    rows = parquet.read_table(root / "metadata.parquet").to_pylist()
    return sorted(rows, key=lambda row: (row["BeatmapSetId"], row["Id"]))


def write_set_with_user(tmp_path: Path) -> Path:
    """Three songs, the third of which two sets share."""
    for number in (1, 2, 3, 4):
        write_folder(tmp_path / "songs" / str(number), number, modes=(0, 3), seconds=18)
    (tmp_path / "songs" / "4" / "song.wav").write_bytes((tmp_path / "songs" / "3" / "song.wav").read_bytes())
    build(tmp_path / "songs", tmp_path / "mmrs", BuildOptions(status=1, year=2012, tables=Tables(users={"someone": 9})))
    return tmp_path / "mmrs"


def test_there_and_back(tmp_path: Path) -> None:
    root = write_set_with_user(tmp_path)
    assert mmrs_to_web(root, tmp_path / "web", "original", size=2)[0] == 3
    shards = sorted((tmp_path / "web" / "original").iterdir())
    assert [path.name for path in shards] == ["data-000000.tar", "data-000001.tar"]
    with tarfile.open(shards[1]) as archive:
        assert archive.getnames() == ["000002.json", "000002.mp3"]
        told = json.load(archive.extractfile("000002.json"))  # type: ignore[arg-type]
    assert [one["beatmapset_id"] for one in told["beatmaps"]] == [3, 3, 4, 4]
    assert told["beatmaps"][0]["submit_date"] == "2012-01-01 00:00:00" and told["beatmaps"][0]["creator_id"] == 9
    count, report = web_to_mmrs(tmp_path / "web", tmp_path / "back", Tables(), "original")
    assert (count, report.entries) == (8, {})
    before, after = rows_in(root), rows_in(tmp_path / "back")
    for one, other in zip(before, after, strict=True):
        assert {name: one[name] for name in SAME} == {name: other[name] for name in SAME}
    songs = [tmp_path / "back" / "data" / row["BeatmapSetFolder"] / row["AudioFile"] for row in after]
    assert songs[4].samefile(songs[6]) and not songs[0].samefile(songs[4])


def test_windows_survive(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    root = write_mmrs(tmp_path, sets=2, seconds=18)
    mmrs_to_web(root, tmp_path / "web", "original")
    web_to_mmrs(tmp_path / "web", tmp_path / "back", Tables(), "original")
    found = []
    for folder, kind in ((root, "mmrs"), (tmp_path / "back", "mmrs"), (tmp_path / "web", "web")):
        more = {"dataset_type": "web", "dataset_subset": "original", "test_dataset_path": str(folder)}
        layout, options = layout_and_options(folder, "v32", **(more if kind == "web" else {}))
        loader = build_loader(options, layout, tokenizer_for(layout), "test", batch_size=1)
        found.append([batch["decoder_input_ids"][0].tolist() for batch in loader])
    assert len(found[0]) == 8 and found[0] == found[1] == found[2]


def test_compressed_songs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_mmrs(tmp_path, sets=1, modes=(0,), seconds=18)
    assert main(["convert-web", str(root), str(tmp_path / "web")]) == 0
    assert "1 songs in" in capsys.readouterr().out
    with tarfile.open(tmp_path / "web" / "compressed" / "data-000000.tar") as archive:
        song = archive.getmember("000000.opus")
        assert 60_000 < song.size < 250_000  # 18 s at 64 kbit/s
    assert main(["convert-web", str(tmp_path / "web"), str(tmp_path / "back")]) == 0
    (row,) = rows_in(tmp_path / "back")
    assert row["AudioSeconds"] == pytest.approx(18, abs=0.05) and row["AudioFile"] == "audio.opus"


def test_mapper_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_set_with_user(tmp_path)
    mmrs_to_web(root, tmp_path / "web", "original")
    for folder in (root, tmp_path / "web"):
        out = tmp_path / f"{folder.name}.json"
        assert main(["mappers", str(folder), str(out), "--subset", "original"]) == 0
        assert read_mapper_file(out) == {number * 10 + mode: 9 for number in (1, 2, 3, 4) for mode in (0, 1)}
    assert "8 maps with a known mapper" in capsys.readouterr().out
    assert main(["mappers", str(write_mmrs(tmp_path / "other", sets=1, seconds=3)), str(tmp_path / "x.json")]) == 1
    assert main(["mappers", str(tmp_path / "songs"), str(tmp_path / "x.json")]) == 1
    assert "neither an MMRS nor a web set" in capsys.readouterr().err


def test_damage_is_named(tmp_path: Path) -> None:
    root = write_mmrs(tmp_path, sets=3, modes=(0, 3), seconds=3)
    folders = sorted((root / "data").iterdir())
    (folders[0] / "song.wav").unlink()
    (folders[1] / "song.wav").write_bytes(b"no song")
    next(folders[2].glob("*.osu")).unlink()
    count, report = mmrs_to_web(root, tmp_path / "web")
    assert count == 1
    assert dict(report.counts()) == {"audio_broken": 2, "map_missing": 1}
    write_song(tmp_path / "song.wav", 3)
    audio = (tmp_path / "song.wav").read_bytes()
    bad = [entry(1, 5, content="nonsense"), entry(2, 5, mode=7), {"beatmap_id": 3}]
    (tmp_path / "bad" / "compressed").mkdir(parents=True)
    samples: list[Any] = [("000000", bad), ("000001", [entry(4, 6)]), ("000002", b"{"), ("000003", [1])]
    write_shard(tmp_path / "bad" / "compressed" / "a.tar", samples, audio)
    write_shard(tmp_path / "bad" / "compressed" / "b.tar", [("000004", [entry(5, 7)])], b"no song")
    count, report = web_to_mmrs(tmp_path / "bad", tmp_path / "out", Tables(mappers={4: 77}))
    assert count == 1
    assert dict(report.counts()) == {"no_objects": 1, "sample_broken": 4, "audio_undecodable": 1}
    (row,) = rows_in(tmp_path / "out")
    assert (row["Id"], row["UserId"], row["BeatmapSetUserId"], row["DifficultyRating"]) == (4, 77, 5, 2.5)
    assert len(list((tmp_path / "out" / "data").iterdir())) == 1


def test_what_is_no_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "void").mkdir()
    assert main(["convert-web", str(tmp_path / "void"), str(tmp_path / "out")]) == 1
    assert "neither an MMRS nor a web set" in capsys.readouterr().err
    (tmp_path / "void" / "metadata.parquet").write_bytes(b"x")
    assert main(["convert-web", str(tmp_path / "void"), str(tmp_path / "out")]) == 1
    assert "cannot be read as parquet" in capsys.readouterr().err
