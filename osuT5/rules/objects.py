"""Objects and breaks of all modes (spec 08 section 3)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from osuT5.beatmap import Circle, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.combos import combo_starts
from osuT5.beatmap.play import MIN_BREAK, ZERO_LENGTH
from osuT5.beatmap.stacking import preempt
from osuT5.beatmap.write_objects import ALL_KINDS

from .context import CATCH, MANIA, Facts
from .finding import Finding, Severity
from .level import Level

OVERLAP = 2.0  # ms
AFTER_CIRCLE, AFTER_SLIDER = 10.0, 20.0  # ms
SHORTEST = 0.5  # ms
PX_PER_ANCHOR, MAX_ANCHORS, MAX_REVERSES = 3.0, 150, 20
BEFORE_BREAK, AFTER_BREAK, BREAK_SLACK = 200.0, 450.0, 1.0  # ms
LONG_HOLE = 8  # bars
MAX_COMBO, MAX_SCORE = 65535, 2147483647
_LEFT_TO_OTHERS = ("clamped difficulty values",)  # D02


def concurrent(facts: Facts) -> Iterator[Finding]:
    """G01, G02."""
    if facts.mode == MANIA or not facts.objects:
        return
    last, last_end = 0, facts.ends[0]
    for index in range(1, len(facts.objects)):
        start = facts.starts[index]
        gap = start - last_end
        if gap <= OVERLAP:
            yield facts.finding("G01", start, last_end if last_end > start else start, (last, index), -gap, -OVERLAP)
        else:
            yield from _close(facts, last, index, gap)
        if facts.ends[index] >= last_end:
            last, last_end = index, facts.ends[index]


def _close(facts: Facts, before: int, index: int, gap: float) -> Iterator[Finding]:
    item = facts.objects[before]
    limit = AFTER_CIRCLE if isinstance(item, Circle) else AFTER_SLIDER if isinstance(item, Slider) else 0.0
    if gap < limit and facts.mode != CATCH:
        yield facts.finding("G02", facts.starts[index], None, (before, index), gap, limit)


def too_short(facts: Facts) -> Iterator[Finding]:
    """G03."""
    for index, item in enumerate(facts.objects):
        if isinstance(item, Circle):
            continue
        what = ""
        if isinstance(item, Slider):
            what = _bad_length(facts, item)
        duration = facts.ends[index] - item.time
        if not what and not duration >= SHORTEST:
            what = f"{type(item).__name__.lower()} of {duration:.2g} ms"
        if what:
            yield facts.finding("G03", item.time, None, (index,), duration, SHORTEST, what=what)


def _bad_length(facts: Facts, slider: Slider) -> str:
    written = slider.length
    if written is not None and not 0 < written <= 131072:
        return f"slider with a written length of {written:g}"
    return "slider whose path has no length" if facts.play.slider(slider).path.length <= ZERO_LENGTH else ""


def malformed(facts: Facts) -> Iterator[Finding]:
    """G04: two kinds in one object, and what the reader had to drop or repair."""
    for index, item in enumerate(facts.objects):
        kinds = item.type_bits & ALL_KINDS
        if kinds & (kinds - 1):
            what = f"type {item.type_bits} says more than one kind of object"
            yield facts.finding("G04", item.time, None, (index,), float(item.type_bits), what=what, part="type")
    for note in facts.beatmap.diagnostics:
        if note.rule not in _LEFT_TO_OTHERS and not note.rule.startswith("unknown section"):
            where = f"line {note.line}: " if note.line else ""
            text = f" ({note.text[:60]})" if note.text else ""
            yield facts.finding("G04", 0.0, value=float(note.line), what=f"{where}{note.rule}{text}", part="file")


def too_few(facts: Facts) -> Iterator[Finding]:
    """G05."""
    if len(facts.objects) < 2:
        yield facts.finding("G05", facts.first_start, value=float(len(facts.objects)), limit=2.0)


def heavy_sliders(facts: Facts) -> Iterator[Finding]:
    """G06."""
    for index, item in enumerate(facts.objects):
        if not isinstance(item, Slider):
            continue
        anchors, reverses = len(item.points) + 1, item.slides - 1
        length = facts.play.slider(item).path.length
        if reverses >= MAX_REVERSES:
            value, limit, what = reverses, float(MAX_REVERSES), f"{reverses} reverses"
        elif anchors > MAX_ANCHORS or (anchors > 2 and anchors > length / PX_PER_ANCHOR):
            value, limit, what = anchors, length / PX_PER_ANCHOR, f"{anchors} anchors on {length:.0f} px"
        else:
            continue
        yield facts.finding("G06", item.time, facts.ends[index], (index,), float(value), limit, what=what)


def breaks(facts: Facts) -> Iterator[Finding]:
    """G07, G08."""
    visible = preempt(facts.beatmap.difficulty.approach_rate) if facts.mode in (0, CATCH) else AFTER_BREAK
    for pause in facts.beatmap.events.breaks:
        length = pause.end - pause.start
        if length < MIN_BREAK:
            yield facts.finding("G08", pause.start, pause.end, value=length, limit=MIN_BREAK)
        if facts.objects:
            yield from _misplaced(facts, pause.start, pause.end, max(visible, AFTER_BREAK))


def _misplaced(facts: Facts, start: float, end: float, visible: float) -> Iterator[Finding]:
    following = bisect_left(facts.starts, start)
    before = facts.running_ends[following - 1] if following else None
    if before is not None and start - before < BEFORE_BREAK - BREAK_SLACK:
        inside = before > start
        what = "contains an object" if inside else f"starts {start - before:.0f} ms after an object"
        yield facts.finding("G07", start, end, (), start - before, BEFORE_BREAK, part="start", what=what)
    if following == len(facts.starts):
        return
    after = facts.starts[following] - end
    if after < 0:
        yield facts.finding("G07", start, end, (following,), after, AFTER_BREAK, part="end", what="contains an object")
    elif after < visible - BREAK_SLACK:
        severity = Severity.PROBLEM if after < AFTER_BREAK - BREAK_SLACK else Severity.WARNING
        limit = AFTER_BREAK if severity is Severity.PROBLEM else visible
        what = f"ends {after:.0f} ms before an object, {limit:.0f} ms needed"
        yield facts.finding("G07", start, end, (following,), after, limit, severity, "end", what=what)


def holes(facts: Facts) -> Iterator[Finding]:
    """G09."""
    severity = Severity.WARNING if facts.level in (Level.E, Level.N) else Severity.MINOR
    pauses = [item for item in facts.beatmap.events.breaks if item.end - item.start >= MIN_BREAK]
    for index in range(1, len(facts.objects)):
        start, end = facts.running_ends[index - 1], facts.starts[index]
        if end - start < 2000:
            continue
        bars = (end - start) / facts.bar(start)
        if bars >= LONG_HOLE and not any(item.start < end and item.end > start for item in pauses):
            yield facts.finding("G09", start, end, (index - 1, index), round(bars, 2), float(LONG_HOLE), severity)


def foreign(facts: Facts) -> Iterator[Finding]:
    """G10."""
    for index, item in enumerate(facts.objects):
        kind = _foreign_kind(item, facts.mode)
        if kind:
            what = f"{kind} in a file of {'mania' if facts.mode == MANIA else 'another mode than mania'}"
            yield facts.finding("G10", item.time, facts.ends[index], (index,), what=what)


def _foreign_kind(item: HitObject, mode: int) -> str:
    if mode == MANIA:
        return {Slider: "slider", Spinner: "spinner"}.get(type(item), "")
    return "hold" if isinstance(item, Hold) else ""


def overflow(facts: Facts) -> Iterator[Finding]:
    """G11: combo and score of a perfect play, without mods."""
    combo, score = _perfect_play(facts)
    if combo > MAX_COMBO:
        what = f"combo of {combo}"
        yield facts.finding("G11", 0.0, value=float(combo), limit=float(MAX_COMBO), part="combo", what=what)
    if score > MAX_SCORE:
        what = f"stable score of about {score:.3g}"
        yield facts.finding("G11", 0.0, value=score, limit=float(MAX_SCORE), part="score", what=what)


def _perfect_play(facts: Facts) -> tuple[int, float]:
    settings = facts.beatmap.difficulty
    seconds = max(facts.play.drain_time / 1000, 1.0)
    dense = min(max(len(facts.objects) / seconds * 8, 0.0), 16.0)
    total = settings.hp_drain_rate + settings.circle_size + settings.overall_difficulty + dense
    factor = round(total / 38 * 5)
    combo, score = 0, 0.0
    for index, item in enumerate(facts.objects):
        hits = _combo_of(facts, index, item)
        if facts.mode in (0, CATCH):
            score += 300 * (1 + max(combo + hits - 1, 0) * factor / 25) + 30.0 * (hits - 1)
        combo += hits
    return combo, score


def _combo_of(facts: Facts, index: int, item: HitObject) -> int:
    if not isinstance(item, Slider) or facts.mode not in (0, CATCH):
        return 1
    beat = facts.timing.beat_at(item.time).beat_length
    span = (facts.ends[index] - item.time) / item.slides
    ticks = max(int(span * facts.beatmap.difficulty.slider_tick_rate / beat - 1e-3), 0)
    return 1 + item.slides * (1 + min(ticks, 100_000))


def combo_lengths(facts: Facts) -> list[tuple[int, int]]:
    """First object and number of objects of each combo."""
    result: list[tuple[int, int]] = []
    for index, start in enumerate(combo_starts(facts.beatmap)):
        if start or not result:
            result.append((index, 0))
        first, number = result[-1]
        result[-1] = first, number + 1
    return result


CHECKS = (concurrent, too_short, malformed, too_few, heavy_sliders, breaks, holes, foreign, overflow)
