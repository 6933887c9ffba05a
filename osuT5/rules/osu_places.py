"""osu!: what is on screen, and spinners (O01 to O05 of spec 08 section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from osuT5.beatmap import HitObject, Slider, Spinner

from .context import BEAT_AT_180, Facts
from .finding import Finding, Severity
from .level import Level

LEFT, RIGHT, TOP, BOTTOM = -67.0, 579.0, -60.0, 428.0
WIDTH, HEIGHT = 512.0, 384.0
SPINNER_BEATS = {Level.E: 4, Level.N: 3, Level.H: 2}
RECOVERY_BEATS = {Level.E: 4, Level.N: 2, Level.H: 1}
FAR, NEAR = 0.75, 0.9  # of the time needed: worse below the first, milder below the second

Box = tuple[float, float, float, float]


def box_of(facts: Facts, item: HitObject) -> Box:
    """Left, top, right and bottom of the places that ``item`` touches, not stacked and without its radius."""
    if not isinstance(item, Slider):
        return item.x, item.y, item.x, item.y
    vertices = facts.play.slider(item).path.vertices or [(0.0, 0.0)]
    xs, ys = [x for x, _ in vertices], [y for _, y in vertices]
    return item.x + min(xs), item.y + min(ys), item.x + max(xs), item.y + max(ys)


def excess(box: Box, radius: float) -> float:
    """How many px of a box with a margin of ``radius`` lie off screen; 0 or less when none do."""
    left, top, right, bottom = box
    return max(LEFT - (left - radius), right + radius - RIGHT, TOP - (top - radius), bottom + radius - BOTTOM)


def off_screen(facts: Facts) -> Iterator[Finding]:
    """O01, O02. The box of a polyline leaves the screen exactly when a vertex does."""
    for index, (item, move) in enumerate(zip(facts.objects, facts.offsets, strict=True)):
        if isinstance(item, Spinner):
            continue
        left, top, right, bottom = box_of(facts, item)
        over = excess((left + move, top + move, right + move, bottom + move), facts.radius)
        kind = type(item).__name__.lower()
        if over > 0:
            yield facts.finding("O01", item.time, facts.ends[index], (index,), round(over, 1), 0.0, what=kind)
        beyond = max(-item.x, item.x - WIDTH, -item.y, item.y - HEIGHT)
        if beyond > 0:
            what = "slider head" if kind == "slider" else kind
            yield facts.finding("O02", item.time, None, (index,), round(beyond, 1), 0.0, what=what)


def spinner_limits(od: float) -> tuple[float, float]:
    """Shortest spinner in ms: a problem below the first, a warning below the second."""
    easy = od < 5
    return (450 + 17 * (od - 5), 500 + (21.8 if easy else 20) * (od - 5))


def spinners(facts: Facts) -> Iterator[Finding]:
    """O03, O04, O05."""
    hard, soft = spinner_limits(facts.beatmap.difficulty.overall_difficulty)
    for index, item in enumerate(facts.objects):
        if not isinstance(item, Spinner):
            continue
        length = item.end_time - item.time
        if length < soft:
            severity = Severity.PROBLEM if length < hard else Severity.WARNING
            limit = hard if severity is Severity.PROBLEM else soft
            yield facts.finding("O03", item.time, item.end_time, (index,), length, limit, severity)
        if facts.level in SPINNER_BEATS:
            need = SPINNER_BEATS[facts.level] * BEAT_AT_180
            yield from _too_soon(facts, "O04", item.time, item.end_time, (index,), length, need)
        yield from _recovery(facts, index, item)


def _recovery(facts: Facts, index: int, spinner: Spinner) -> Iterator[Finding]:
    following = index + 1
    if facts.level not in RECOVERY_BEATS or following == len(facts.objects):
        return
    if not isinstance(facts.objects[following], Spinner):
        gap = facts.starts[following] - spinner.end_time
        need = RECOVERY_BEATS[facts.level] * BEAT_AT_180
        yield from _too_soon(facts, "O05", spinner.end_time, facts.starts[following], (index, following), gap, need)


def _too_soon(
    facts: Facts, rule: str, start: float, end: float, objects: tuple[int, ...], value: float, need: float
) -> Iterator[Finding]:
    if value < NEAR * need:
        severity = Severity.WARNING if value < FAR * need else Severity.MINOR
        yield facts.finding(rule, start, end, objects, value, need, severity)


CHECKS = (off_screen, spinners)
