"""Where times of a map may lie when its timing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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

    def allowed(self, start: int, window_ms: float) -> AllowedTimes:
        """Times of the window at ``start`` ms."""
        return AllowedTimes(self._steps(start, window_ms), 0 if self.together else self._apart(start))

    def _steps(self, start: int, window_ms: float) -> tuple[int, ...]:
        """The ticks in the window and in the beat behind it, rising."""
        end = start + window_ms + max(line.beat_length for line in self.lines)
        ticks = np.concatenate([grid_points(self.lines, start, end, divisor) for divisor in self.divisors])
        # a hair over, so that a tick on a step's border does not fall into the step before it
        return tuple(np.unique((ticks - start + 0.5) // MS_PER_STEP).astype(int).tolist())

    def _apart(self, start: int) -> int:
        """A part of the finest divisor, with a step to spare for rounding; at least 1."""
        part = line_at(self.lines, start * 1000).beat_length / max(self.divisors)
        return max(1, int(part // MS_PER_STEP) - 1)


def grid_of(lines: Sequence[TimingLine] | None, divisors: Sequence[int], together: bool) -> Grid | None:
    """None where the timing is not known or every time is wanted."""
    red = tuple(line for line in lines or () if line.parent is None and line.beat_length > 0)
    return Grid(red, tuple(divisors), together) if red and divisors else None
