"""Beat ticks: how far a time is from them, and which division it needs (spec 08 section 2)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from osuT5.beatmap.timing import Beat

DIVISORS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16)
RARE = (5, 7, 9, 12, 16)
_ENOUGH = (16, 12, 9, 7, 5)  # their ticks are the ticks of all divisors
SNAP = 2.0  # ms
COMMON = 0.03  # of all times
# common divisions and how much farther, in ms, a tick of theirs may be and still be the better guess
_WISHED = ((1, 0.0), (2, 0.0), (3, 0.5), (4, 0.0), (6, 2.0), (8, 2.0), (12, 4.0), (16, 4.0))


class Grid:
    """Ticks of the red points ``beats``, in order of time; the first section also runs backwards."""

    def __init__(self, beats: Sequence[Beat]) -> None:
        self.times = [beat.time for beat in beats]
        self.lengths = [beat.beat_length for beat in beats]

    def section(self, time: float) -> int:
        return max(bisect_right(self.times, time) - 1, 0)

    def error(self, time: float, section: int | None = None) -> float:
        """``time`` minus the nearest tick of any divisor, in ms; the next red point counts as a tick."""
        index = self.section(time) if section is None else section
        length = self.lengths[index]
        phase = (time - self.times[index]) / length
        best = phase * length - round(phase) * length
        for divisor in _ENOUGH:
            scaled = phase * divisor
            error = (scaled - round(scaled)) * length / divisor
            if -abs(best) < error < abs(best):
                best = error
                if -0.5 <= best <= 0.5:
                    break
        if section is None and index + 1 < len(self.times):
            to_next = time - self.times[index + 1]
            if abs(to_next) < abs(best):
                best = to_next
        return best

    def divisor(self, time: float) -> int | None:
        """The smallest divisor with a tick within 2 ms; None when there is none."""
        index = self.section(time)
        length = self.lengths[index]
        phase = (time - self.times[index]) / length
        for divisor in DIVISORS:
            scaled = phase * divisor
            if abs(scaled - round(scaled)) * length / divisor < SNAP:
                return divisor
        return None

    def beat_phase(self, time: float, meter: int = 1) -> float:
        """Ms from the nearest beat (``meter`` 1) or bar line."""
        index = self.section(time)
        length = self.lengths[index] * meter
        phase = (time - self.times[index]) / length
        return abs(phase - round(phase)) * length

    def best_tick(self, time: float, section_time: float | None = None) -> float:
        """The tick that ``time`` was most likely meant for: near, and of a common division."""
        index = self.section(time if section_time is None else section_time)
        length, origin = self.lengths[index], self.times[index]
        phase = (time - origin) / length
        best, cost = time, float("inf")
        for divisor, extra in _WISHED:
            tick = origin + round(phase * divisor) / divisor * length
            if abs(tick - time) + extra < cost:
                best, cost = tick, abs(tick - time) + extra
        if index + 1 < len(self.times) and abs(self.times[index + 1] - time) < cost:
            best = self.times[index + 1]
        return best

    def common_divisors(self, times: Sequence[float]) -> tuple[int, ...]:
        """Whole, half and quarter beats, and what else a good part of ``times`` needs."""
        used = [self.divisor(time) for time in times]
        often = {divisor for divisor in DIVISORS if used.count(divisor) > COMMON * len(used)}
        return tuple(sorted(often | {1, 2, 4}))

    def tick(self, time: float, divisor: int) -> float:
        """The nearest tick of one divisor."""
        index = self.section(time)
        step = self.lengths[index] / divisor
        return self.times[index] + round((time - self.times[index]) / step) * step
