"""The dataset builder: what it takes, what it leaves out and why, and that it goes on where it stopped."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from osuT5.beatmap import read_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.data.build import BuildOptions, build
from osuT5.data.build.__main__ import main
from osuT5.data.build.columns import SCHEMA
from osuT5.data.build.look import inspect
from osuT5.data.build.map_set import Limits
from osuT5.data.build.map_text import rewritten
from osuT5.data.build.tables import read_tables
from osuT5.data.build.years import estimated_year
from osuT5.data.errors import DataError
from osuT5.data.loader import build_loader
from osuT5.data.table import read_table

from .sets import layout_and_options, map_text, tokenizer_for, write_folder, write_mmrs, write_osz, write_song


def rows_in(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(out / "metadata.parquet").to_pylist()
    return sorted(rows, key=lambda row: (row["BeatmapSetId"], row["Id"]))


def test_archive_to_window(tmp_path: Path) -> None:
    write_osz(tmp_path / "7 Artist - Song.osz", write_folder(tmp_path / "source" / "x", 7))
    (tmp_path / "songs").mkdir()
    os.replace(tmp_path / "7 Artist - Song.osz", tmp_path / "songs" / "7 Artist - Song.osz")
    result = build(tmp_path / "songs", tmp_path / "out", BuildOptions(status=1, year=2019))
    assert (result.maps, result.sets, result.report.entries) == (2, 1, {})
    layout, options = layout_and_options(tmp_path / "out")
    loader = build_loader(options, layout, tokenizer_for(layout), batch_size=1)
    batches = list(loader)
    assert len(batches) == 4  # two maps of 20 s in windows of 16.4 s
    assert batches[0]["frames"].shape == (1, layout.window_samples)
    assert int(batches[0]["labels"].max()) > 2


def test_columns_and_values(tmp_path: Path) -> None:
    write_folder(tmp_path / "songs" / "a", 5, modes=(0, 3))
    build(tmp_path / "songs", tmp_path / "out", BuildOptions())
    table = parquet.read_table(tmp_path / "out" / "metadata.parquet")
    assert table.schema.names[:3] == ["Artist", "ArtistUnicode", "Title"]
    assert {field.name: str(field.type) for field in table.schema}["StarRating"].startswith("list<")
    assert str(table.schema.field("BeatmapSetId").type) == "int32"
    assert str(table.schema.field("RankedDate").type).startswith("timestamp")
    first, second = rows_in(tmp_path / "out")
    assert (first["BeatmapSetId"], first["Id"], first["ModeInt"], second["ModeInt"]) == (5, 50, 0, 3)
    assert first["BeatmapSetFolder"] == "5 Artist - Song 5"
    assert first["Bpm"] == first["BeatmapSetBpm"] == 150
    assert first["Ranked"] is None and first["UserId"] is None and first["SubmittedDate"] is None
    assert (first["CountCircles"], first["CountSliders"], second["CountSliders"]) == (15, 5, 6)
    # 19 beats and the last slider: 70 px of 140 px a beat at normal velocity
    assert first["TotalLength"] == 8 and first["HitLength"] == 7
    stars = first["StarRating"]
    assert isinstance(stars, list) and len(stars) == 7 and stars == sorted(stars)
    assert first["DifficultyRating"] == stars[2]
    assert first["AudioSeconds"] == pytest.approx(20.0, abs=0.01)
    assert len(SCHEMA.names) == len(set(SCHEMA.names))


def test_rewritten_map_keeps_its_objects() -> None:
    text = map_text(extra_events='Sprite,Background,Centre,"a.png",320,240\n').replace("\n", "\r\n")
    found = rewritten(text.encode(), 99, 98, "other.mp3").decode()
    assert "BeatmapID:99\r\n" in found and "BeatmapSetID:98\r\n" in found and "AudioFilename: other.mp3\r\n" in found
    assert "bg.jpg" not in found and "a.png" not in found and "2,7000,8000" in found
    assert found.split("[TimingPoints]")[1] == text.split("[TimingPoints]")[1]
    without = text.replace("BeatmapID:11\r\n", "").replace("BeatmapSetID:1\r\n", "")
    assert "BeatmapID:99" in rewritten(without.encode(), 99, 98, "x.mp3").decode()


def test_reasons(tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    write_folder(songs / "1 good", 1)
    bad = songs / "2 bad"
    bad.mkdir()
    write_song(bad / "song.wav", 2)
    (bad / "noise.mp3").write_bytes(b"\0" * 400)
    texts = {
        "empty.osu": map_text(count=0, beatmap_id=21),
        "no timing.osu": map_text(beatmap_id=22).replace("200,400,4", "200,-50,4").replace(",60,1,0", ",60,0,0"),
        "tempo.osu": map_text(beatmap_id=23).replace("200,400,4", "200,0.5,4"),
        "lost.osu": map_text(beatmap_id=24, audio="nowhere.mp3"),
        "mute.osu": map_text(beatmap_id=25, audio="noise.mp3"),
        "twice.osu": map_text(1, beatmap_id=26),
        "twice again.osu": map_text(1, beatmap_id=26),
    }
    for name, text in texts.items():
        (bad / name).write_text(text)
    (songs / "3 junk.osz").write_bytes(b"no archive")
    with zipfile.ZipFile(songs / "4 evil.osz", "w") as archive:
        archive.writestr("../outside.osu", map_text())
    with zipfile.ZipFile(songs / "5 none.osz", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    result = build(songs, tmp_path / "out", BuildOptions())
    assert dict(result.report.counts()) == {
        "no_objects": 1,
        "no_timing": 1,
        "absurd_tempo": 1,
        "audio_missing": 1,
        "audio_undecodable": 1,
        "duplicate_map": 1,
        "archive_broken": 1,
        "archive_unsafe": 1,
        "no_maps": 1,
    }
    assert result.maps == 3 and not (tmp_path / "outside.osu").exists()
    lines = (tmp_path / "out" / "build_report.jsonl").read_text().splitlines()
    assert {json.loads(line)["code"] for line in lines} == set(result.report.counts())


def test_goes_on_where_it_stopped(tmp_path: Path) -> None:
    songs, out = tmp_path / "songs", tmp_path / "out"
    for number in (1, 2, 3):
        write_folder(songs / str(number), number)
    whole = build(songs, out, BuildOptions())
    state = out / "build_state.jsonl"
    lines = state.read_text().splitlines(keepends=True)
    state.write_text(lines[0] + lines[1][: len(lines[1]) // 2])  # killed while it wrote
    for folder in sorted((out / "data").iterdir())[1:]:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    before = rows_in(out)
    again = build(songs, out, BuildOptions())
    assert (whole.unchanged, again.unchanged, again.maps) == (0, 1, 6)
    assert rows_in(out) == before
    assert build(songs, out, BuildOptions()).unchanged == 3


def test_changed_and_gone_sources(tmp_path: Path) -> None:
    songs, out = tmp_path / "songs", tmp_path / "out"
    write_folder(songs / "1", 1)
    write_folder(songs / "2", 2)
    build(songs, out, BuildOptions())
    changed = songs / "1" / "map 0.osu"
    changed.write_text(map_text(0, 10, 1, "Changed", 30, title="Song 1"))
    for file in (songs / "2").iterdir():
        file.unlink()
    (songs / "2").rmdir()
    result = build(songs, out, BuildOptions())
    assert result.maps == 2 and [row["Version"] for row in rows_in(out)] == ["Changed", "Level 1"]
    assert len(list((out / "data").iterdir())) == 1


def test_equal_songs_are_stored_once(tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    write_folder(songs / "1", 1, modes=(0,))
    write_folder(songs / "2", 2, modes=(3,))
    (songs / "2" / "song.wav").write_bytes((songs / "1" / "song.wav").read_bytes())
    write_osz(songs / "copy.osz", songs / "1")
    result = build(songs, tmp_path / "out", BuildOptions())
    assert (result.maps, result.shared_audio, dict(result.report.counts())) == (2, 1, {"duplicate_map": 1})
    one, two = (path.stat() for path in sorted((tmp_path / "out" / "data").glob("*/song.wav")))
    assert one.st_ino == two.st_ino


def test_ids_that_are_missing(tmp_path: Path) -> None:
    folder = tmp_path / "songs" / "4321 Artist - Song"
    write_folder(folder, 1)
    for path in folder.glob("*.osu"):
        text = path.read_text()
        path.write_text("\n".join(line for line in text.split("\n") if not line.startswith("Beatmap")))
    build(tmp_path / "songs", tmp_path / "out", BuildOptions())
    rows = rows_in(tmp_path / "out")
    assert {row["BeatmapSetId"] for row in rows} == {4321}
    ids = [row["Id"] for row in rows]
    assert all(isinstance(value, int) and -(2**31) <= value < 0 for value in ids) and len(set(ids)) == 2
    path = tmp_path / "out" / "data" / str(rows[0]["BeatmapSetFolder"]) / str(rows[0]["BeatmapFile"])
    assert read_beatmap(path).metadata.beatmap_set_id == 4321


@pytest.mark.parametrize(
    ("set_id", "year"),
    [(1, 2007), (39_804, 2011), (41_823, 2011), (292_301, 2015), (396_221, 2016), (-5, None), (9_999_999, None)],
)
def test_a_guess_at_the_year(set_id: int, year: int | None) -> None:
    assert estimated_year(set_id) == year


def test_guessed_years_are_marked(tmp_path: Path) -> None:
    write_folder(tmp_path / "songs" / "1", 41_823, modes=(0,), seconds=3)
    for words, year, marked in (("auto", 2011, True), ("2013", 2013, None), ("none", None, None)):
        assert main([str(tmp_path / "songs"), str(tmp_path / "out"), "--year", words, "--status", "1"]) == 0
        (row,) = rows_in(tmp_path / "out")
        date = row["SubmittedDate"]
        assert (date and date.year, row["YearEstimated"]) == (year, marked)
        assert (row["RankedDate"] is None) == (words != "2013")
    with pytest.raises(SystemExit):
        main([str(tmp_path / "songs"), str(tmp_path / "out"), "--year", "soon"])


def test_a_pool_gives_the_same(tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    for number in (1, 2, 3):
        write_folder(songs / str(number), number, modes=(1,), seconds=3)
    build(songs, tmp_path / "one", BuildOptions())
    build(songs, tmp_path / "two", BuildOptions(jobs=2))
    assert rows_in(tmp_path / "one") == rows_in(tmp_path / "two")


def test_limits_and_strict(tmp_path: Path) -> None:
    write_folder(tmp_path / "songs" / "1", 1, modes=(0, 3), seconds=3)
    taken = build(tmp_path / "songs", tmp_path / "a", BuildOptions(limits=Limits(modes=(3,))))
    assert taken.maps == 1 and dict(taken.report.counts()) == {"mode_not_wanted": 1}
    assert build(tmp_path / "songs", tmp_path / "b", BuildOptions(limits=Limits(min_drain=60))).maps == 0
    assert build(tmp_path / "songs", tmp_path / "c", BuildOptions(limits=Limits(modes=(3,), strict=True))).maps == 0


def test_tables_fill_what_maps_lack(tmp_path: Path) -> None:
    write_folder(tmp_path / "songs" / "1", 1, seconds=3)
    (tmp_path / "descriptors.csv").write_text("beatmap_id,name\n10,clean\n10,streams\n")
    (tmp_path / "tags.csv").write_text("11,5,2\n11,7,9\n")
    (tmp_path / "users.json").write_text('{"Someone": 42}')
    (tmp_path / "mappers.json").write_text('{"11": 43}')
    names = ("descriptors.csv", "tags.csv", "users.json", "mappers.json")
    tables = read_tables(*(tmp_path / name for name in names))
    build(tmp_path / "songs", tmp_path / "out", BuildOptions(tables=tables, status=4, year=2015))
    first, second = rows_in(tmp_path / "out")
    assert first["OmdbTags"] == ["clean", "streams"] and second["OmdbTags"] == []
    assert (second["TopTagIds"], second["TopTagCounts"]) == ([7, 5], [9, 2])
    assert (first["UserId"], second["UserId"], second["BeatmapSetUserId"]) == (42, 43, 42)
    assert (first["Ranked"], first["Status"], first["RankedDate"]) == (4, "loved", None)
    (tmp_path / "users.json").write_text("[1]")
    with pytest.raises(DataError, match=r"users.json: expected an object"):
        read_tables(users=tmp_path / "users.json")
    (tmp_path / "tags.csv").write_text("11,5,2\nx,y,z\n")
    with pytest.raises(DataError, match=r"tags.csv, row 2"):
        read_tables(tags=tmp_path / "tags.csv")


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path / "songs" / "1", 1, seconds=3)
    out = tmp_path / "out"
    assert main([str(tmp_path / "songs"), str(out)]) == 0
    assert "2 maps in 1 sets" in capsys.readouterr().out
    assert main(["inspect", str(out)]) == 0
    told = capsys.readouterr().out
    assert "modes     0: 1, 3: 1" in told
    assert "cut off   0.00% of the windows; 0 times or maps have no token" in told
    assert main(["validate", str(out)]) == 0
    folder = next((out / "data").iterdir())
    (folder / "left over.osu").write_text("x")
    (folder / "song.wav").unlink()
    assert main(["validate", str(out), "--delete"]) == 1
    told = capsys.readouterr().out
    assert "missing: " in told and "deleted: " in told and not (folder / "left over.osu").exists()
    assert main([str(tmp_path / "nowhere"), str(out)]) == 1
    assert "no such file or folder" in capsys.readouterr().err
    (tmp_path / "void").mkdir()
    assert main([str(tmp_path / "void"), str(out)]) == 1
    assert "no .osz and no folder with .osu files" in capsys.readouterr().err


def test_inspect_counts_what_does_not_fit(tmp_path: Path) -> None:
    root = write_mmrs(tmp_path, sets=2, modes=(0,), seconds=18)
    layout, options = layout_and_options(root)
    loader = build_loader(options, layout, tokenizer_for(layout), "test", batch_size=1)
    lengths = [int(batch["decoder_attention_mask"].sum()) for batch in loader]
    roomy = inspect(root, layout)
    assert roomy.tokens["100%"] == max(lengths) and roomy.truncated == 0 and roomy.broken == 0
    tight = inspect(root, replace(layout, tgt_seq_len=max(lengths) - 1))
    assert tight.truncated == 1 and tight.tokens["100%"] == max(lengths) - 1
    assert inspect(root, VERSIONS["v29"].layout).tokens["100%"] > max(lengths)  # contexts given come before


def test_two_songs_in_one_set(tmp_path: Path) -> None:
    """Each row keeps its own audio, and the loader plays it."""
    folder = write_folder(tmp_path / "songs" / "1", 1, modes=(0,))
    write_song(folder / "Other.WAV", 34, seed=9)
    (folder / "other.osu").write_text(map_text(0, 19, 1, "Other", audio="other.wav"))
    build(tmp_path / "songs", tmp_path / "out", BuildOptions(status=1))
    assert [row["AudioFile"] for row in rows_in(tmp_path / "out")] == ["song.wav", "Other.WAV"]
    layout, options = layout_and_options(tmp_path / "out")
    loader = build_loader(options, layout, tokenizer_for(layout), batch_size=1)
    assert len(list(loader)) == 2 + 3  # 20 s and 34 s


def test_reading_what_was_built(tmp_path: Path) -> None:
    table = read_table(write_mmrs(tmp_path, sets=2, seconds=3))
    row = table.row(0)
    assert (row.set_id, row.beatmap_id, row.mode, row.ranked, row.year) == (1, 10, 0, 1, 2020)
    assert row.user_id is None and row.star_ratings is not None and len(row.star_ratings) == 7
    assert isinstance(row.audio, Path) and row.audio.is_file()
