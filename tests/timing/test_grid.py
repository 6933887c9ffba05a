"""Ticks of red lines."""

from __future__ import annotations

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.timing.grid import grid_points


def line(ms: float, beat_length: float) -> TimingLine:
    return TimingLine(round(ms * 1000), beat_length)


def test_grid_points() -> None:
    lines = [line(1000, 400), line(2000, 200)]
    assert grid_points(lines, 900, 2100).tolist() == [900, *range(1000, 2000, 100), 2000, 2050, 2100]
    assert grid_points(lines, 1000, 1400, 1).tolist() == [1000, 1400]
    assert grid_points([], 0, 1000).tolist() == []
