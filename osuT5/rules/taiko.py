"""Taiko (K01 to K11 of spec 08 section 8; K12 comes with the snapping)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from osuT5.beatmap import Circle, Spinner
from osuT5.beatmap.samples import CLAP, FINISH, WHISTLE

from .context import Facts, at_most, below, is_part
from .finding import Finding, Severity
from .level import Level

LONG_RUN = {
    Level.E: ((1, 7),),
    Level.N: ((2, 7), (3, 2)),
    Level.H: ((6, 4),),
    Level.I: ((4, 9), (8, 2)),
}
LOWEST_NORMAL_RUN = 5  # in 1/2
ONE_COLOUR = {Level.E: 2, Level.N: 3}
HARD_RUN = 5
REST = {Level.E: (3.0, 36, 32), Level.N: (2.0, 36, 32), Level.H: (1.5, 36, 32), Level.I: (1.0, 20, 16)}
BEFORE_SPINNER = {Level.E: 2, Level.N: 2, Level.H: 2, Level.I: 4, Level.X: 4}
AFTER_SPINNER = 2
SCROLL = {Level.E: 0.10, Level.N: 0.30}
RUN_SCROLL = 0.20
PHASE = 1.0  # ms


@dataclass(frozen=True, slots=True)
class Note:
    index: int
    time: float
    kat: bool
    big: bool
    beat: float


def notes_of(facts: Facts) -> list[Note]:
    return [
        Note(i, item.time, bool(item.hit_sound & (WHISTLE | CLAP)), bool(item.hit_sound & FINISH), facts.beats[i])
        for i, item in enumerate(facts.objects)
        if isinstance(item, Circle)
    ]


def runs(notes: list[Note], parts: float) -> Iterator[list[Note]]:
    """Runs of at least 2 notes whose gaps are at most 1/``parts``."""
    run: list[Note] = []
    for note in notes:
        if run and not at_most(note.time - run[-1].time, run[-1].beat, parts):
            if len(run) > 1:
                yield run
            run = []
        run.append(note)
    if len(run) > 1:
        yield run


def _at(facts: Facts, rule: str, run: list[Note], value: float, limit: float, **words: object) -> Finding:
    objects = tuple(note.index for note in run)
    return facts.finding(rule, run[0].time, run[-1].time, objects, value, limit, **words)  # type: ignore[arg-type]


def close(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K01."""
    level = facts.level
    parts = (
        {Level.E: 2, Level.N: 2 if facts.lowest else 3, Level.H: 6, Level.I: 8}.get(level)
        if level is not None
        else None
    )
    if parts is None:
        return
    for before, note in zip(notes, notes[1:], strict=False):
        gap = note.time - before.time
        limit = before.beat / parts
        if gap >= 0.97 * limit - 1 or (level is Level.E and is_part(gap, before.beat, 3)):
            continue
        yield facts.finding("K01", before.time, note.time, (before.index, note.index), gap, round(limit, 1))


def one_colour(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K02: the notes that are big or of another colour than the first."""
    parts = ONE_COLOUR.get(facts.level) if facts.level is not None else None
    if parts is None:
        return
    for run in runs(notes, parts):
        for what, odd in (
            ("colour change", [n for n in run if n.kat != run[0].kat]),
            ("big note", [n for n in run if n.big]),
        ):
            if odd:
                objects = tuple(note.index for note in run)
                times = run[0].time, run[-1].time
                yield facts.finding("K02", *times, objects, float(parts), part=what, what=what)


def long_runs(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K03, K04."""
    level = facts.level
    if level is None or level not in LONG_RUN:
        return
    for parts, limit in LONG_RUN[level]:
        most = LOWEST_NORMAL_RUN if level is Level.N and facts.lowest and parts == 2 else limit
        for run in runs(notes, parts):
            if len(run) > most:
                yield _at(facts, "K03", run, float(len(run)), float(most), what=parts, part=f"1/{parts}")
    if level is Level.H:
        for run in runs(notes, 4):
            if len(run) > HARD_RUN:
                yield _at(facts, "K04", run, float(len(run)), float(HARD_RUN))


def big_in_runs(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K05: the objects of a finding are the big notes."""
    level = facts.level
    if level not in (Level.H, Level.I):
        return
    parts = 4 if level is Level.H else 6
    for run in runs(notes, parts):
        yield from _big(facts, [note for note in run if note.big], parts)
    if level is Level.I:
        for run in runs(notes, 4):
            fast = {note.index for inner in runs(run, 6) for note in inner}
            last = run[-1]
            fine = last.index if last.kat != run[-2].kat else -1
            yield from _big(facts, [n for n in run if n.big and n.index != fine and n.index not in fast], 4)


def _big(facts: Facts, big: list[Note], parts: int) -> Iterator[Finding]:
    if big:
        objects = tuple(note.index for note in big)
        yield facts.finding("K05", big[0].time, big[-1].time, objects, part=f"1/{parts}", what=parts)


def rests(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K06: stretches of notes without a rest of the level."""
    level = facts.level
    if level is None or level not in REST:
        return
    rest, most, counted = REST[level]
    first, beats, ones = 0, 0.0, 0
    for index in range(1, len(notes) + 1):
        gap = (notes[index].time - notes[index - 1].time) / notes[index - 1].beat if index < len(notes) else 1e9
        ones = ones + 1 if gap > 0.95 else 0
        if gap < 0.97 * rest and not (level is Level.H and ones >= 3):
            beats += gap
            continue
        if beats > counted + 0.05:
            severity = Severity.WARNING if beats > most + 0.05 else Severity.MINOR
            objects = tuple(note.index for note in notes[first:index])
            times = notes[first].time, notes[index - 1].time
            yield facts.finding("K06", *times, objects, round(beats, 1), float(most), severity)
        first, beats, ones = index, 0.0, 0


def spinners(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K07."""
    if facts.level is None:
        return
    before_parts = BEFORE_SPINNER[facts.level]
    for index, item in enumerate(facts.objects):
        if not isinstance(item, Spinner):
            continue
        if index and not isinstance(facts.objects[index - 1], Spinner):
            yield from _beside(facts, "before", (index - 1, index), facts.gaps[index - 1], before_parts)
        if index + 1 < len(facts.objects) and not isinstance(facts.objects[index + 1], Spinner):
            yield from _beside(facts, "after", (index, index + 1), facts.gaps[index], AFTER_SPINNER)


def _beside(facts: Facts, part: str, pair: tuple[int, int], gap: float, parts: int) -> Iterator[Finding]:
    beat = facts.beats[pair[0]]
    if below(gap, beat, parts):
        times = facts.ends[pair[0]], facts.starts[pair[1]]
        yield facts.finding("K07", *times, pair, round(gap, 1), round(beat / parts, 1), part=part, what=part)


def run_colours(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K08."""
    if facts.level not in (Level.H, Level.I):
        return
    for run in runs(notes, 4):
        changes = [i for i in range(1, len(run)) if run[i].kat != run[i - 1].kat]
        if facts.level is Level.H and len(run) > 3:
            inner = [i for i in changes if 1 < i < len(run) - 1]
            if len(changes) > 1 or inner:
                what = f"{len(changes)} colour changes" if len(changes) > 1 else "a colour change in the middle"
                yield _at(facts, "K08", run, float(len(run)), 3.0, what=what)
        elif facts.level is Level.I and len(run) > 5 and len(changes) > (len(run) - 1) / 2:
            yield _at(facts, "K08", run, float(len(run)), 5.0, what=f"{len(changes)} colour changes")


def bar_lines(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K09."""
    for before, red in zip(facts.reds, facts.reds[1:], strict=False):
        bar = before.beat_length * before.meter
        since = (red.time - before.time) % bar
        alone = before.omit_first_barline and red.time - before.time < bar - PHASE
        if red.omit_first_barline or alone:
            continue
        if PHASE < since < before.beat_length / 2 - PHASE and bar - since > PHASE:
            yield facts.finding("K09", red.time, value=round(since, 1), limit=before.beat_length / 2)


def scroll_speeds(facts: Facts) -> list[float]:
    """Scroll speed at each object, times tempo, in BPM."""
    timing = facts.timing
    return [timing.scroll_at(time) * 60000 / timing.beat_at(time).beat_length for time in facts.starts]


def main_speed(speeds: list[float]) -> float:
    """The commonest of ``speeds``; the first of equals."""
    number: dict[float, int] = {}
    for speed in speeds:
        key = round(speed, 2)
        number[key] = number.get(key, 0) + 1
    return max(number, key=number.__getitem__) if number else 1.0


def level_scroll(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K10; objects in a row at one speed are one finding."""
    limit = SCROLL.get(facts.level) if facts.level is not None else None
    if limit is None or not facts.objects:
        return
    speeds = scroll_speeds(facts)
    main = main_speed(speeds)
    first = 0
    for index in range(1, len(speeds) + 1):
        if index < len(speeds) and abs(speeds[index] - speeds[first]) < 0.01:
            continue
        ratio = speeds[first] / main
        if abs(ratio - 1) > limit + 1e-3:
            times = facts.starts[first], facts.starts[index - 1]
            yield facts.finding("K10", *times, tuple(range(first, index)), round(ratio, 3), limit)
        first = index


def run_scroll(facts: Facts, notes: list[Note]) -> Iterator[Finding]:
    """K11."""
    speeds = scroll_speeds(facts)
    for before, note in zip(notes, notes[1:], strict=False):
        if not at_most(note.time - before.time, before.beat, 4):
            continue
        old, new = speeds[before.index], speeds[note.index]
        change = max(old, new) / max(min(old, new), 1e-9) - 1
        if change > RUN_SCROLL + 1e-3:
            pair = (before.index, note.index)
            yield facts.finding("K11", before.time, note.time, pair, round(100 * change, 1), 100 * RUN_SCROLL)


_PARTS = (
    close, one_colour, long_runs, big_in_runs, rests, spinners, run_colours, bar_lines, level_scroll, run_scroll
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    notes = notes_of(facts)
    for part in _PARTS:
        yield from part(facts, notes)


CHECKS = (check,)
