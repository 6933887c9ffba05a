"""osu!: density, streams and combos (O18 to O20, O23 of spec 08 section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from osuT5.beatmap import Circle, Slider

from .context import Facts, at_most, below, is_part
from .finding import Finding, Severity
from .level import Level
from .objects import combo_lengths

# share of gaps below 1/k of a beat, and below the next faster class
DENSITY = {Level.E: ((1, 1 / 3), (2, 0.15)), Level.N: ((2, 1 / 3), (4, 0.05)), Level.H: ((4, 1 / 3), (8, 0.10))}
CLICKED_ROW, REST_BARS, SLIDER_ROW = 3, 2, 4
STREAM = 5
COMBO = {Level.E: 12, Level.N: 16}
OTHER_COMBO, SINGLE_COMBOS = 24, 3


def density(facts: Facts) -> Iterator[Finding]:
    """O18: one finding a map and class."""
    if facts.level not in DENSITY or not facts.gaps:
        return
    for parts, limit in DENSITY[facts.level]:
        dense = sum(below(gap, beat, parts) for gap, beat in zip(facts.gaps, facts.beats, strict=False))
        share = dense / len(facts.gaps)
        if share > limit:
            what = f"{'a beat' if parts == 1 else f'1/{parts}'}, at most {100 * limit:.0f} % at this level"
            times = facts.first_start, facts.last_end
            value = round(100 * share, 1)
            yield facts.finding("O18", *times, value=value, limit=100 * limit, part=f"1/{parts}", what=what)


def lowest_normal(facts: Facts) -> Iterator[Finding]:
    """O19."""
    if facts.level is not Level.N or not facts.lowest:
        return
    yield from _clicked_row(facts)
    yield from _no_rest(facts)
    yield from _half_sliders(facts)


def _clicked_row(facts: Facts) -> Iterator[Finding]:
    starts = facts.starts
    first = 0
    for index in range(1, len(starts) + 1):
        half = index < len(starts) and at_most(starts[index] - starts[index - 1], facts.beats[index - 1], 2)
        if half:
            continue
        if index - 1 - first > CLICKED_ROW:
            number = index - 1 - first
            what = f"{number} clicked 1/2 gaps in a row"
            objects = tuple(range(first, index))
            times = starts[first], starts[index - 1]
            yield facts.finding("O19", *times, objects, float(number), float(CLICKED_ROW), part="clicks", what=what)
        first = index


def _no_rest(facts: Facts) -> Iterator[Finding]:
    first = 0
    for index in range(len(facts.objects)):
        last = index + 1 == len(facts.objects)
        if not last and below(facts.gaps[index], facts.beats[index], 1):
            continue
        start, end = facts.starts[first], facts.ends[index]
        bars = (end - start) / facts.bar(start)
        if bars > REST_BARS + 0.01:
            what = f"{bars:.1f} bars without a gap of a beat"
            objects = tuple(range(first, index + 1))
            yield facts.finding("O19", start, end, objects, round(bars, 2), float(REST_BARS), part="rest", what=what)
        first = index + 1


def _half_sliders(facts: Facts) -> Iterator[Finding]:
    row: list[int] = []
    for index in range(len(facts.objects) + 1):
        half = False
        if index < len(facts.objects) and isinstance(facts.objects[index], Slider):
            half = is_part(facts.ends[index] - facts.starts[index], facts.beats[index], 2)
        if half:
            row.append(index)
            continue
        if len(row) > SLIDER_ROW:
            what = f"{len(row)} sliders of 1/2 in a row"
            times = facts.starts[row[0]], facts.ends[row[-1]]
            yield facts.finding(
                "O19", *times, tuple(row), float(len(row)), float(SLIDER_ROW), part="sliders", what=what
            )
        row = []


def streams(facts: Facts) -> Iterator[Finding]:
    """O20."""
    if facts.level is not Level.H:
        return
    run: list[int] = []
    for index in range(len(facts.objects) + 1):
        circle = index < len(facts.objects) and isinstance(facts.objects[index], Circle)
        if circle and run and at_most(facts.starts[index] - facts.starts[run[-1]], facts.beats[run[-1]], 4):
            run.append(index)
            continue
        if len(run) > STREAM:
            times = facts.starts[run[0]], facts.starts[run[-1]]
            yield facts.finding("O20", *times, tuple(run), float(len(run)), float(STREAM))
        run = [index] if circle else []


def combos(facts: Facts) -> Iterator[Finding]:
    """O23."""
    limit = COMBO.get(facts.level, OTHER_COMBO) if facts.level is not None else OTHER_COMBO
    severity = Severity.WARNING if facts.level in COMBO else Severity.MINOR
    singles: list[int] = []
    for first, number in [*combo_lengths(facts), (len(facts.objects), 0)]:
        if number > limit:
            times = facts.starts[first], facts.starts[first + number - 1]
            objects = tuple(range(first, first + number))
            what = f"combo of {number} objects, at most {limit} recommended"
            yield facts.finding("O23", *times, objects, float(number), float(limit), severity, "long", what=what)
        if number == 1:
            singles.append(first)
            continue
        if len(singles) >= SINGLE_COMBOS:
            times = facts.starts[singles[0]], facts.starts[singles[-1]]
            what = f"{len(singles)} combos of one object in a row"
            value = float(len(singles))
            yield facts.finding(
                "O23", *times, tuple(singles), value, SINGLE_COMBOS - 1.0, severity, "single", what=what
            )
        singles = []


CHECKS = (density, lowest_normal, streams, combos)
