"""The change operation: put a value in force at a time in a list of timing lines (spec 03 section 14.7).

The published system scans and sorts the whole list for every change. :class:`TimingSheet` gives the same lines from a
sorted list with bisection; a change that also holds for all later lines is kept as a note and written into a line only
when something looks at it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from osuT5.beatmap.timing_lines import TimingLine

FUZZ_S = 0.002  # lines this close to a change are the ones it edits
_MICROSECOND = timedelta(microseconds=1)
_COMPARED = ("beat_length", "meter", "sample_set", "sample_index", "volume", "kiai")
_LASTING = ("sample_set", "sample_index", "volume", "kiai")


def to_us(ms: float) -> int:
    """Float ms as whole microseconds, rounded half to even. Raises ``OverflowError`` beyond about 2.7 million years."""
    return timedelta(milliseconds=ms) // _MICROSECOND


@dataclass(slots=True)
class TimingChange:
    """A request: values that come into force at a time.

    Only the fields named in ``sets`` are written into existing lines; the others matter when no line lies before the
    time, for then a red request becomes a line as it is. ``all_later`` also writes sample fields and kiai into every
    line after the time.
    """

    offset_us: int
    sets: tuple[str, ...]
    beat_length: float = 1000.0
    meter: int = 4
    sample_set: int = 2
    sample_index: int = -1
    volume: int = 100
    kiai: bool = False
    red: bool = False
    all_later: bool = False

    def as_line(self) -> TimingLine:
        """The whole request as a red line."""
        return TimingLine(
            self.offset_us,
            self.beat_length,
            self.meter,
            self.sample_set,
            self.sample_index,
            self.volume,
            None,
            self.kiai,
        )


def volume_change(offset_us: int, volume: int) -> TimingChange:
    """Sets the volume and sample index -1, also on all later lines."""
    return TimingChange(offset_us, ("sample_index", "volume"), volume=volume, all_later=True)


def velocity_change(offset_us: int, velocity: float) -> TimingChange:
    """Sets the slider velocity. Raises ``ZeroDivisionError`` for a velocity of 0."""
    return TimingChange(offset_us, ("beat_length",), beat_length=-100 / velocity + 1e-10)


def kiai_change(offset_us: int, on: bool) -> TimingChange:
    """Turns kiai on or off, also on all later lines."""
    return TimingChange(offset_us, ("kiai",), kiai=on, all_later=True)


def copy_lines(lines: Iterable[TimingLine]) -> list[TimingLine]:
    """Copies whose parents are the copies of the parents (a parent outside ``lines`` is kept as it is)."""
    lines = list(lines)
    copies = {id(line): copy(line) for line in lines}
    for line in copies.values():
        if line.parent is not None:
            line.parent = copies.get(id(line.parent), line.parent)
    return list(copies.values())


def _key(line: TimingLine) -> tuple[int, bool]:
    return line.offset_us, line.parent is not None


def _offset(line: TimingLine) -> int:
    return line.offset_us


class TimingSheet:
    """Timing lines that change requests are applied to.

    ``lines`` may be unsorted at first, as in a file; lookups then go by file order. From the first change on they are
    sorted by time, red first. The given lines are copied.
    """

    def __init__(self, lines: Iterable[TimingLine] = ()) -> None:
        self._lines = copy_lines(lines)
        self._sorted = all(_key(a) <= _key(b) for a, b in zip(self._lines, self._lines[1:], strict=False))
        self._later: dict[str, tuple[int, Any]] = {}  # field -> (time, value that every line after the time has)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def lines(self) -> list[TimingLine]:
        """All lines with every change written in; the sheet's own objects."""
        if self._lines:
            self._settle(max(map(_offset, self._lines)))
        return list(self._lines)

    def at(self, time_us: int) -> TimingLine:
        """The last line with offset <= time, else the first. Its sample fields and kiai may be out of date.

        Raises ``IndexError`` on an empty sheet.
        """
        if not self._sorted:
            return next((line for line in reversed(self._lines) if line.offset_us <= time_us), self._lines[0])
        return self._lines[max(bisect_right(self._lines, time_us, key=_offset) - 1, 0)]

    def red_at(self, time_us: int) -> TimingLine:
        """The red line in force: that of :meth:`at`. Raises ``IndexError`` on an empty sheet."""
        return self.at(time_us).red

    def reds_after(self, time_us: int) -> Iterator[TimingLine]:
        """Red lines with offset > time, in list order; the sheet may be changed meanwhile."""
        start = bisect_right(self._lines, time_us, key=_offset) if self._sorted else 0
        return iter([line for line in self._lines[start:] if line.parent is None and line.offset_us > time_us])

    def apply(self, change: TimingChange) -> None:
        """Carry out one request."""
        time = change.offset_us
        self._settle(time + _reach_us(time))
        prev, on = self._neighbours(time)
        bare = prev is None
        new = None
        if change.red and not any(line.parent is None for line in on):
            new = change.as_line() if prev is None else copy(prev)
            new.offset_us, new.parent = time, None
        elif not change.red and (
            not on or ("beat_length" in change.sets and not any(line.parent is not None for line in on))
        ):
            prev = self._ensured_red(time) if prev is None else prev
            new = _green_after(prev, time)
        _write(change, on if new is None else [*on, new])
        if new is not None and (change.red or bare or _differ(new, prev)):
            self._insert(new)
        self._sort()
        if change.all_later:
            self._note_later(change)

    def _neighbours(self, time: int) -> tuple[TimingLine | None, list[TimingLine]]:
        """The line that new values are copied from, and the lines within the fuzz, in list order."""
        if self._sorted:
            reach, low = _reach_us(time), bisect_left(self._lines, time, key=_offset)
            first = bisect_left(self._lines, time - reach, key=_offset)
            last = bisect_right(self._lines, time + reach, key=_offset)
            on = [line for line in self._lines[first:last] if _close(line.offset_us, time)]
            prev = self._lines[low - 1] if low else None
        else:
            on = [line for line in self._lines if _close(line.offset_us, time)]
            before = [line for line in self._lines if line.offset_us < time]
            prev = max(reversed(before), key=_offset) if before else None
        return (on[-1] if on else prev), on

    def _ensured_red(self, time: int) -> TimingLine:
        """The first red line, moved back by whole measures to lie at or before ``time``; made if there is none."""
        reds = [line for line in self._lines if line.parent is None]
        if not reds:
            red = TimingLine(time, 1000.0, 4, 2, -1, 100)
            self._insert(red)
            return red
        red = reds[0]
        self._settle(red.offset_us)
        measure = red.beat_length * red.meter
        if red.offset_us > time and 0 < measure < math.inf:
            gap = (red.offset_us - time) / 1000000 * 1000
            red.offset_us -= to_us(math.ceil(gap / measure) * measure)
            if self._sorted:
                self._lines.remove(red)
                self._insert(red)
        return red

    def _insert(self, line: TimingLine) -> None:
        if self._sorted:
            self._lines.insert(bisect_right(self._lines, _key(line), key=_key), line)
        else:
            self._lines.append(line)

    def _sort(self) -> None:
        if not self._sorted:
            self._lines.sort(key=_key)
            self._sorted = True

    def _note_later(self, change: TimingChange) -> None:
        """Remember "all later": a note further left replaces the old one, for it covers all that the old one did."""
        for name in change.sets:
            if name in _LASTING:
                self._later[name] = (change.offset_us, getattr(change, name))

    def _settle(self, time: int) -> None:
        """Write the notes into every line up to ``time``."""
        for name, (start, value) in self._later.items():
            if start >= time:
                continue
            first = bisect_right(self._lines, start, key=_offset)
            for index in range(first, len(self._lines)):
                if self._lines[index].offset_us > time:
                    break
                setattr(self._lines[index], name, value)
            self._later[name] = (time, value)


def _reach_us(time: int) -> int:
    """A bound on how far away a line can still be close to ``time``."""
    return 2001 + abs(time) // 500000000


def _close(a_us: int, b_us: int) -> bool:
    return math.isclose(a_us / 1000000, b_us / 1000000, rel_tol=1e-9, abs_tol=FUZZ_S)


def _green_after(prev: TimingLine, time: int) -> TimingLine:
    new = copy(prev)
    new.offset_us, new.parent = time, prev.red
    if prev.parent is None:
        new.beat_length = -100.0
    return new


def _write(change: TimingChange, on: list[TimingLine]) -> None:
    for line in on:
        red = line.parent is None
        for name in change.sets:
            if name == "beat_length" and red is not change.red:
                continue
            if name == "meter" and not (red and change.red):
                continue
            setattr(line, name, getattr(change, name))


def _differ(new: TimingLine, prev: TimingLine | None) -> bool:
    if prev is None or (new.parent is None) is not (prev.parent is None):
        return True
    return any(getattr(new, name) != getattr(prev, name) for name in _COMPARED)
