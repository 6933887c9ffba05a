"""Where times of a map may lie when its timing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..beatmap.timing_lines import TimingLine, line_at
from ..config import DataLayout
from ..rules.context import normal_beat
from ..timing.grid import grid_points
from .engine import AllowedTimes, QuickReach

MS_PER_STEP = 10
QUICK = 0.3  # of a beat between 120 and 240 BPM; gaps up to it are those of streams


@dataclass(frozen=True)
class Grid:
    """The ticks of the beats of ``lines`` (red ones) at several divisors; ``together``: objects may start
    at one time, or the model names them before their times."""

    lines: tuple[TimingLine, ...]
    divisors: tuple[int, ...]
    together: bool = False
    keys: int = 0  # of mania; 0 elsewhere
    reach: tuple[float, int] | None = None  # cells that an object may be from another of the same stream, columns

    def allowed(self, start: int, window_ms: float) -> AllowedTimes:
        """Times of the window at ``start`` ms."""
        snappings = self._snappings(start, window_ms)
        apart = 0 if self.together else self._apart(start)
        return AllowedTimes(tuple(snappings), tuple(snappings.values()), apart, self.keys, self._quick(start))

    def _snappings(self, start: int, window_ms: float) -> dict[int, int]:
        """The ticks in the window and in the beat behind it, rising, and the least divisor of each."""
        end = start + window_ms + max(line.beat_length for line in self.lines)
        found: dict[int, int] = {}
        for divisor in sorted({part for wanted in self.divisors for part in _parts(wanted)}):
            ticks = grid_points(self.lines, start, end, divisor)
            # a hair over, so that a tick on a step's border does not fall into the step before it
            for step in ((ticks - start + 0.5) // MS_PER_STEP).astype(int).tolist():
                found.setdefault(step, divisor)
        return dict(sorted(found.items()))

    def _apart(self, start: int) -> int:
        """A part of the finest divisor, with a step to spare for rounding; at least 1."""
        part = line_at(self.lines, start * 1000).beat_length / max(self.divisors)
        return max(1, int(part // MS_PER_STEP) - 1)

    def _quick(self, start: int) -> QuickReach | None:
        if self.reach is None:
            return None
        beat = normal_beat(line_at(self.lines, start * 1000).beat_length)
        return QuickReach(round(QUICK * beat / MS_PER_STEP), *self.reach)


def _parts(divisor: int) -> list[int]:
    return [part for part in range(1, divisor + 1) if divisor % part == 0]


def grid_of(
    lines: Sequence[TimingLine] | None,
    divisors: Sequence[int],
    together: bool,
    keys: int = 0,
    reach: tuple[float, int] | None = None,
) -> Grid | None:
    """None where the timing is not known or every time is wanted."""
    red = tuple(line for line in lines or () if line.parent is None and line.beat_length > 0)
    return Grid(red, tuple(divisors), together, keys, reach) if red and divisors else None


def reach_of(layout: DataLayout, quick_reach: float | None) -> tuple[float, int] | None:
    """``quick_reach`` (px) in cells, and the columns of the grid of places; None where the layout has no such places."""
    if quick_reach is None or layout.types_first or layout.position_split_axes:
        return None
    left, right, _, _ = layout.position_range
    size = layout.position_precision
    return quick_reach / size, (right - left) // size + 1
