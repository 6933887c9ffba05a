"""Repairs that change how a map plays: each mends its rule on a small map, and the map stays one that is worth playing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from osuT5.beatmap import Beatmap, Circle, Slider, parse_beatmap, write_beatmap
from osuT5.beatmap.play import Play
from osuT5.rules import Severity, check_map, repair_map
from osuT5.rules.catch_moves import moves_of
from osuT5.rules.check import facts_of
from osuT5.rules.fix_shapes import GAMEPLAY as SHAPES
from osuT5.rules.turns import arc, mirrored, straight, turned

from .maps import circle, found, slider, song

CATCH_RULES = ("C01", "C02", "C03", "C04", "C05", "C06")


def fruits(*places: tuple[int, int], extra: Sequence[str] = ()) -> Beatmap:
    """Time and x."""
    return song([*(circle(time, x) for time, x in places), *extra], mode=2)


def mended(beatmap: Beatmap, level: str, rules: Sequence[str]) -> Beatmap:
    """Repaired, written, read again."""
    repaired, _ = repair_map(beatmap, True, level=level, rules=rules)
    return parse_beatmap(write_beatmap(repaired))


def problems(beatmap: Beatmap, level: str, rules: Sequence[str]) -> list[str]:
    return [
        item.message
        for item in check_map(beatmap, level=level)
        if item.rule in rules and item.severity is Severity.PROBLEM
    ]


def places_of(beatmap: Beatmap) -> list[float]:
    return [item.x for item in beatmap.hit_objects]


def test_a_cup_walks_as_far_as_it_may() -> None:
    """Circle size 5: a walk of 200 ms reaches 42.7 + 100 px, half a px left free. What was near stays where it was."""
    better = mended(fruits((0, 0), (200, 300), (600, 320), (1000, 300)), "E", CATCH_RULES)
    assert places_of(better) == [0, 142, 320, 300]


def test_a_salad_dashes_and_does_not_hyperdash() -> None:
    """300 ms less a quarter of a frame and half of the plate's width give 349 px; 5 are kept free."""
    better = mended(fruits((0, 0), (300, 450), (700, 440)), "N", CATCH_RULES)
    assert places_of(better) == [0, 344, 440]
    facts = facts_of(better, level="N")
    assert [move.word for move in moves_of(facts) if move.dash] == ["dash"]


def test_the_third_dash_in_a_row_becomes_a_walk() -> None:
    beatmap = fruits((0, 50), (300, 270), (600, 50), (900, 270))
    assert problems(beatmap, "N", ("C04",))
    better = mended(beatmap, "N", CATCH_RULES)
    assert not problems(better, "N", CATCH_RULES)
    assert places_of(better) == [50, 270, 50, 242]


def test_a_quick_dash_becomes_a_walk() -> None:
    better = mended(fruits((0, 0), (100, 100)), "N", CATCH_RULES)
    assert places_of(better) == [0, 92]


def test_a_hyperdash_that_the_level_allows_stays() -> None:
    beatmap = fruits((0, 0), (250, 400), (1000, 300), (1060, 400))
    better = mended(beatmap, "H", CATCH_RULES)
    assert places_of(better)[:3] == [0, 400, 300]
    assert problems(beatmap, "H", CATCH_RULES) and not problems(better, "H", CATCH_RULES)


def test_a_slider_goes_with_its_head() -> None:
    beatmap = song([circle(0, 0), slider(200, 70, x=300), circle(800, 370)], mode=2)
    better = mended(beatmap, "E", CATCH_RULES)
    moved = better.hit_objects[1]
    assert isinstance(moved, Slider) and (moved.x, moved.points) == (142, [(212, 100)])


def test_a_fast_slider_becomes_steep_and_keeps_its_times() -> None:
    """360 px in a beat of 400 ms need a dash; turned or straight, its length and end time stay."""
    beatmap = song(
        [circle(0, 100), "100,100,800,2,0,L|480:100,1,380", circle(2000, 480)],
        mode=2,
        difficulty="SliderMultiplier:3.6",
    )
    assert problems(beatmap, "E", ("C02",))
    better = mended(beatmap, "E", CATCH_RULES)
    before, after = beatmap.hit_objects[1], better.hit_objects[1]
    assert not problems(better, "E", CATCH_RULES)
    assert isinstance(before, Slider) and isinstance(after, Slider)
    assert Play(better).end_time(after) == pytest.approx(Play(beatmap).end_time(before), abs=1)
    assert abs(Play(better).end_position(after)[0] - after.x) > 100  # it still moves
    assert all(0 <= y <= 384 for _, y in after.points)


@pytest.mark.parametrize("level", ["E", "N", "H", "I"])
def test_wild_catch_maps_become_maps_of_their_level(level: str) -> None:
    rows = []
    for number in range(80):
        time, x = 150 * number + 200 * (number // 7), (number * 197) % 500
        curve = f"B|{(x + 90) % 500}:50|{(x * 3) % 500}:180"
        rows.append(slider(time, 45, x, path=curve) if number % 5 == 4 else circle(time, x))
    beatmap = song(rows, mode=2)
    assert problems(beatmap, level, CATCH_RULES)
    better = mended(beatmap, level, CATCH_RULES)
    assert not problems(better, level, CATCH_RULES)
    assert len(better.hit_objects) == 80 and len(set(places_of(better))) > 20


def test_uneven_spacing_becomes_even() -> None:
    places = [(60, 60), (180, 60), (470, 60), (470, 140), (300, 350), (200, 350), (60, 200), (60, 60), (400, 300)]
    beatmap = song([circle(400 * number, x, y) for number, (x, y) in enumerate(places)])
    assert problems(beatmap, "E", ("O08",))
    better = mended(beatmap, "E", ("O08",))
    ways = facts_of(better, level="E").distances
    assert max(ways) < 1.2 * min(ways) and not found(better, "O08", level="E")
    assert not found(better, "O01", level="E") and not found(better, "O02", level="E")


def test_spacing_follows_the_gap_and_sliders_stay_on_screen() -> None:
    rows, time = [], 0
    for number in range(30):
        x, y = 40 + number * 149 % 430, 40 + number * 97 % 300
        long = number % 4 == 3
        rows.append(
            slider(time, 140, x, y, path=f"L|{x + 140 if x < 256 else x - 140}:{y}") if long else circle(time, x, y)
        )
        time += (400 if long else 0) + (200 if number % 3 else 400)
    beatmap = song(rows)
    assert len(problems(beatmap, "N", ("O08",))) > 5
    better = mended(beatmap, "N", ("O08",))
    facts = facts_of(better, level="N")
    speeds = [way / gap for way, gap in zip(facts.distances, facts.gaps, strict=True)]
    assert not found(better, "O08", level="N") and not found(better, "O01", level="N")
    assert max(speeds) < 1.25 * min(speeds)
    assert [item.time for item in better.hit_objects] == [item.time for item in beatmap.hit_objects]


def test_even_maps_stay_as_they_are() -> None:
    beatmap = song([circle(400 * number, 100 + 120 * (number % 2), 100) for number in range(12)])
    before = [(item.x, item.y) for item in beatmap.hit_objects]
    repaired, repairs = repair_map(beatmap, True, level="E", rules=["O08"])
    assert not repairs and [(item.x, item.y) for item in repaired.hit_objects] == before


def test_a_slider_back_along_itself_becomes_an_arc() -> None:
    beatmap = song([slider(0, 400, 100, 200, path="L|300:200|102:206"), circle(4000)])
    assert problems(beatmap, "H", ("O16",))
    better = mended(beatmap, "H", tuple(SHAPES))
    item = better.hit_objects[0]
    assert not problems(better, "H", ("O16", "O17", "O01"))
    assert isinstance(item, Slider) and item.curve == "P" and item.length == 400
    assert Play(better).slider(item).path.length == 400


def test_a_hook_before_a_reverse_becomes_an_arc_to_the_same_end() -> None:
    beatmap = song([slider(0, 190, 100, 200, slides=2, path="L|280:200|270:200"), circle(4000)])
    assert problems(beatmap, "N", ("O17",))
    better = mended(beatmap, "N", tuple(SHAPES))
    item = better.hit_objects[0]
    assert isinstance(item, Slider) and not problems(better, "N", ("O16", "O17"))
    x, y = Play(better).slider(item).place(1)
    assert math.dist((x, y), (270, 200)) < 4


def test_a_slider_over_other_objects_ends_before_them() -> None:
    rest = [circle(400 * number, sound=8) for number in range(5, 9)]
    better = mended(song([slider(0, 420, 40), circle(800), *rest]), "H", ("G01",))
    assert [Play(better).end_time(item) for item in better.hit_objects[:2]] == [pytest.approx(700), 800]
    better = mended(song([slider(0, 140, slides=3), circle(1000), *rest]), "H", ("G01",))
    item = better.hit_objects[0]
    assert isinstance(item, Slider) and item.slides == 2
    better = mended(song([slider(0, 140), circle(100), *rest]), "H", ("G01",))
    assert isinstance(better.hit_objects[0], Circle) and len(better.hit_objects) == 6


def test_only_problems_when_told_so() -> None:
    """A long run is a warning: notes go for it when all repairs are asked for, not when problems are."""
    beatmap = song([circle(200 * number) for number in range(8)] + [circle(4000 + 800 * n) for n in range(40)], mode=1)
    assert len(repair_map(beatmap, True, level="N", rules=["K03"])[0].hit_objects) == 47
    assert len(repair_map(beatmap, True, level="N", rules=["K03"], problems_only=True)[0].hit_objects) == 48


def test_shapes_keep_head_and_size() -> None:
    (item,) = song([slider(0, 100, 200, 200, path="L|300:200")]).hit_objects
    assert isinstance(item, Slider)
    assert turned(item, math.pi / 2).points == [(200, 300)] and item.points == [(300, 200)]
    assert mirrored(item, math.pi / 2).points == [(100, 200)]
    assert straight(item, 100, math.pi).points == [(100, 200)]
    half = arc(item, 100 * math.pi, 0.0, math.pi)
    assert half.curve == "P" and half.points == [(300, 100), (400, 200)]
