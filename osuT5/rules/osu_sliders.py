"""osu!: velocity, length and reverses of sliders (O10 to O14 of spec 08 section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from osuT5.beatmap import Slider

from .context import Facts, at_most, below
from .finding import Finding, Severity
from .level import Level

FASTEST = 1.3
SHORTEST_SPAN = 125.0  # ms
SAME = 1.01  # ratio
STEADY_BARS, LARGEST_STEP = 4, 1.5
ROW, ROW_BARS = 8, 4
LOW = (Level.E, Level.N)


def sliders(facts: Facts) -> Iterator[tuple[int, Slider]]:
    return ((index, item) for index, item in enumerate(facts.objects) if isinstance(item, Slider))


def span_of(facts: Facts, index: int, slider: Slider) -> float:
    """Ms of one pass."""
    return (facts.ends[index] - slider.time) / slider.slides


def fast(facts: Facts) -> Iterator[Finding]:
    """O10."""
    if not (facts.level is Level.E or (facts.level is Level.N and facts.lowest)):
        return
    for index, slider in sliders(facts):
        velocity = facts.beatmap.difficulty.slider_multiplier * facts.timing.velocity_at(slider.time).velocity
        if velocity > FASTEST + 1e-6:
            yield facts.finding("O10", slider.time, facts.ends[index], (index,), round(velocity, 3), FASTEST)


def short_spans(facts: Facts) -> Iterator[Finding]:
    """O11."""
    if facts.level is not Level.E:
        return
    for index, slider in sliders(facts):
        span = span_of(facts, index, slider)
        if span < SHORTEST_SPAN or below(span, facts.beats[index], 2):
            severity = Severity.PROBLEM if span < SHORTEST_SPAN else Severity.WARNING
            limit = facts.beats[index] / 2
            yield facts.finding("O11", slider.time, facts.ends[index], (index,), round(span, 1), limit, severity)


def many_reverses(facts: Facts) -> Iterator[Finding]:
    """O12."""
    if facts.level not in LOW:
        return
    parts = 1 if facts.level is Level.E else 2
    for index, slider in sliders(facts):
        if slider.slides > 2 and at_most(span_of(facts, index, slider), facts.beats[index], parts):
            yield facts.finding("O12", slider.time, facts.ends[index], (index,), slider.slides - 1.0, 1.0)


def changes(facts: Facts) -> Iterator[Finding]:
    """O13: between neighbouring sliders; the tempo's own changes don't count."""
    if facts.level not in LOW:
        return
    before: float | None = None
    changed_at: float | None = None
    for index, slider in sliders(facts):
        velocity = facts.timing.velocity_at(slider.time).velocity
        if before is not None and not 1 / SAME < velocity / before < SAME:
            step = max(velocity / before, before / velocity)
            soon = changed_at is not None and slider.time - changed_at < STEADY_BARS * facts.bar(slider.time) - 2
            if step > LARGEST_STEP:
                yield facts.finding(
                    "O13", slider.time, None, (index,), round(step, 2), LARGEST_STEP, part="step",
                    what=f"changes {step:.2f} times",
                )  # fmt: skip
            elif soon and changed_at is not None:
                bars = (slider.time - changed_at) / facts.bar(slider.time)
                what = f"changes again after {bars:.1f} bars"
                yield facts.finding(
                    "O13", slider.time, None, (index,), round(bars, 2), float(STEADY_BARS), part="often", what=what
                )
            changed_at = slider.time
        before = velocity


def rows(facts: Facts) -> Iterator[Finding]:
    """O14."""
    if facts.level not in LOW:
        return
    row: list[int] = []
    for index in range(len(facts.objects) + 1):
        is_slider = index < len(facts.objects) and isinstance(facts.objects[index], Slider)
        rested = bool(row) and is_slider and not below(facts.gaps[index - 1], facts.beats[row[-1]], 1)
        if not is_slider or rested:
            yield from _row(facts, row)
            row = []
        if is_slider:
            row.append(index)


def _row(facts: Facts, row: list[int]) -> Iterator[Finding]:
    if len(row) < ROW:
        return
    start, end = facts.starts[row[0]], facts.ends[row[-1]]
    if end - start >= ROW_BARS * facts.bar(start) - 2:
        yield facts.finding("O14", start, end, tuple(row), float(len(row)), ROW - 1.0)


CHECKS = (fast, short_spans, many_reverses, changes, rows)
