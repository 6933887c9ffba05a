"""Lists of conditions and candidates become one request for every map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osuT5.pipeline.presets import base_options, preset_options
from osuT5.request import OptionError, Request, RequestError, complete_all, find_songs

Make = Callable[..., list[Request]]


@pytest.fixture
def requests_for(song: Path) -> Make:
    def make(model: str = "v29", /, **changes: Any) -> list[Request]:
        preset = preset_options(model)
        changes.setdefault("audio_path", str(song))
        return complete_all(replace(preset, **changes), preset, base_options(), new_seed=lambda: 40)

    return make


def test_one_map_without_lists(requests_for: Make) -> None:
    (made,) = requests_for(difficulty=3)
    assert made.options.difficulty == 3.0 and made.naming is None and made.seed == 40


def test_lists_are_zipped(requests_for: Make) -> None:
    made = requests_for(difficulty=[2, 3.5, 5], circle_size=[3, 4, 4.5], year=2015)
    assert [each.conditions.difficulty for each in made] == [2.0, 3.5, 5.0]
    assert [each.conditions.circle_size for each in made] == [3.0, 4.0, 4.5]
    assert {each.conditions.year for each in made} == {2015} and {each.seed for each in made} == {40}
    assert [each.naming.prefix for each in made if each.naming] == [""] * 3
    assert all("seed=40" in each.settings.tags for each in made)
    # Difficulties of a set share their tags (spec 08, S07): each names all of the run's values.
    assert {each.settings.tags for each in made} == {made[0].settings.tags}
    assert "difficulty=[2.0,3.5,5.0]" in made[0].settings.tags


def test_a_version_becomes_the_prefix(requests_for: Make) -> None:
    made = requests_for(keycount=[4, 7], gamemode=3, version="Ann's")
    assert made[0].naming is not None and made[0].naming.prefix == "Ann's" and made[0].naming.with_keys


def test_candidates_have_seeds_of_their_own(requests_for: Make) -> None:
    assert [each.seed for each in requests_for(candidates=3)] == [40, 41, 42]
    made = requests_for(candidates=2, difficulty=[2, 4], seed=7)
    assert [(each.conditions.difficulty, each.seed) for each in made] == [(2.0, 7), (2.0, 8), (4.0, 7), (4.0, 8)]


def test_descriptors_never_spread(requests_for: Make) -> None:
    made = requests_for(difficulty=[2, 4], descriptors=["clean", "jump aim"])
    assert [each.conditions.descriptors for each in made] == [["clean", "jump aim"]] * 2


BAD: list[tuple[dict[str, Any], str]] = [
    ({"difficulty": []}, "difficulty: empty list"),
    ({"difficulty": [2, 3], "year": [2010, 2011, 2012]}, "difficulty has 2, year has 3 values"),
    ({"difficulty": [2, -1]}, "difficulty: -1"),
    ({"difficulty": [2, [3]]}, r"difficulty: \[3\]"),
    ({"hitsounded": [True, 3]}, "hitsounded: 3"),
    ({"candidates": 0}, "candidates: 0"),
    ({"candidates": 101}, "candidates: 101 maps in one run; accepted: up to 100"),
    ({"candidates": 3, "seed": 2**32 - 1}, "seed: 4294967296"),
]


@pytest.mark.parametrize("changes, message", BAD, ids=str)
def test_bad_lists(requests_for: Make, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        requests_for(**changes)


def test_one_reference_is_not_overwritten_with_several(requests_for: Make, reference: Path) -> None:
    with pytest.raises(OptionError, match="overwrite_reference_beatmap: one map cannot"):
        requests_for(
            beatmap_path=str(reference), difficulty=[2, 3], add_to_beatmap=True, overwrite_reference_beatmap=True
        )


def test_another_mode_is_not_added_to_a_map(requests_for: Make, reference: Path) -> None:
    with pytest.raises(OptionError, match=r"gamemode: 3 \(osu!mania\) cannot be added to a map of 0"):
        requests_for(beatmap_path=str(reference), add_to_beatmap=True, gamemode=3)


def test_songs_of_a_folder_and_a_pattern(song: Path) -> None:
    options = preset_options("v29")
    for name in ("b.mp3", "a.OGG", "notes.txt", "x.osu"):
        song.with_name(name).write_bytes(b"")
    found = find_songs(replace(options, audio_path=str(song.parent)))
    assert found is not None and [path.name for path in found] == ["a.OGG", "b.mp3", "song.wav"]
    found = find_songs(replace(options, audio_path=str(song.parent / "*.mp3")))
    assert found is not None and [path.name for path in found] == ["b.mp3"]
    assert find_songs(replace(options, audio_path=str(song))) is None
    assert find_songs(replace(options, audio_path=str(song.parent / "missing.mp3"))) is None
    bracket = song.with_name("song [1].mp3")
    bracket.write_bytes(b"")
    assert find_songs(replace(options, audio_path=str(bracket))) is None  # a name, though it could be a pattern
    with pytest.raises(RequestError, match="audio_path: no song in"):
        find_songs(replace(options, audio_path=str(song.parent / "*.flac")))
    with pytest.raises(OptionError, match="beatmap_path: one reference map"):
        find_songs(replace(options, audio_path=str(song.parent), beatmap_path="x.osu"))
