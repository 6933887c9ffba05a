"""Where times of a map may lie when its timing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..beatmap.timing_lines import TimingLine
from ..timing.grid import grid_points

MS_PER_STEP = 10


@dataclass(frozen=True)
class Grid:
    """The ticks of the beats of ``lines`` (red ones) at several divisors."""

    lines: tuple[TimingLine, ...]
    divisors: tuple[int, ...]

    def steps(self, start: int, window_ms: float) -> tuple[int, ...]:
        """TIME_SHIFT values of the ticks in the window at ``start`` ms and of the first one behind it, rising."""
        end = start + window_ms + max(line.beat_length for line in self.lines)
        ticks = np.concatenate([grid_points(self.lines, start, end, divisor) for divisor in self.divisors])
        # a hair over, so that a tick on a step's border does not fall into the step before it
        return tuple(np.unique((ticks - start + 0.5) // MS_PER_STEP).astype(int).tolist())


def grid_of(lines: Sequence[TimingLine] | None, divisors: Sequence[int]) -> Grid | None:
    """None where the timing is not known or every time is wanted."""
    red = tuple(line for line in lines or () if line.parent is None and line.beat_length > 0)
    return Grid(red, tuple(divisors)) if red and divisors else None
