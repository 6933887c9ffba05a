"""Where times of a map may lie when its timing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..beatmap.timing_lines import TimingLine, line_at
from ..timing.grid import grid_points
from .engine import AllowedTimes

MS_PER_STEP = 10


@dataclass(frozen=True)
class Grid:
    """The ticks of the beats of ``lines`` (red ones) at several divisors; ``together``: objects may start
    at one time, or the model names them before their times."""

    lines: tuple[TimingLine, ...]
    divisors: tuple[int, ...]
    together: bool = False
    keys: int = 0  # of mania; 0 elsewhere

    def allowed(self, start: int, window_ms: float) -> AllowedTimes:
        """Times of the window at ``start`` ms."""
        snappings = self._snappings(start, window_ms)
        apart = 0 if self.together else self._apart(start)
        return AllowedTimes(tuple(snappings), tuple(snappings.values()), apart, self.keys)

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


def _parts(divisor: int) -> list[int]:
    return [part for part in range(1, divisor + 1) if divisor % part == 0]


def grid_of(lines: Sequence[TimingLine] | None, divisors: Sequence[int], together: bool, keys: int = 0) -> Grid | None:
    """None where the timing is not known or every time is wanted."""
    red = tuple(line for line in lines or () if line.parent is None and line.beat_length > 0)
    return Grid(red, tuple(divisors), together, keys) if red and divisors else None
