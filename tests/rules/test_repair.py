"""Repairs: they mend what they are for, do nothing when done again, and leave the source alone."""

from __future__ import annotations

from typing import Any

import pytest

from osuT5.beatmap import Beatmap, Hold, Slider, parse_beatmap, write_beatmap
from osuT5.rules import RULES, check_map, counts, repair_map
from osuT5.rules.repair import GAMEPLAY, SAFE

from . import cases_general, cases_modes, cases_osu
from .maps import RED, Case, circle, circles, found, green, hold, note, slider, song, spinner

CASES = [*cases_general.CASES, *cases_osu.CASES, *cases_modes.CASES]
# what their own step can't mend here: no room for a longer spinner, drops beyond 5 %, no objects near, held ends
_NO_ROOM = {
    "D02": "Mania", "M03": "drops", "M04": "drops", "H13": "index", "H08": "toggles", "M01": "drops", "H07": "far",
    "G10": "hold outside mania", "K11": "the map ends with the run", "O05": "too short", "O01": "wide", "H02": "held",
    "G07": "visible",
}  # fmt: skip


def mended(beatmap: Beatmap, *, gameplay: bool = False, **options: Any) -> tuple[Beatmap, list[str]]:
    repaired, repairs = repair_map(beatmap, gameplay, **options)
    return repaired, [repair.rule for repair in repairs]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.note or 'fires'}")
def test_nothing_gets_worse_and_once_is_enough(case: Case) -> None:
    text = write_beatmap(case.fires)
    before = counts(check_map(case.fires, **case.options))
    repaired, rules = mended(case.fires, **case.options)
    after = counts(check_map(repaired, **case.options))
    assert tuple(after.values()) <= tuple(before.values())
    assert mended(repaired, **case.options)[1] == []
    assert write_beatmap(case.fires) == text
    if case.rule in SAFE and case.rule not in _NO_ROOM:
        assert len(found(repaired, case.rule, **case.options)) < len(found(case.fires, case.rule, **case.options))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.note or 'fires'}")
def test_what_is_written_is_what_was_checked(case: Case) -> None:
    repaired, rules = mended(case.fires, gameplay=True, **case.options)
    again = parse_beatmap(write_beatmap(repaired))
    assert [f.message for f in check_map(again, **case.options)] == [
        f.message for f in check_map(repaired, **case.options)
    ]


def test_table_of_repairs() -> None:
    assert all(RULES[rule].repair == "A" for rule in SAFE)
    assert all(RULES[rule].repair == "P" for rule in GAMEPLAY)


def test_starts_and_ends_are_snapped() -> None:
    beatmap = song([circle(3), spinner(397, 2003), slider(2403, 150), circle(4000)])
    repaired, rules = mended(beatmap, rules=["T01"])
    assert [item.time for item in repaired.hit_objects] == [0, 400, 2400, 4000]
    assert repaired.hit_objects[1].end_time == 2000  # type: ignore[attr-defined]
    assert not found(repaired, "T01") and set(rules) == {"T01"}


def test_slider_length_is_fitted_to_the_tick() -> None:
    repaired, _ = mended(song([slider(0, 150), circle(4000)]), rules=["T01"])
    (item,) = [item for item in repaired.hit_objects if isinstance(item, Slider)]
    assert item.length == pytest.approx(140) and item.points == [(250, 100)]


def test_slider_is_scaled_beyond_a_tenth() -> None:
    repaired, _ = mended(song([slider(0, 42), circle(4000)]), rules=["T01"])
    item = repaired.hit_objects[0]
    assert isinstance(item, Slider) and item.length == pytest.approx(35) and item.points == [(135, 100)]


def test_drum_roll_ends_on_a_tick() -> None:
    repaired, _ = mended(song([slider(0, 103)], mode=1), rules=["K12"])
    assert not found(repaired, "K12")


def test_late_point_goes_to_the_object() -> None:
    repaired, _ = mended(song([slider(1000)], (RED, green(1003, 2))), rules=["T10"])
    assert [point.time for point in repaired.timing_points] == [0, 1000]


def test_kiai_of_the_first_red_point_moves() -> None:
    repaired, _ = mended(song(circles([0, 400]), ("0,400,4,2,0,70,1,1",)), rules=["T06"])
    assert [(p.uninherited, p.kiai) for p in repaired.timing_points] == [(True, False), (False, True)]


def test_useless_red_point_leaves_the_velocity_that_it_reset() -> None:
    points = (RED, green(800, 2), "1600,400,4,2,0,70,1,0")
    repaired, _ = mended(song([circle(0), slider(2000)], points), rules=["T07"])
    assert [(p.time, p.uninherited, p.velocity) for p in repaired.timing_points[1:]] == [
        (800, False, 2),
        (1600, False, 1),
    ]


def test_taiko_multiplier_keeps_scrolling_and_rolls() -> None:
    beatmap = song([circle(0), slider(800, 160)], mode=1, difficulty="SliderMultiplier:1.6")
    repaired, _ = mended(beatmap, rules=["D07"])
    assert repaired.difficulty.slider_multiplier == 1.4
    assert [p.velocity for p in repaired.timing_points] == [1.0, pytest.approx(1.6 / 1.4)]


def test_mania_sliders_become_holds() -> None:
    repaired, _ = mended(song([slider(0), note(800)], mode=3), rules=["G10"])
    item = repaired.hit_objects[0]
    assert isinstance(item, Hold) and item.end_time == 400


def test_fast_sliders_keep_their_times() -> None:
    beatmap = song([slider(0), circle(800)])
    repaired, _ = mended(beatmap, rules=["O10"], level="E")
    item = repaired.hit_objects[0]
    assert repaired.difficulty.slider_multiplier == 1.3
    assert isinstance(item, Slider) and item.length == pytest.approx(130)


def test_slider_leaves_the_screen_no_more() -> None:
    repaired, rules = mended(song([slider(0, 280, x=400), circle(8000)]), rules=["O01"])
    item = repaired.hit_objects[0]
    assert rules == ["O01"] and not found(repaired, "O01") and (item.x, item.y) == (400, 100)


def test_break_is_trimmed_or_removed() -> None:
    objects = [circle(0), circle(4000), circle(4400)]
    repaired, _ = mended(song(objects, events=["2,100,3900"]), rules=["G07"])
    assert [(item.start, item.end) for item in repaired.events.breaks] == [(200, 2800)]
    repaired, _ = mended(song(objects, events=["2,3000,4300"]), rules=["G07"])
    assert repaired.events.breaks == []


def test_break_fills_a_hole() -> None:
    repaired, _ = mended(song([circle(0), circle(16_000)]), rules=["G09"])
    assert [(item.start, item.end) for item in repaired.events.breaks] == [(200, 14_800)]


def test_combos_start_on_bar_lines() -> None:
    repaired, _ = mended(song(circles(range(0, 20 * 400, 400))), rules=["O23"], level="E")
    assert [item.time for item in repaired.hit_objects if item.new_combo] == [3200, 6400]


def test_overlapping_hold_is_shortened() -> None:
    beatmap = song([hold(0, 1000), note(800), *(note(t, 1) for t in range(1200, 20_000, 400))], mode=3)
    repaired, _ = mended(beatmap, rules=["M01"])
    item = repaired.hit_objects[0]
    assert isinstance(item, Hold) and item.end_time == 700


def test_a_hold_over_several_notes_ends_before_the_first() -> None:
    rows = [hold(0, 3000), note(800), note(1600), note(2400), *(note(t, 1) for t in range(1200, 40_000, 400))]
    repaired, _ = mended(song(rows, mode=3), rules=["M01"])
    item = repaired.hit_objects[0]
    assert isinstance(item, Hold) and item.end_time == 700
    assert not found(repaired, "M01")


def test_at_most_a_twentieth_is_dropped() -> None:
    def doubled(total: int, twice: int) -> Beatmap:
        rows = [note(400 * number, number % 4) for number in range(total)]
        return song(rows + [note(400 * number, number % 4) for number in range(twice)], mode=3)

    repaired, _ = mended(doubled(100, 5), rules=["M01"])
    assert len(repaired.hit_objects) == 100 and not found(repaired, "M01")
    repaired, rules = mended(doubled(100, 6), rules=["M01"])
    assert len(repaired.hit_objects) == 106 and rules == []


def test_gameplay_repairs_only_when_asked() -> None:
    beatmap = song([*circles(range(0, 40_000, 400)), circle(2)])
    assert "G01" not in mended(beatmap)[1]
    repaired, rules = mended(beatmap, gameplay=True)
    assert "G01" in rules and not found(repaired, "G01") and len(repaired.hit_objects) == 100


def test_worse_repairs_are_not_kept() -> None:
    """Snapping one note would put it on the next: that finding stays, the other one is mended."""
    beatmap = song([circle(3), circle(796), circle(800), circle(1200)])
    repaired, rules = mended(beatmap, rules=["T01"])
    assert [item.time for item in repaired.hit_objects] == [0, 796, 800, 1200] and rules == ["T01"]


def test_what_was_done_is_told() -> None:
    _, repairs = repair_map(song([circle(0), circle(1003)]), rules=["T01"])
    assert str(repairs[0]) == "T01 at 1003 ms: start moved to 1000 ms (object start is 3 ms off the nearest tick)"


def test_copy_even_without_repairs() -> None:
    beatmap = song(circles([0, 400]))
    repaired, _ = repair_map(beatmap, rules=[])
    assert repaired is not beatmap and repaired.hit_objects[0] is not beatmap.hit_objects[0]
