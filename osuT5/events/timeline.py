"""Timing lines as arrays, for looking up many times at once (spec 01 sections 2, 3, 6.1 and 6.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..beatmap.timing_lines import TimingLine, ms_of
from .errors import EventError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DIVISORS = np.arange(1, 17)
SNAP_TOLERANCE_MS = 2
_FAR_US = 1 << 60  # offsets beyond this are as good as never


def event_ms(time_us: int) -> int:
    """Whole ms of a time in microseconds as events state it: truncated, a hair above."""
    return int(ms_of(time_us) + 1e-5)


def all_event_ms(times_us: Ints) -> Ints:
    """:func:`event_ms` of many times."""
    return np.trunc(times_us / 1000000 * 1000 + 1e-5).astype(np.int64)


def scroll_speed(line: TimingLine) -> float:
    """Scroll speed of a line at an object; 1 unless the line is green with a negative beat length."""
    if line.parent is None or not line.beat_length < 0:
        return 1.0
    return min(max(-100 / line.beat_length, 0.01), 10)


def offsets_of(lines: Iterable[TimingLine]) -> Ints:
    """Offsets in microseconds; those beyond any song are cut to what fits an array."""
    return np.array([min(max(line.offset_us, -_FAR_US), _FAR_US) for line in lines], dtype=np.int64)


class Timeline:
    """Lookups in the lines of one map. Raises ``EventError`` when asked without lines."""

    def __init__(self, lines: Sequence[TimingLine]) -> None:
        self.lines = lines
        offsets = offsets_of(lines)
        order = np.argsort(offsets, kind="stable")
        self._offsets = offsets
        self._sorted = offsets[order]
        self._latest = np.maximum.accumulate(order) if len(lines) else order

    def at(self, times_us: Ints) -> NDArray[np.intp]:
        """Index of the last line in file order with ``offset <= time``, else 0."""
        if not len(self.lines):
            raise EventError("the map has no timing lines")
        found = np.searchsorted(self._sorted, times_us, side="right")
        return np.where(found == 0, 0, self._latest[found - 1])

    def snappings(self, times_us: Ints) -> list[int]:
        """Smallest beat divisor 1..16 that each time lies on within 2 ms, else 0.

        Raises ``EventError`` where the beat length is 0.
        """
        if not len(times_us):
            return []
        red = self._red[self.at(times_us)]
        beat = self._beat_lengths[red]
        if not beat.all():
            raise EventError("a timing line with beat length 0 is in force at an object")
        passed = (times_us - self._offsets[red]) / 1000000 * 1000
        with np.errstate(invalid="ignore", over="ignore"):
            beats = (passed / beat)[:, None]
            misses = np.abs(beats - np.rint(beats * DIVISORS) / DIVISORS) * beat[:, None]
            near = misses < SNAP_TOLERANCE_MS
        return np.where(near.any(axis=1), near.argmax(axis=1) + 1, 0).tolist()  # type: ignore[no-any-return]

    @cached_property
    def _red(self) -> NDArray[np.intp]:
        place = {id(line): index for index, line in enumerate(self.lines)}
        return np.array([place[id(line.red)] for line in self.lines], dtype=np.intp)

    @cached_property
    def _beat_lengths(self) -> Floats:
        return np.array([line.beat_length for line in self.lines], dtype=np.float64)

    @cached_property
    def scroll_speeds(self) -> list[int]:
        """SCROLL_SPEED value of each line at an object."""
        return [round(scroll_speed(line) * 100) for line in self.lines]

    @cached_property
    def sample_sets(self) -> Ints:
        """Sample set of each line; 0 means soft."""
        limit = np.iinfo(np.int64).max
        return np.array([min(max(line.sample_set, -1), limit) or 2 for line in self.lines], dtype=np.int64)

    @cached_property
    def volumes(self) -> Ints:
        """Volume of each line in percent."""
        return np.array([line.volume for line in self.lines], dtype=np.int64)
