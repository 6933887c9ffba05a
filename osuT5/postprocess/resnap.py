"""Moves times onto the beat divisor that the model named for them (spec 03 section 12.2)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.events.event import Event, EventType

_SLACK_MS = 20  # how far a tick may lie outside the section of its line
_COARSER = {4: (2,), 6: (2, 3), 8: (4,), 9: (3,), 10: (2, 5), 12: (4, 6), 14: (2, 7), 15: (3, 5), 16: (8,), 1: ()}


class Resnapper:
    """Snaps times to ``lines``, which need not be sorted."""

    def __init__(self, lines: Iterable[TimingLine]) -> None:
        self._lines = sorted(lines, key=lambda line: (line.offset_us, line.parent is not None))
        self._offsets = [line.offset_us for line in self._lines]

    def snap(self, time: int, divisor: int) -> int:
        """The tick of 1/``divisor`` beat nearest to ``time`` ms that is no tick of a coarser divisor; else ``time``."""
        if not self._lines:
            return time
        index = bisect_right(self._offsets, time * 1000)
        line = self._lines[max(index - 1, 0)].red
        start = round(line.offset_ms)
        before = self._lines[max(bisect_right(self._offsets, (start - 1) * 1000) - 1, 0)]
        after = next((other for other in self._lines[index:] if other.parent is None), None)
        end = math.inf if after is None else round(after.offset_ms)
        # Which of two equally near ticks wins hangs on the order of these set operations.
        ticks = {tick for tick in _ticks(line, time, divisor) if start - _SLACK_MS <= tick <= end + _SLACK_MS}
        ticks |= {tick for tick in _ticks(before, time, divisor) if tick <= start + _SLACK_MS}
        if after is not None:
            ticks |= {tick for tick in _ticks(after, time, divisor) if tick >= end - _SLACK_MS}
        return min(ticks, key=lambda tick: abs(tick - time), default=time)

    def apply(self, events: Sequence[Event]) -> list[Event]:
        """Events with every TIME_SHIFT that a positive SNAPPING follows moved to its tick."""
        result = list(events)
        for index, (event, following) in enumerate(zip(events, events[1:], strict=False)):
            snapped = event.type is EventType.TIME_SHIFT and following.type is EventType.SNAPPING
            if snapped and following.value > 0:
                result[index] = Event(EventType.TIME_SHIFT, self.snap(event.value, following.value))
        return result


def resnap(time: int, divisor: int, lines: Iterable[TimingLine]) -> int:
    """One time snapped to ``lines``; see :class:`Resnapper`."""
    return Resnapper(lines).snap(time, divisor)


def _ticks(line: TimingLine, time: int, divisor: int) -> set[int]:
    if not math.isfinite(line.beat_length) or line.beat_length == 0:
        return set()
    ticks = _candidates(line, time, divisor)
    for coarser in _COARSER.get(divisor, (1,)):
        ticks -= _candidates(line, time, coarser)
    return ticks


def _candidates(line: TimingLine, time: int, divisor: int) -> set[int]:
    step = line.beat_length / divisor
    base = time - (time - round(line.offset_ms)) % step
    return {int(base - step), int(base), int(base + step), int(base + 2 * step)}
