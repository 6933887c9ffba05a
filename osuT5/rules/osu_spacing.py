"""osu!: overlaps, spacing and speed (O06 to O09, O21, O22 of spec 08 section 7)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator

from osuT5.beatmap import Circle, Slider, Spinner

from .context import Facts, Place, at_most, is_part
from .finding import Finding, Severity
from .level import Level

FULL_OVERLAP = 3.0  # px
MAX_NEIGHBOURS = 32  # objects looked at from one, to bound the work on piles
OVERLAP_PARTS = {Level.E: 1, Level.N: 1, Level.H: 2, Level.I: 4}
MAX_GAP, STACKED, MEMORY, LIKE = 600.0, 12.0, 4000.0, 16.0  # ms, px, ms, ms
SPACING = {Level.E: (0.8, 1.2), Level.N: (0.8, 1.3)}
SPACING_SHARE, SPACING_BEATS = 0.2, 2
JUMP = 400.0  # px within half a beat
SPIKE, SPIKE_WORST, SPIKE_SAMPLE = 3.0, 8.0, 20

Point = tuple[str, float, Place]  # what, ms, stacked place


def points_of(facts: Facts, index: int) -> list[Point]:
    """The head and, for sliders, the tail."""
    item = facts.objects[index]
    if isinstance(item, Spinner):
        return []
    head = ("circle" if isinstance(item, Circle) else "slider head", item.time, facts.heads[index])
    return [head, ("slider tail", facts.ends[index], facts.tails[index])] if isinstance(item, Slider) else [head]


def overlaps(facts: Facts) -> Iterator[Finding]:
    """O06, O07: the nearest pair of heads and tails of two objects within the time of the level."""
    level = facts.level
    if level is None or level not in OVERLAP_PARTS:
        return
    points = [points_of(facts, index) for index in range(len(facts.objects))]
    for index, own in enumerate(points):
        beat = facts.beats[index]
        for other in range(index + 1, min(index + 1 + MAX_NEIGHBOURS, len(points))):
            if not at_most(facts.starts[other] - facts.ends[index], beat, OVERLAP_PARTS[level]):
                break
            yield from _overlap(facts, level, (index, other), own, points[other])


def _overlap(
    facts: Facts, level: Level, pair: tuple[int, int], own: list[Point], others: list[Point]
) -> Iterator[Finding]:
    beat = facts.beats[pair[0]]
    best: tuple[float, float, str] | None = None
    for what, time, place in own:
        for other, other_time, other_place in others:
            gap = other_time - time
            if not -2 <= gap or not at_most(gap, beat, OVERLAP_PARTS[level]):
                continue
            if level is Level.H and what == "slider tail":
                continue
            distance = math.dist(place, other_place)
            if best is None or distance < best[0]:
                best = distance, gap, f"{what} and {other}"
    if best is None:
        return
    distance, gap, what = best
    if distance < FULL_OVERLAP:
        severity = Severity.WARNING if level is Level.I else Severity.PROBLEM
        yield facts.finding("O06", facts.starts[pair[1]], None, pair, gap, FULL_OVERLAP, severity, what=what)
    elif distance < 2 * facts.radius and _no_overlap_wished(level, gap, beat):
        yield facts.finding("O07", facts.starts[pair[1]], None, pair, gap, 2 * facts.radius, what=what)


def _no_overlap_wished(level: Level, gap: float, beat: float) -> bool:
    return level is Level.E or (level is Level.N and not is_part(gap, beat, 2))


def uneven(facts: Facts) -> Iterator[Finding]:
    """O08."""
    if facts.level not in (Level.E, Level.N):
        return
    recent: deque[tuple[float, float, float]] = deque()  # time, gap, distance
    for index, (gap, distance) in enumerate(zip(facts.gaps, facts.distances, strict=True)):
        if not 0 <= gap <= MAX_GAP or distance <= STACKED:
            continue
        time = facts.starts[index + 1]
        while recent and recent[0][0] < time - MEMORY:
            recent.popleft()
        like = [old for _, old_gap, old in recent if abs(old_gap - gap) <= LIKE]
        recent.append((time, gap, distance))
        if like:
            yield from _uneven(facts, index, distance, sum(like) / len(like))


def _uneven(facts: Facts, index: int, distance: float, usual: float) -> Iterator[Finding]:
    off = abs(distance - usual)
    if off > 10 + 0.15 * usual:
        severity = Severity.PROBLEM if off > 20 + 0.3 * usual else Severity.WARNING
        objects = (index, index + 1)
        times = facts.ends[index], facts.starts[index + 1]
        yield facts.finding("O08", *times, objects, round(distance, 1), round(usual, 1), severity)


def far_from_velocity(facts: Facts) -> Iterator[Finding]:
    """O09: one finding for the map."""
    if facts.level not in SPACING:
        return
    low, high = SPACING[facts.level]
    total, outside = 0, []
    for index, (gap, distance) in enumerate(zip(facts.gaps, facts.distances, strict=True)):
        if distance < 0 or gap <= 2 or not at_most(gap, facts.beats[index], 1 / SPACING_BEATS):
            continue
        total += 1
        ratio = distance / (facts.velocity(facts.starts[index]) * gap)
        if not low <= ratio <= high:
            outside.append(index + 1)
    if total and len(outside) > SPACING_SHARE * total:
        share = 100 * len(outside) / total
        times = facts.first_start, facts.last_end
        yield facts.finding("O09", *times, tuple(outside), round(share, 1), 100 * SPACING_SHARE)


def techniques(facts: Facts) -> Iterator[Finding]:
    """O21."""
    if facts.level is not Level.I:
        return
    for index, (gap, distance) in enumerate(zip(facts.gaps, facts.distances, strict=True)):
        if distance < 0 or gap <= 0:
            continue
        beat, pair = facts.beats[index], (index, index + 1)
        time = facts.starts[index + 1]
        circles = isinstance(facts.objects[index], Circle) and isinstance(facts.objects[index + 1], Circle)
        if circles and at_most(gap, beat, 4) and distance > 2 * facts.radius:
            what = f"spaced stream: {distance:.0f} px within 1/4"
            yield facts.finding("O21", time, None, pair, distance, 2 * facts.radius, part="stream", what=what)
        elif at_most(gap, beat, 2) and distance > JUMP:
            what = f"jump of {distance:.0f} px within 1/2"
            yield facts.finding("O21", time, None, pair, distance, JUMP, part="jump", what=what)


def spikes(facts: Facts) -> Iterator[Finding]:
    """O22: against gaps within 16 ms, where there are enough of them."""
    moves = [
        (gap, distance / gap, index)
        for index, (gap, distance) in enumerate(zip(facts.gaps, facts.distances, strict=True))
        if gap > 0 and distance > 0
    ]
    moves.sort()
    gaps = [gap for gap, _, _ in moves]
    known: dict[int, float] = {}
    for gap, speed, index in moves:
        whole = round(gap)
        if whole not in known:
            window = slice(bisect_left(gaps, whole - LIKE), bisect_left(gaps, whole + LIKE))
            known[whole] = _usual_top([move[1] for move in moves[window]])
        ratio = speed / known[whole]
        if ratio > SPIKE:
            severity = Severity.WARNING if ratio > SPIKE_WORST else Severity.MINOR
            times = facts.ends[index], facts.starts[index + 1]
            yield facts.finding("O22", *times, (index, index + 1), round(ratio, 2), SPIKE, severity)


def _usual_top(speeds: list[float]) -> float:
    """The 95th percentile; infinite for too few."""
    return sorted(speeds)[int(0.95 * (len(speeds) - 1))] if len(speeds) >= SPIKE_SAMPLE else math.inf


CHECKS = (overlaps, uneven, far_from_velocity, techniques, spikes)
