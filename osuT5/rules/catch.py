"""Catch: dashes, hyperdashes and combos (spec 08 section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from osuT5.beatmap import Slider, Spinner
from osuT5.beatmap.catch import GRACE

from .catch_moves import DASH, Move, Steps, moves_of
from .context import Facts
from .finding import Finding, Severity
from .level import Level
from .objects import combo_lengths

SHORTEST_DASH = {Level.N: 125.0, Level.H: 62.0, Level.I: 62.0}
SHORTEST_HYPER = {Level.H: 125.0, Level.I: 62.0}
DASH_RUN = {Level.N: (2, 1), Level.H: (4, 2)}  # basic-snapped, higher-snapped
HYPER_RUN = {Level.H: (2, 1), Level.I: (4, 1)}
HYPER_RUN_IN_SLIDER = 2
EDGE = 5.0  # px
SPINNER_GAPS = {
    Level.E: (250.0, 250.0), Level.N: (250.0, 250.0), Level.H: (125.0, 250.0), Level.I: (125.0, 125.0),
    Level.X: (62.0, 125.0),
}  # fmt: skip
COMBO = {Level.E: 8, Level.N: 10, Level.H: 12, Level.I: 20, Level.X: 20}
WALL = 16.0  # px
FIELD = 512.0
SLACK = 1.0  # ms


def _at(facts: Facts, rule: str, move: Move, value: float | None, limit: float | None, **words: object) -> Finding:
    objects = (move.index,) if move.in_slider else (move.index, move.to)
    end = move.time + move.duration
    return facts.finding(rule, move.time, end, objects, value, limit, **words)  # type: ignore[arg-type]


def reachable(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C01: where the catcher can be, fruit by fruit."""
    if not moves:
        return
    half = Steps(facts.beatmap.difficulty.circle_size).half
    first = moves[0].x - moves[0].dx
    low, high = first - half, first + half
    for move in moves:
        near, far = move.x - half, move.x + half
        if move.hyper:
            low, high = near, far
            continue
        reach = DASH * move.duration + GRACE
        lowest, highest = max(low - reach, near), min(high + reach, far)
        if lowest > highest:
            yield _at(facts, "C01", move, round(lowest - highest, 1), 0.0)
            lowest, highest = near, far
        low, high = lowest, highest


def forbidden(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C02."""
    if facts.level not in (Level.E, Level.N):
        return
    for move in moves:
        if move.hyper or (move.dash and facts.level is Level.E):
            yield _at(facts, "C02", move, abs(move.dx), None, what=move.word, part=move.word)


def quick(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C03."""
    for move in moves:
        table = SHORTEST_HYPER if move.hyper else SHORTEST_DASH
        limit = table.get(facts.level, 0.0) if move.dash and facts.level is not None else 0.0
        if move.duration < limit - SLACK:
            yield _at(facts, "C03", move, round(move.duration, 1), limit, what=move.word, part=move.word)


def rows(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C04."""
    level = facts.level
    if level in DASH_RUN:
        for run in _runs(moves, hyper=False):
            yield from _dash_run(facts, run, level)
    if level in HYPER_RUN:
        for run in _runs(moves, hyper=True):
            yield from _hyper_run(facts, run, level)


def _runs(moves: list[Move], hyper: bool) -> Iterator[list[Move]]:
    run: list[Move] = []
    for move in moves:
        if move.hyper if hyper else move.dash:
            run.append(move)
            continue
        if run:
            yield run
        run = []
    if run:
        yield run


def _is_quick(move: Move, shortest: float) -> bool:
    """Higher-snapped: faster than twice the level's shortest time."""
    return move.duration < 2 * shortest - 2 * SLACK


def dash_limit(run: list[Move], level: Level) -> int:
    """How many dashes may follow each other in a run like ``run``."""
    basic, higher = DASH_RUN[level]
    quick = any(_is_quick(move, SHORTEST_DASH[level]) for move in run)
    turned = any(a.dx * b.dx < 0 for a, b in zip(run, run[1:], strict=False))
    return (1 if turned and level is Level.H else higher) if quick else basic


def _dash_run(facts: Facts, run: list[Move], level: Level) -> Iterator[Finding]:
    limit = dash_limit(run, level)
    if len(run) > limit:
        yield _row(facts, run, limit, "dashes")


def hyper_row(run: list[Move], level: Level) -> tuple[list[Move], int, str] | None:
    """The moves of a run of hyperdashes that are too many, how many may be, and what they are."""
    basic, higher = HYPER_RUN[level]
    quick = [move for move in run if _is_quick(move, SHORTEST_HYPER[level])]
    inside = [move for move in run if move.in_slider]
    limit = higher if quick else basic
    if len(run) > limit:
        return run, limit, "hyperdashes"
    if level is Level.I and any(move.in_slider for move in quick):
        return [move for move in quick if move.in_slider], 0, "fast hyperdashes inside a slider"
    if level is Level.I and len(inside) > HYPER_RUN_IN_SLIDER:
        return inside, HYPER_RUN_IN_SLIDER, "hyperdashes inside a slider"
    return None


def _hyper_run(facts: Facts, run: list[Move], level: Level) -> Iterator[Finding]:
    row = hyper_row(run, level)
    if row is not None:
        yield _row(facts, *row)


def _row(facts: Facts, run: list[Move], limit: int, what: str) -> Finding:
    objects = tuple(sorted({move.index for move in run} | {run[-1].to}))
    end = run[-1].time + run[-1].duration
    return facts.finding("C04", run[0].time, end, objects, float(len(run)), float(limit), part=what, what=what)


def hyper_parts(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C05."""
    if facts.level not in (Level.H, Level.I):
        return
    severity = Severity.PROBLEM if facts.level is Level.H else Severity.WARNING
    before: Move | None = None
    for move in moves:
        if move.hyper:
            odd = [part for part in move.parts if part != "fruit"]
            if odd:
                what = f"{'from' if move.parts[0] != 'fruit' else 'to'} a {odd[0]}"
                yield _at(facts, "C05", move, None, None, severity=severity, part="part", what=what)
            elif before is not None and facts.level is Level.H and other_snap(before, move):
                yield _at(
                    facts, "C05", move, round(move.duration, 1), None, part="snap", what="of another snap than before"
                )
        before = move if move.hyper else None


def other_snap(before: Move, move: Move) -> bool:
    return abs(before.duration - move.duration) > 2 + 0.03 * max(before.duration, move.duration)


def edges(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C06."""
    if facts.level is None or facts.level is Level.E:
        return
    low = facts.level in (Level.N, Level.H)
    severity = Severity.PROBLEM if low else Severity.WARNING
    after_hyper = False
    for move in moves:
        if move.dash and not move.hyper and 0 <= move.margin < EDGE and (low or after_hyper):
            yield _at(facts, "C06", move, round(move.margin, 2), EDGE, severity=severity)
        after_hyper = move.hyper


def spinner_gaps(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C07."""
    if facts.level is None:
        return
    before, after = SPINNER_GAPS[facts.level]
    for index, gap in enumerate(facts.gaps):
        first, second = (isinstance(facts.objects[i], Spinner) for i in (index, index + 1))
        if first == second:
            continue
        limit, what = (after, "spinner and fruit") if first else (before, "fruit and spinner")
        if gap < limit - SLACK:
            times = facts.ends[index], facts.starts[index + 1]
            part = "after" if first else "before"
            yield facts.finding("C07", *times, (index, index + 1), round(gap, 1), limit, part=part, what=what)


def combos(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C08."""
    if facts.level is None:
        return
    limit = COMBO[facts.level]
    severity = Severity.MINOR if facts.level in (Level.I, Level.X) else Severity.WARNING
    for first, number in combo_lengths(facts):
        objects = tuple(range(first, first + number))
        fruits = sum(fruits_of(facts, index) for index in objects)
        if fruits > limit:
            times = facts.starts[first], facts.starts[objects[-1]]
            yield facts.finding("C08", *times, objects, float(fruits), float(limit), severity)


def fruits_of(facts: Facts, index: int) -> int:
    item = facts.objects[index]
    return 0 if isinstance(item, Spinner) else item.slides + 1 if isinstance(item, Slider) else 1


def walls(facts: Facts, moves: list[Move]) -> Iterator[Finding]:
    """C09."""
    for move in moves:
        if move.dash and not WALL <= move.x <= FIELD - WALL:
            limit = WALL if move.x < WALL else FIELD - WALL
            yield _at(facts, "C09", move, round(move.x, 1), limit, what=move.word)


_PARTS = (reachable, forbidden, quick, rows, hyper_parts, edges, spinner_gaps, combos, walls)


def check(facts: Facts) -> Iterator[Finding]:
    moves = moves_of(facts)
    for part in _PARTS:
        yield from part(facts, moves)


CHECKS = (check,)
