"""Rule maps: deterministic, on the music, on the screen, near the asked stars, and styles that can be measured."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.beatmap import Beatmap, parse_beatmap, write_beatmap
from osuT5.beatmap.model import Hold, Slider
from osuT5.beatmap.path import slider_path
from osuT5.rules import Severity, check_map
from starter.evaluation.features import slider_speed
from starter.maps.mapper import MapRequest, make_map
from starter.maps.styles import DESCRIPTORS, MAPPERS, Signature, draw_signature
from starter.songs.compose import compose
from starter.songs.score import Score

SCORES = [compose(seed, 45_000.0) for seed in (0, 1, 7)]


def mapped(score: Score, **options: object) -> Beatmap:
    return make_map(score, MapRequest(**options), "audio.mp3", tries=2)[0]  # type: ignore[arg-type]


def test_equal_requests_give_equal_maps() -> None:
    assert write_beatmap(mapped(SCORES[0], seed=3)) == write_beatmap(mapped(SCORES[0], seed=3))


@pytest.mark.parametrize("mode", range(4))
@pytest.mark.parametrize("stars", [1.5, 4.0, 6.0])
def test_objects_stand_on_sounding_notes(mode: int, stars: float) -> None:
    for score in SCORES:
        beatmap = mapped(score, mode=mode, stars=stars)
        notes = np.array([note.time_ms for note in score.notes])
        starts = np.array([item.time for item in beatmap.hit_objects if not hasattr(item, "end_time") or mode == 3])
        assert len(starts) > 10
        assert (np.abs(starts[:, None] - notes[None, :]).min(1) <= 25).mean() > 0.99


@pytest.mark.parametrize("stars", [1.5, 3.5, 6.0])
def test_everything_is_on_the_screen(stars: float) -> None:
    for score in SCORES:
        for item in mapped(score, stars=stars).hit_objects:
            assert 0 <= item.x <= 512 and 0 <= item.y <= 384
            if isinstance(item, Slider):
                dx, dy = slider_path(item).position(1.0)
                assert 0 <= item.x + dx <= 512 and 0 <= item.y + dy <= 384


def test_maps_read_back_without_repairs() -> None:
    for mode in range(4):
        text = write_beatmap(mapped(SCORES[1], mode=mode))
        assert parse_beatmap(text).diagnostics == []


@pytest.mark.parametrize(
    ("mode", "asked"), [(0, (1.5, 2.5, 3.5, 4.5, 5.5)), (1, (1.5, 2.5, 3.5)), (2, (1.5, 3, 4.5, 6)), (3, (1.5, 3, 4.5))]
)
def test_stars_follow_the_request(mode: int, asked: tuple[float, ...]) -> None:
    found = [make_map(SCORES[0], MapRequest(mode, stars), "a.mp3")[1] for stars in asked]
    assert found == sorted(found)
    assert np.abs(np.array(found) - asked).mean() < 0.4


@pytest.mark.parametrize("stars", [1.5, 2.3, 3.4, 4.6, 6.0])
@pytest.mark.parametrize("style", [101, 104, 108])
def test_the_catcher_is_never_sent_farther_than_the_level_allows(stars: float, style: int) -> None:
    made = [make_map(score, MapRequest(2, stars, signature=Signature(style, 2016, ())), "a.mp3") for score in SCORES]
    broken = [
        finding.rule
        for beatmap, measured in made
        for finding in check_map(parse_beatmap(write_beatmap(beatmap)), measured)
        if finding.severity is Severity.PROBLEM
    ]
    assert not {"C01", "C02", "C03", "C04", "C05"} & set(broken)


def test_runs_of_taiko_are_short_below_four_stars() -> None:
    for score in SCORES:
        for seed in range(3):
            beatmap, measured = make_map(score, MapRequest(1, 3.5, seed=seed), "a.mp3")
            assert "K04" not in {finding.rule for finding in check_map(beatmap, measured)}


def feature(beatmap: Beatmap, name: str) -> float:
    objects = beatmap.hit_objects
    if name == "sliders":
        return sum(isinstance(item, Slider) for item in objects) / len(objects)
    if name == "velocity":
        return slider_speed(beatmap)
    if name == "holds":
        return sum(isinstance(item, Hold) for item in objects) / len(objects)
    if name == "finishes":
        return sum(bool(item.hit_sound & 4) for item in objects) / len(objects)
    if name == "colour_changes":
        kats = [bool(item.hit_sound & 10) for item in objects]
        return sum(a != b for a, b in zip(kats, kats[1:], strict=False)) / len(kats)
    return float(len(objects))


@pytest.mark.parametrize(
    ("descriptor", "mode", "name", "rises"),
    [
        ("gimmick/circle only", 0, "sliders", False),
        ("gimmick/slider only", 0, "sliders", True),
        ("sliders/low sv", 0, "velocity", False),
        ("sliders/high sv", 0, "velocity", True),
        ("expression/simple", 0, "count", False),
        ("style/finisher-heavy", 1, "finishes", True),
        ("style/mono-heavy", 1, "colour_changes", False),
        ("style/LN density", 3, "holds", True),
        ("style/jumpstream", 3, "count", True),
    ],
)
def test_descriptors_move_their_feature(descriptor: str, mode: int, name: str, rises: bool) -> None:
    plain = marked = 0.0
    for score in SCORES:
        for seed in range(2):
            common = {"mode": mode, "stars": 4.0, "seed": seed}
            one = make_map(score, MapRequest(**common), "a.mp3", tries=1)[0]  # type: ignore[arg-type]
            signature = Signature(101, 2016, (descriptor,))
            other = make_map(score, MapRequest(**common, signature=signature), "a.mp3", tries=1)[0]  # type: ignore[arg-type]
            plain, marked = plain + feature(one, name), marked + feature(other, name)
    assert (marked > plain) == rises and marked != plain


def test_signatures_name_known_mappers_and_descriptors_of_the_mode() -> None:
    rng = np.random.RandomState(0)
    for mode in range(4):
        for _ in range(50):
            signature = draw_signature(rng, mode)
            assert signature.mapper_id in MAPPERS
            assert all(mode in DESCRIPTORS[name][0] for name in signature.descriptors)
