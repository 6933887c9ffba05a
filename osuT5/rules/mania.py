"""Mania: columns, chords, holds, settings (M01 to M07, M13 to M16 of spec 08 section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from .context import Facts, below
from .finding import Finding, Severity
from .level import Level
from .settings import good_key_count

TOGETHER = 2.0  # ms
AFTER_HOLD = 20.0  # ms
MOST_INSIDE = 32  # objects looked at inside one hold
RARE_COLUMN = 0.25
MOST_KEYS = 6
CHORD = {Level.E: (2, 2), Level.N: (2, 3), Level.H: (3, 4)}  # below 7 keys, from 7 keys on
MANY_KEYS = 7
SHORTEST_HOLD = {Level.E: 1, Level.N: 2, Level.H: 4}
ANY_HOLD = 12
INSIDE = {Level.E: 1, Level.N: 2}
SCROLL = {Level.N: (0.90, 1.05), Level.H: (0.80, 1.10), Level.I: (0.70, 1.10), Level.X: (0.60, 1.10)}
SCROLL_BARS = 4
SAME_SPEED = 0.01
HAND_SHARE = 0.20
STYLE_KEYS = 9


def keys_of(facts: Facts) -> int:
    return facts.beatmap.difficulty.key_count


def columns(facts: Facts) -> Iterator[Finding]:
    """M01, M02."""
    last: dict[int, int] = {}
    number: dict[int, int] = {column: 0 for column in range(keys_of(facts))}
    for index, note in enumerate(facts.notes):
        number[note.column] += 1
        if note.column in last:
            yield from _after(facts, last[note.column], index)
        before = last.get(note.column)
        if before is None or facts.ends[index] >= facts.ends[before]:
            last[note.column] = index
    yield from _unused(facts, number)


def _after(facts: Facts, before: int, index: int) -> Iterator[Finding]:
    gap = facts.starts[index] - facts.ends[before]
    held = facts.notes[before].hold
    if gap > TOGETHER and not (held and gap < AFTER_HOLD):
        return
    severity = Severity.PROBLEM if gap <= TOGETHER else Severity.WARNING
    what = "objects overlap or start together" if gap <= TOGETHER else f"{gap:.0f} ms after a hold"
    limit = TOGETHER if gap <= TOGETHER else AFTER_HOLD
    column = facts.notes[index].column + 1
    yield facts.finding(
        "M01", facts.starts[index], None, (before, index), gap, limit, severity, what=what, column=column
    )


def _unused(facts: Facts, number: dict[int, int]) -> Iterator[Finding]:
    if not facts.notes:
        return
    mean = len(facts.notes) / len(number)
    for column, count in number.items():
        if count < RARE_COLUMN * mean:
            severity = Severity.WARNING if count else Severity.PROBLEM
            value = float(count)
            yield facts.finding(
                "M02",
                0.0,
                value=value,
                limit=RARE_COLUMN * mean,
                severity=severity,
                part=str(column),
                column=column + 1,
            )


def chord_groups(facts: Facts) -> list[list[int]]:
    """Objects whose heads lie within 2 ms."""
    groups: list[list[int]] = []
    for index, start in enumerate(facts.starts):
        if groups and start - facts.starts[groups[-1][0]] <= TOGETHER:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def chords(facts: Facts) -> Iterator[Finding]:
    """M03, M04: heads and running holds; ends don't count."""
    if facts.level is None or facts.level is Level.X:
        return
    sizes = CHORD.get(facts.level)
    limit = sizes[keys_of(facts) >= MANY_KEYS] if sizes else None
    running: dict[int, int] = {}  # the hold that lasts longest in each column
    for group in chord_groups(facts):
        start = facts.starts[group[0]]
        running = {column: index for column, index in running.items() if facts.ends[index] > start + TOGETHER}
        pressed = [*running.values(), *group]
        for rule, most in (("M03", MOST_KEYS), ("M04", limit)):
            if most is not None and len(pressed) > most:
                yield facts.finding(rule, start, None, tuple(pressed), float(len(pressed)), float(most))
        for index in group:
            column = facts.notes[index].column
            if facts.notes[index].hold and (column not in running or facts.ends[index] > facts.ends[running[column]]):
                running[column] = index


def short_holds(facts: Facts) -> Iterator[Finding]:
    """M05."""
    parts = SHORTEST_HOLD.get(facts.level, ANY_HOLD) if facts.level is not None else ANY_HOLD
    for index, note in enumerate(facts.notes):
        if note.hold and below(note.end_time - note.time, facts.beats[index], parts):
            value, limit = round(note.end_time - note.time, 1), round(facts.beats[index] / parts, 1)
            yield facts.finding("M05", note.time, note.end_time, (index,), value, limit)


def near_ends(facts: Facts) -> Iterator[Finding]:
    """M06."""
    parts = INSIDE.get(facts.level) if facts.level is not None else None
    if parts is None:
        return
    holds = sorted((note.end_time, index) for index, note in enumerate(facts.notes) if note.hold)
    for (end, index), (next_end, following) in zip(holds, holds[1:], strict=False):
        gap = next_end - end
        if gap > TOGETHER and below(gap, facts.beats[index], parts):
            limit = round(facts.beats[index] / parts, 1)
            yield facts.finding("M06", end, next_end, (index, following), round(gap, 1), limit)


def inside_holds(facts: Facts) -> Iterator[Finding]:
    """M07."""
    level = facts.level
    if level not in (Level.E, Level.N):
        return
    for index, note in enumerate(facts.notes):
        beat = facts.beats[index]
        length = note.end_time - note.time
        if not note.hold or length > beat + 2 + 0.03 * beat:
            continue
        inner = range(facts.next_at(note.time + TOGETHER), facts.next_at(note.end_time - TOGETHER - 1e-6))[:MOST_INSIDE]
        short = level is Level.E or length <= beat / 2 + 2 + 0.03 * beat / 2
        if inner and (short or _faster(facts, note.time, inner, note.end_time, beat)):
            yield facts.finding("M07", note.time, note.end_time, (index, *inner), round(length, 1))


def _faster(facts: Facts, start: float, inner: range, end: float, beat: float) -> bool:
    times = sorted({start, end, *(facts.starts[j] for j in inner)})
    return any(b - a > TOGETHER and below(b - a, beat, 2) for a, b in zip(times, times[1:], strict=False))


def speeds_of(facts: Facts) -> tuple[list[tuple[float, float, float]], float]:
    """Sections of one scroll speed (start, end, velocity times tempo), and the speed of the main tempo."""
    timing = facts.timing
    times = sorted({*timing.beats.times, *timing.effects.times})
    inner = [time for time in times if facts.first_start < time < facts.last_end]
    edges = [facts.first_start, *inner, max(facts.last_end, facts.first_start)]
    sections: list[tuple[float, float, float]] = []
    for start, end in zip(edges, edges[1:], strict=False):
        speed = timing.scroll_at(start) * 60000 / timing.beat_at(start).beat_length
        if sections and abs(sections[-1][2] - speed) < 1e-6:
            sections[-1] = sections[-1][0], end, speed
        else:
            sections.append((start, end, speed))
    return sections, 60000 / facts.main_beat_length


def scroll(facts: Facts) -> Iterator[Finding]:
    """M13, M14."""
    if not facts.objects:
        return
    sections, main = speeds_of(facts)
    strict = facts.level is Level.E or (facts.level is Level.N and facts.lowest)
    uneven = {time for time in _uneven_reds(facts, main)}
    for time in sorted(uneven):
        speed = facts.timing.scroll_at(time) * 60000 / facts.timing.beat_at(time).beat_length
        severity = Severity.PROBLEM if strict else Severity.WARNING
        yield facts.finding("M14", time, value=round(speed / main, 3), limit=1.0, severity=severity)
    if strict:
        for start, end, speed in sections:
            if abs(speed / main - 1) > SAME_SPEED and start not in uneven:
                yield facts.finding("M13", start, end, value=round(speed / main, 3), limit=1.0, what="")
    elif facts.level is not None:
        yield from _out_of_range(facts, sections, main)


def _uneven_reds(facts: Facts, main: float) -> Iterator[float]:
    lengths = {round(red.beat_length, 3) for red in facts.reds}
    if len(lengths) < 2:
        return
    for red in facts.reds:
        time = max(red.time, facts.first_start)
        speed = facts.timing.scroll_at(time) * 60000 / red.beat_length
        off_tempo = abs(60000 / red.beat_length / main - 1) > SAME_SPEED
        if time <= facts.last_end and off_tempo and abs(speed / main - 1) > SAME_SPEED:
            yield time


def _out_of_range(facts: Facts, sections: list[tuple[float, float, float]], main: float) -> Iterator[Finding]:
    assert facts.level is not None
    low, high = SCROLL[facts.level]
    run: list[tuple[float, float, float]] = []
    for section in [*sections, (0.0, 0.0, main)]:
        if not low - 1e-3 <= section[2] / main <= high + 1e-3:
            run.append(section)
            continue
        if run and run[-1][1] - run[0][0] > SCROLL_BARS * facts.bar(run[0][0]) + 2:
            ratio = run[0][2] / main
            limit = low if ratio < low else high
            times = run[0][0], run[-1][1]
            yield facts.finding(
                "M13", *times, (), round(ratio, 3), limit, Severity.WARNING, what=f", {low:g} to {high:g} recommended"
            )
        run = []


def key_count(facts: Facts) -> Iterator[Finding]:
    """M15."""
    size = facts.beatmap.difficulty.circle_size
    if not good_key_count(size):
        yield facts.finding("M15", 0.0, value=size, part="keys", what=f"key count {size:g}")
    if not facts.beatmap.general.special_style:
        return
    tags = facts.beatmap.metadata.tags.lower()
    if "n+1" not in tags and f"{keys_of(facts) - 1}+1" not in tags:
        yield facts.finding("M15", 0.0, value=size, part="tag", what="N+1 style without its tag")
    if keys_of(facts) > STYLE_KEYS:
        yield facts.finding(
            "M15", 0.0, value=size, limit=float(STYLE_KEYS), part="style", what=f"N+1 style with {size:g} keys"
        )


def hands(facts: Facts) -> Iterator[Finding]:
    """M16; the middle column belongs to neither hand."""
    keys = keys_of(facts)
    left = sum(note.column < keys // 2 for note in facts.notes)
    right = sum(note.column >= keys - keys // 2 for note in facts.notes)
    if left + right and abs(left - right) / (left + right) > HAND_SHARE:
        share = 100 * max(left, right) / (left + right)
        word = "left" if left > right else "right"
        yield facts.finding("M16", 0.0, value=round(share), limit=50 + 50 * HAND_SHARE, what=word)


CHECKS = (columns, chords, short_holds, near_ends, inside_holds, scroll, key_count, hands)
