"""Scroll speed that stays even over tempo changes (spec 03 section 14.6)."""

from __future__ import annotations

from collections.abc import Sequence

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.timing.changes import TimingSheet, velocity_change

_DAY_S = 86400


def median_beat_length(lines: Sequence[TimingLine], last_time: float) -> float:
    """The beat length that holds for most of the time up to ``last_time`` ms, in ms; 0 if none does.

    Times of lines count in whole seconds.
    """
    totals: dict[float, int] = {}
    current: float | None = None
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if line.parent is None:
            current = line.beat_length
        offset = line.offset_us // 1000000 % _DAY_S * 1000
        if current is None or offset > last_time or (line.parent is not None and index > 0):
            continue
        totals[current] = totals.get(current, 0) + int(last_time - (0 if index == 0 else offset))
        last_time = offset
    best = max(totals, key=lambda beat: totals[beat], default=0.0)
    return best if totals.get(best, 0) > 0 else 0.0


def set_scroll_speed(sheet: TimingSheet, time_us: int, speed: float, median: float) -> None:
    """Set the scroll speed from a time on, here and at every later red line, each for its own tempo.

    ``median``: beat length in ms at which the speed is as given; must not be 0. Speed 0 changes nothing.
    """
    for offset_us, beat in [(time_us, sheet.red_at(time_us).beat_length)] + [
        (red.offset_us, red.beat_length) for red in sheet.reds_after(time_us)
    ]:
        velocity = speed * beat / median
        if velocity != 0:
            sheet.apply(velocity_change(offset_us, velocity))
