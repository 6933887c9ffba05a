"""Archives: all maps of a run with song and background, under names that are safe on every system."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from osuT5.audio import AudioTags
from osuT5.beatmap import parse_beatmap
from osuT5.request import request as request_module

from .making import results, write_song


def entries(path: Path) -> dict[str, zipfile.ZipInfo]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {entry.filename: entry for entry in archive.infolist()}


def test_all_maps_song_and_background(debug_model: Path, tmp_path: Path) -> None:
    song = write_song(tmp_path / "odd: song?.wav", 5)
    picture = tmp_path / "b*g.png"
    picture.write_bytes(b"picture")
    made = results(
        debug_model,
        audio_path=str(song),
        background=str(picture),
        difficulty=[2, 3],
        export_osz=True,
        title="What?",
        artist="A/B",
    )
    assert len({result.path for result in made}) == 1
    path = made[0].path
    assert path.name == "A_B - What_ (Mapperatorinator).osz"
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([path.name, song.name, picture.name])
    found = entries(path)
    maps = [f"A_B - What_ (Mapperatorinator) [{name}].osu" for name in ("Normal", "Hard")]
    assert list(found) == [*maps, "odd_ song_.wav", "b_g.png"]
    assert found[maps[0]].compress_type == found["odd_ song_.wav"].compress_type == zipfile.ZIP_DEFLATED
    assert found["b_g.png"].compress_type == zipfile.ZIP_STORED
    with zipfile.ZipFile(path) as archive:
        assert archive.read("odd_ song_.wav") == song.read_bytes() and archive.read("b_g.png") == b"picture"
        beatmap = parse_beatmap(archive.read(maps[1]))
    assert beatmap.general.audio_filename == "odd_ song_.wav" and beatmap.events.background == "b_g.png"
    assert "AI generated" in beatmap.metadata.tags and "seed=3" in beatmap.metadata.tags


def test_the_picture_in_the_songs_tags_becomes_the_background(
    debug_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = AudioTags("Title", "Artist", b"jpeg", "image/jpeg")
    monkeypatch.setattr(request_module, "audio_tags", lambda path: tags)
    song = write_song(tmp_path / "song.wav", 5)
    (made,) = results(debug_model, audio_path=str(song))
    picture = tmp_path / "song cover.jpg"
    assert parse_beatmap(made.path.read_bytes()).events.background == picture.name and picture.read_bytes() == b"jpeg"
    assert made.path.name.startswith("Artist - Title (")
    (packed,) = results(debug_model, audio_path=str(song), export_osz=True, output_path=str(tmp_path / "out"))
    assert list(entries(packed.path))[1:] == ["song.wav", picture.name]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [packed.path.name]
    (given,) = results(debug_model, audio_path=str(song), background="mine.png")
    assert parse_beatmap(given.path.read_bytes()).events.background == "mine.png"


def test_the_same_run_gives_the_same_archive_under_a_free_name(debug_model: Path, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 5)
    first, second = (results(debug_model, audio_path=str(song), export_osz=True)[0].path for _ in range(2))
    assert second.name == f"{first.stem} (2).osz" and second.read_bytes() == first.read_bytes()


def test_published_archives_are_not_compressed(debug_model: Path, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 5)
    (made,) = results(debug_model, audio_path=str(song), export_osz=True, compat="published")
    found = entries(made.path)
    names = list(found)
    assert made.path.name.startswith("beatmap") and names[1:] == ["song.wav"] and names[0].startswith("beatmap")
    assert {entry.compress_type for entry in found.values()} == {zipfile.ZIP_STORED}
    with zipfile.ZipFile(made.path) as archive:
        assert archive.read(names[0]).startswith(b"osu file format v14")  # no byte order mark
