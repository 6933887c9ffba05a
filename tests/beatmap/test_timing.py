"""What timing points mean in play (spec 07 section 6)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osuT5.beatmap.model import TimingPoint
from osuT5.beatmap.timing import Timing, most_common_beat_length
from tests.beatmap.texts import read

RED, GREEN = "{},500,4,1,0,100,1,0", "{},-50,4,2,0,80,0,1"


def timing(*lines: str, mode: int = 0) -> Timing:
    return Timing.of(read("", "\n".join(lines), mode=mode))


@pytest.mark.parametrize("order", [(RED, GREEN), (GREEN, RED)])
def test_green_wins_at_equal_time(order: tuple[str, str]) -> None:
    at = timing(*(line.format(100) for line in order))
    assert at.velocity_at(100).velocity == 2
    assert at.kiai_at(100) is True
    assert (at.sample_at(100).bank, at.sample_at(100).volume) == (2, 80)
    assert at.beat_at(100).beat_length == 500


def test_last_green_and_first_red_of_a_group() -> None:
    at = timing("0,500,4,1,0,100,1,0", "0,400,3,1,0,50,1,8", "0,-50,4,1,0,10,0,0", "0,-25,4,1,0,20,0,0")
    assert at.velocity_at(0).velocity == 4
    assert at.sample_at(0).volume == 20
    assert (at.beat_at(0).beat_length, at.beat_at(0).omit_first_barline) == (500, False)
    only_reds = timing("0,500,4,1,0,100,1,1", "0,400,3,1,0,50,1,8")
    assert (only_reds.sample_at(0).volume, only_reds.kiai_at(0)) == (100, True)


def test_groups_that_are_not_consecutive_replace() -> None:
    at = timing("100,-50,4,2,0,80,0,1", "0,500,4,1,0,100,1,0", "100,-200,4,3,0,70,0,0")
    assert at.velocity_at(100).velocity == 0.5
    assert at.sample_at(100).bank == 3
    assert at.kiai_at(100) is False


def test_red_resets_the_velocity() -> None:
    at = timing("0,500,4,1,0,100,1,0", "100,-50,4,1,0,100,0,0", "200,500,4,1,0,100,1,0")
    assert [at.velocity_at(time).velocity for time in (99, 100, 200)] == [1, 2, 1]


def test_before_the_first_point() -> None:
    at = timing("100,-50,4,3,2,70,0,1", "200,400,3,2,0,60,1,0")
    assert (at.beat_at(0).beat_length, at.beat_at(0).meter) == (400, 3)
    assert at.velocity_at(0).velocity == 1
    assert at.kiai_at(0) is False
    assert (at.sample_at(0).bank, at.sample_at(0).index) == (3, 2)


def test_without_points() -> None:
    at = Timing([])
    assert (at.beat_at(0).beat_length, at.beat_at(0).meter) == (1000, 4)
    assert (at.sample_at(0).bank, at.sample_at(0).volume, at.scroll_at(0)) == (1, 100, 1)


@pytest.mark.parametrize(
    ("beat", "length", "velocity"),
    [("0", 6, 1), ("-50", 6, 2), ("1e7", 60000, 1), ("-5", 6, 10), ("-5000", 6, 0.1), ("500", 500, 1)],
)
def test_red_values_are_clamped(beat: str, length: float, velocity: float) -> None:
    at = timing(f"0,{beat},4,1,0,100,1,0")
    assert at.beat_at(0).beat_length == length
    assert at.velocity_at(0).velocity == pytest.approx(velocity)


def test_nan_stops_ticks() -> None:
    at = timing("0,500", "100,NaN,4,1,0,100,0,0", "200,-100,4,1,0,100,0,0")
    assert [at.velocity_at(time).ticks for time in (0, 100, 200)] == [True, False, True]
    assert at.velocity_at(100).velocity == 1


@pytest.mark.parametrize(("mode", "scroll"), [(0, 1), (1, 0.01), (2, 1), (3, 0.01)])
def test_scroll_speed_is_of_taiko_and_mania(mode: int, scroll: float) -> None:
    at = timing("0,-1000000,4,1,0,100,0,0", mode=mode)
    assert at.scroll_at(0) == scroll
    assert at.velocity_at(0).velocity == 0.1


def test_sample_sets_that_do_not_exist_are_normal() -> None:
    assert [timing(f"0,500,4,{value}").sample_at(0).bank for value in (0, 1, 2, 3, 4, -1)] == [1, 1, 2, 3, 1, 1]


def test_points_that_change_nothing_are_left_out() -> None:
    at = timing("0,500,4,1,0,100,1,0", "100,-100,4,1,0,100,0,0", "200,500,4,1,0,100,1,1")
    assert len(at.beats.points) == 2
    assert [len(lookup.points) for lookup in (at.velocities, at.effects, at.samples)] == [0, 1, 1]


def test_most_common_beat_length() -> None:
    beatmap = read("", "500,400\n1000,300\n3000,400.0001")
    assert most_common_beat_length(beatmap, 3500) == 300  # 1000 + 500 ms of 400, 2000 of 300
    assert most_common_beat_length(beatmap, 4500) == 400
    assert most_common_beat_length(read("", ""), 100) == 1000


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20, unique=True))
def test_a_point_holds_from_its_own_time_on(times: list[float]) -> None:
    times.sort()
    at = Timing(TimingPoint(time, 100.0 + index, 4, 1, index) for index, time in enumerate(times))
    for index, time in enumerate(times):
        assert at.beat_at(time).beat_length == 100 + index
        assert at.sample_at(time).index == index
        before = at.beat_at(math.nextafter(time, -math.inf)).beat_length
        assert before == 100 + max(index - 1, 0)
