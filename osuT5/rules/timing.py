"""Timing points and snapping (spec 08 section 2)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from osuT5.beatmap import Circle, Slider, TimingPoint
from osuT5.beatmap.timing import MAX_BEAT, MIN_BEAT, effect_of, sample_of, velocity_of

from .context import TAIKO, Facts
from .finding import Finding
from .grid import RARE, SNAP

UNEXACT = 1.0  # ms
SAMPLE_TOLERANCE = 5.0  # ms
VELOCITY_CHANGE = 0.01
RARE_SHARE, RARE_COUNT, RARE_BEATS = 0.03, 5, 4
SLOWEST_BPM, FASTEST_BPM = 30.0, 400.0
REDS_PER_BAR = 4.0
NIGHTCORE_BARS = 4
PHASE = 1.0  # ms


def snapping(facts: Facts) -> Iterator[Finding]:
    """T01, T02, T14; K12 for drum rolls."""
    grid = facts.grid
    for index, item in enumerate(facts.objects):
        yield from _unsnapped(facts, index, item.time, grid.error(item.time), "start")
        if isinstance(item, Circle):
            continue
        part, time, error = _worst_end(facts, index)
        if facts.mode == TAIKO and isinstance(item, Slider):
            if round(abs(error), 6) >= SNAP:
                yield facts.finding("K12", item.time, time, (index,), abs(error), SNAP, part=part)
        else:
            yield from _unsnapped(facts, index, time, error, part)
        yield from _old_section(facts, index)


def _worst_end(facts: Facts, index: int) -> tuple[str, float, float]:
    """The end of an object, or the reverse that is farther off: its part, time and error."""
    item, end = facts.objects[index], facts.ends[index]
    best = "end", end, facts.grid.error(end)
    if facts.mode == TAIKO or not isinstance(item, Slider) or item.slides < 2:
        return best
    span = (end - item.time) / item.slides
    for reverse in range(1, min(item.slides, 16)):
        time = item.time + reverse * span
        error = facts.grid.error(time)
        if abs(error) > abs(best[2]) + 1e-6:
            best = "reverse", time, error
    return best


def _unsnapped(facts: Facts, index: int, time: float, error: float, part: str) -> Iterator[Finding]:
    size = round(abs(error), 6)  # a rounding error decides nothing
    if size < UNEXACT:
        return
    rule = "T01" if size >= SNAP else "T02"
    what = f"{'object' if part == 'start' else facts.objects[index].__class__.__name__.lower()} {part}"
    yield facts.finding(rule, time, None, (index,), round(size, 3), SNAP, part=part, what=what)


def _old_section(facts: Facts, index: int) -> Iterator[Finding]:
    start, end = facts.starts[index], facts.ends[index]
    grid = facts.grid
    before, after = grid.section(start), grid.section(end)
    if before == after or end == grid.times[after]:
        return
    if round(abs(grid.error(end)), 6) >= SNAP > abs(grid.error(end, before)):
        yield facts.finding("T14", start, end, (index,), part="end")


def rare_divisors(facts: Facts) -> Iterator[Finding]:
    """T03."""
    used = [facts.grid.divisor(time) for time in facts.starts]
    for rare in RARE:
        places = [index for index, divisor in enumerate(used) if divisor == rare]
        if len(places) >= RARE_SHARE * len(used) or len(places) > RARE_COUNT:
            continue
        for position, index in enumerate(places):
            near = RARE_BEATS * facts.beats[index]
            others = places[max(position - 1, 0) : position] + places[position + 1 : position + 2]
            if all(abs(facts.starts[other] - facts.starts[index]) > near for other in others):
                yield facts.finding("T03", facts.starts[index], None, (index,), float(rare))


def equal_times(facts: Facts) -> Iterator[Finding]:
    """T04."""
    seen: dict[tuple[float, bool], int] = {}
    for point in facts.beatmap.timing_points:
        key = point.time, point.uninherited
        seen[key] = seen.get(key, 0) + 1
    for (time, red), number in seen.items():
        if number > 1:
            what = f"{number} {'red' if red else 'green'}"
            yield facts.finding("T04", time, value=float(number), limit=1.0, part="red" if red else "green", what=what)


def first_points(facts: Facts) -> Iterator[Finding]:
    """T05, T06, T13."""
    points = facts.beatmap.timing_points
    reds = [point for point in points if point.uninherited]
    if facts.starts and facts.starts[0] < 0:
        yield facts.finding("T13", facts.starts[0], None, (0,), facts.starts[0], 0.0, what="before time 0")
    if not reds:
        return
    first = min(reds, key=lambda point: point.time)
    for point in points:
        if not point.uninherited and point.time < first.time:
            yield facts.finding("T05", point.time, value=first.time - point.time, limit=0.0)
    if first.kiai:
        yield facts.finding("T06", first.time)
    if facts.starts and 0 <= facts.starts[0] < first.time:
        what = "before the first red point"
        yield facts.finding("T13", facts.starts[0], None, (0,), facts.starts[0], first.time, what=what)


def useless_reds(facts: Facts) -> Iterator[Finding]:
    """T07."""
    for before, red in zip(facts.reds, facts.reds[1:], strict=False):
        same = red.beat_length == before.beat_length and red.meter == before.meter
        bar = before.beat_length * before.meter
        bars = round((red.time - before.time) / bar)
        if not same or red.omit_first_barline or bars < 1 or bars % NIGHTCORE_BARS == 0:
            continue
        if abs(red.time - before.time - bars * bar) <= PHASE:
            yield facts.finding("T07", red.time, value=float(bars))


def bad_points(facts: Facts) -> Iterator[Finding]:
    """T08."""
    points = facts.beatmap.timing_points
    if not any(point.uninherited for point in points):
        yield facts.finding("T08", 0.0, what="no red point", part="none")
    for point in points:
        if point.uninherited and not MIN_BEAT <= point.beat_length <= MAX_BEAT:
            what = f"beat length {point.beat_length:g} ms is outside 6 to 60000"
            yield facts.finding("T08", point.time, value=point.beat_length, what=what, part="beat length")
    for text in facts.beatmap.timing_text:
        yield from _dropped_line(facts, text)


def _dropped_line(facts: Facts, text: str) -> Iterator[Finding]:
    """Red lines that the reader leaves out: no number as beat length, meter below 1."""
    fields = text.split(",")
    if len(fields) > 6 and fields[6][:1] != "1":
        return
    try:
        time, beat = float(fields[0]) + facts.beatmap.early_offset, float(fields[1])
        meter = int(fields[2]) if len(fields) > 2 and fields[2][:1] != "0" else 4
    except (ValueError, IndexError):
        return
    if not math.isfinite(time):
        return
    if beat != beat:
        yield facts.finding("T08", time, what="the beat length of a red point is not a number", part="NaN")
    if meter < 1:
        yield facts.finding("T08", time, value=float(meter), limit=1.0, what=f"meter {meter}", part="meter")


def in_force(point: TimingPoint, mode: int) -> tuple[object, ...]:
    """All that a point sets besides the tempo, for comparison with what is in force."""
    return velocity_of(point), effect_of(point, mode), sample_of(point)


def same_greens(facts: Facts) -> Iterator[Finding]:
    """T09."""
    state: tuple[object, ...] | None = None
    for point in sorted(facts.beatmap.timing_points, key=lambda item: (item.time, not item.uninherited)):
        now = in_force(point, facts.mode)
        if not point.uninherited and now == state:
            yield facts.finding("T09", point.time)
        state = now


def late_points(facts: Facts) -> Iterator[Finding]:
    """T10."""
    starts = facts.starts
    points = facts.beatmap.timing_points
    for time in sorted({point.time for point in points}):
        low, high = bisect_right(starts, time - SAMPLE_TOLERANCE), bisect_left(starts, time)
        for index in range(low, high):
            if abs(facts.grid.error(starts[index])) <= UNEXACT:
                what = _changed(facts, index, time)
                if what:
                    yield facts.finding("T10", starts[index], time, (index,), round(time - starts[index], 3), what=what)


def _changed(facts: Facts, index: int, time: float) -> str:
    before, timing = facts.starts[index], facts.timing
    if isinstance(facts.objects[index], Slider) or facts.mode in (1, 3):
        old, new = facts.velocity(before), facts.velocity(time)
        if abs(new - old) > VELOCITY_CHANGE * old:
            return "velocity"
    return "volume" if timing.sample_at(before).volume != timing.sample_at(time).volume else ""


def strange_tempo(facts: Facts) -> Iterator[Finding]:
    """T12."""
    bars = 0.0
    for index, red in enumerate(facts.reds):
        bpm = 60000 / red.beat_length
        if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
            yield facts.finding("T12", red.time, value=bpm, what=f"tempo of {bpm:.6g} BPM", part="tempo")
        end = facts.reds[index + 1].time if index + 1 < len(facts.reds) else facts.last_end
        bars += max(end - red.time, 0.0) / (red.beat_length * red.meter)
    if bars > 0 and len(facts.reds) > 1 and len(facts.reds) > REDS_PER_BAR * bars:
        number = len(facts.reds) / bars
        what = f"{number:.1f} red points a bar"
        yield facts.finding("T12", facts.reds[0].time, value=number, limit=REDS_PER_BAR, what=what, part="number")


CHECKS = (
    snapping, rare_divisors, equal_times, first_points, useless_reds, bad_points, same_greens, late_points, strange_tempo
)  # fmt: skip
