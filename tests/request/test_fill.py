"""What is filled, from where, and what is not (spec 03 sections 3.2 to 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from osuT5.audio import AudioTags
from osuT5.request import OptionError, Request, RequestError
from osuT5.request import request as request_module
from osuT5.request.timing import KnownTiming

Make = Callable[..., Request]


def test_defaults_without_a_map_are_whole_numbers_where_written_so(request_for: Make) -> None:
    settings = request_for().settings
    shown = (settings.hp_drain_rate, settings.circle_size, settings.overall_difficulty, settings.approach_rate)
    assert repr(shown) == "(5, 4, 8, 9)"
    assert (
        repr((settings.slider_multiplier, settings.slider_tick_rate, settings.bpm, settings.offset))
        == "(1.4, 1, 120, 0)"
    )
    assert (settings.title, settings.title_unicode, settings.artist) == (
        "Unknown Title",
        "Unknown Title",
        "Unknown Artist",
    )
    assert (settings.source, settings.preview_time, settings.mode) == ("", -1, 0)
    assert request_for().conditions.hitsounded is True and request_for().conditions.keycount == 4


def test_filled_from_the_map(request_for: Make, reference: Path) -> None:
    made = request_for(beatmap_path=str(reference), in_context=["TIMING"], output_type=["MAP"])
    wanted = made.conditions
    assert (wanted.gamemode, wanted.beatmap_id, wanted.hitsounded, wanted.keycount) == (0, 741358, True, 4)
    assert (wanted.hp_drain_rate, wanted.circle_size, wanted.overall_difficulty) == (2.0, 2.5, 2.25)
    assert (wanted.approach_rate, wanted.slider_multiplier, wanted.slider_tick_rate) == (3.0, 0.75, 2.0)
    assert wanted.difficulty is not None and 0 < wanted.difficulty < 3
    assert (wanted.mapper_id, wanted.year, wanted.descriptors) == (None, None, None)
    settings = made.settings
    assert (settings.title, settings.title_unicode, settings.artist_unicode) == ("A Title", "題", "人")
    assert (settings.bpm, settings.offset, settings.preview_time) == (195, 705, 6538)
    assert (settings.source, settings.background) == ("a game", "bg image.png")
    assert made.paths.audio == reference.with_name("song.wav") and made.paths.output == reference.parent
    assert made.origins["difficulty"] == "reference map" and "year" not in made.origins


def test_given_values_win_over_the_map(request_for: Make, reference: Path) -> None:
    made = request_for(beatmap_path=str(reference), difficulty=6, title="Mine", creator="me")
    assert (made.conditions.difficulty, made.settings.title, made.settings.creator) == (6.0, "Mine", "me")
    assert made.origins["title"] == "given"


@pytest.mark.parametrize(
    "compat, names", [("corrected", ("someone", "Hard")), ("published", ("Mapperatorinator", "Mapperatorinator V29.1"))]
)
def test_creator_and_version(request_for: Make, reference: Path, compat: str, names: tuple[str, str]) -> None:
    settings = request_for(beatmap_path=str(reference), compat=compat).settings
    assert (settings.creator, settings.version) == names


def test_song_tags_name_the_map(request_for: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_module, "audio_tags", lambda path: AudioTags("Tagged", "Singer"))
    corrected, published = request_for().settings, request_for(compat="published").settings
    assert (corrected.title, corrected.artist, corrected.title_unicode) == ("Tagged", "Singer", "Tagged")
    assert published.title == "Unknown Title"
    assert request_for(title="Mine").settings.title == "Mine"


def test_bpm_and_offset_of_a_map_are_not_given_ones(request_for: Make, reference: Path) -> None:
    assert request_for(beatmap_path=str(reference), timing_source="model").known_timing is KnownTiming.NOTHING
    assert request_for(bpm=174.5, offset=20).known_timing is KnownTiming.GIVEN
    assert request_for(bpm=174.5, offset=20, compat="published").known_timing is not KnownTiming.GIVEN
    assert request_for(bpm=174.5).known_timing is KnownTiming.TEMPO


def test_seed_is_drawn_or_given(request_for: Make) -> None:
    assert request_for().seed == 7 and request_for(seed=3).seed == 3


def test_missing_files(request_for: Make, song: Path, reference: Path) -> None:
    folder = song.parent
    for changes, message in (
        ({"audio_path": str(folder / "no.mp3")}, "audio_path: .*no.mp3 does not exist"),
        ({"audio_path": str(folder)}, "audio_path: .* is a directory"),
        ({"audio_path": str(reference)}, "audio_path: .*a map.osu"),
        ({"audio_path": ""}, "audio_path: empty"),
        ({"beatmap_path": str(folder / "no.osu")}, "beatmap_path: .*no.osu does not exist"),
        ({"beatmap_path": str(song)}, "beatmap_path: .*song.wav is not an .osu file"),
        ({"beatmap_path": str(folder)}, "beatmap_path: .* is a directory"),
        ({"audio_path": str(song), "output_path": str(song / "out")}, "output_path: .*song.wav is a file"),
    ):
        with pytest.raises(RequestError, match=message) as caught:
            request_for(**changes)
        assert "\n" not in str(caught.value)


def test_missing_song_of_a_map(request_for: Make, reference: Path) -> None:
    reference.with_name("song.wav").unlink()
    with pytest.raises(RequestError, match="audio_path: .*song.wav does not exist"):
        request_for(beatmap_path=str(reference))


def test_a_song_elsewhere_is_said(request_for: Make, song: Path) -> None:
    elsewhere = request_for(output_path=str(song.parent / "out")).notices
    assert any("put song.wav beside it" in line for line in elsewhere)
    assert request_for().notices == ()


def test_nothing_is_created_while_checking(request_for: Make, song: Path) -> None:
    before = sorted(song.parent.iterdir())
    request_for(output_path=str(song.parent / "new" / "folder"))
    assert sorted(song.parent.iterdir()) == before


def test_map_of_a_mode_that_the_model_does_not_know(request_for: Make, reference: Path) -> None:
    reference.write_text(reference.read_text(encoding="utf-8").replace("Mode: 0", "Mode: 3"), encoding="utf-8")
    with pytest.raises(OptionError, match=r"gamemode: 3 \(osu!mania\) is not known to v30; it knows 0 \(osu!\)"):
        request_for("v30", beatmap_path=str(reference))
    with pytest.raises(OptionError, match="beatmap_path: a map of 3 .*which v30 cannot read for in_context GD"):
        request_for("v30", beatmap_path=str(reference), gamemode=0, in_context=["GD"])


def test_impossible_contexts_list_the_possible_ones(request_for: Make, reference: Path) -> None:
    with pytest.raises(OptionError, match=r"KIAI.*possible: .*TIMING,MAP,SV.*\(v32\)"):
        request_for("v32", beatmap_path=str(reference), in_context=["TIMING", "KIAI"])


def test_what_the_checkpoint_ignores_is_said(request_for: Make) -> None:
    assert any(
        "v30 does not know year, descriptors" in line
        for line in request_for("v30", year=2015, descriptors=["x"]).notices
    )
    assert any("keycount" in line for line in request_for(keycount=7, gamemode=0).notices)
    assert not any("keycount" in line for line in request_for(keycount=7, gamemode=3).notices)
    for options in ({"position_temperature": 0.5}, {"quick_reach": 90.0}):
        assert any(f"{next(iter(options))}: no effect on v29" in line for line in request_for("v29", **options).notices)
    assert any("without grid_divisors" in line for line in request_for("v32", quick_reach=90.0).notices)
    assert not any("quick_reach" in line for line in request_for("v32", quick_reach=90.0, grid_divisors=[4]).notices)
    assert any("negative_descriptors: no effect" in line for line in request_for(negative_descriptors=["tech"]).notices)
