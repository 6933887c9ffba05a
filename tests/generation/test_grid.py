"""Times of a map on the ticks of its timing."""

from __future__ import annotations

import pytest

from osuT5.beatmap.timing_lines import TimingLine, parse_timing_lines
from osuT5.generation.grid import Grid, grid_of

STRAIGHT = parse_timing_lines(["1003,500,4,2,0,100,1,0"])


def test_steps_are_those_of_the_encoded_ticks() -> None:
    grid = Grid(tuple(STRAIGHT), (2,))
    # ticks at 1003, 1253, ...; TIME_SHIFT drops what is below 10 ms
    assert grid.allowed(1000, 1000).steps == (0, 25, 50, 75, 100, 125)
    assert grid.allowed(0, 600).steps == (0, 25, 50, 75, 100)  # also before the first line


def test_divisors_join() -> None:
    steps = Grid(tuple(STRAIGHT), (4, 6)).allowed(1003, 499).steps
    assert steps[:9] == (0, 8, 12, 16, 25, 33, 37, 41, 50)


def test_each_tick_has_its_least_divisor() -> None:
    allowed = Grid(tuple(STRAIGHT), (4, 6)).allowed(1003, 499)
    assert dict(zip(allowed.steps, allowed.snappings, strict=True)) == dict(
        zip((0, 8, 12, 16, 25, 33, 37, 41, 50, 58, 62, 66, 75, 83, 87, 91), (1, 6, 4, 3, 2, 3, 4, 6) * 2, strict=True)
    )


def test_tempo_changes_restart_the_ticks() -> None:
    lines = parse_timing_lines(["0,500,4,2,0,100,1,0", "1100,400,4,2,0,100,1,0"])
    steps = Grid(tuple(lines), (1,)).allowed(0, 2000).steps
    assert steps == (0, 50, 100, 110, 150, 190, 230)


def test_a_tick_on_the_border_of_a_step_stays_in_it() -> None:
    thirds = parse_timing_lines(["0,300,4,2,0,100,1,0"])
    assert 10 in Grid(tuple(thirds), (3,)).allowed(0, 1000).steps


GREEN = parse_timing_lines(["0,500,4,2,0,100,1,0", "0,-100,4,2,0,100,0,0"])[1:]


@pytest.mark.parametrize(("lines", "divisors"), [(None, [4]), ([], [4]), (STRAIGHT, []), (GREEN, [4])])
def test_no_grid_without_red_lines_or_divisors(lines: list[TimingLine] | None, divisors: list[int]) -> None:
    assert grid_of(lines, divisors, False) is None


def test_the_grid_of_a_map() -> None:
    assert grid_of([*STRAIGHT, *GREEN], [4, 6], False) == Grid(tuple(STRAIGHT), (4, 6))


def test_objects_keep_a_part_of_a_beat_apart_unless_they_may_lie_together() -> None:
    assert Grid(tuple(STRAIGHT), (4, 6)).allowed(0, 500).apart == 7  # 83 ms, a step to spare
    assert Grid(tuple(STRAIGHT), (4, 6), together=True).allowed(0, 500).apart == 0
    fast = parse_timing_lines(["0,150,4,2,0,100,1,0"])
    assert Grid(tuple(fast), (16,)).allowed(0, 500).apart == 1
