"""Mania: fast notes, runs, anchors, jacks (M08 to M12 of spec 08 section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from .context import Facts, at_most
from .finding import Finding
from .level import Level
from .mania import MANY_KEYS, chord_groups, keys_of

FASTEST = {Level.E: 4, Level.N: 6, Level.H: 8}
GRACE_NOTES = 3
RUN = {Level.E: (2, 5), Level.N: (4, 5)}  # parts of a beat, notes
ANCHOR = {Level.N: 3, Level.H: 5}
HARD_JACK, CHORD_JACK, TRILL = 3, 3, 9


class Row:
    """Chords in order of time, and which of them follow each other at 1/k or faster."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.groups = chord_groups(facts)
        self.times = [facts.starts[group[0]] for group in self.groups]
        self.beats = [facts.beats[group[0]] for group in self.groups]
        self.columns = [frozenset(facts.notes[index].column for index in group) for group in self.groups]

    def runs(self, parts: float, least: int = 2) -> Iterator[range]:
        """Runs of at least ``least`` chords with gaps of at most 1/``parts``."""
        first = 0
        for index in range(1, len(self.times) + 1):
            if index < len(self.times) and at_most(
                self.times[index] - self.times[index - 1], self.beats[index - 1], parts
            ):
                continue
            if index - first >= least:
                yield range(first, index)
            first = index

    def objects(self, run: range) -> tuple[int, ...]:
        return tuple(index for place in run for index in self.groups[place])

    def finding(self, rule: str, run: range, value: float, limit: float | None = None, **words: object) -> Finding:
        times = self.times[run[0]], self.times[run[-1]]
        return self.facts.finding(rule, *times, self.objects(run), value, limit, **words)  # type: ignore[arg-type]


def fast(row: Row, level: Level) -> Iterator[Finding]:
    """M08."""
    if level not in FASTEST:
        return
    parts = FASTEST[level]
    for run in row.runs(parts):
        if level is Level.H and len(run) <= GRACE_NOTES:
            continue
        gap = min(row.times[i + 1] - row.times[i] for i in run[:-1])
        yield row.finding("M08", run, round(gap, 1), row.beats[run[0]] / parts, what=parts)


def long_runs(row: Row, level: Level) -> Iterator[Finding]:
    """M09."""
    if level not in RUN:
        return
    parts, limit = RUN[level]
    for run in row.runs(parts, 3):
        if len(run) > limit:
            what = f"run of {len(run)} notes in 1/{parts}, at most {limit} at this level"
            yield row.finding("M09", run, float(len(run)), float(limit), part="run", what=what)
        middle = [place for place in run[1:-1] if len(row.groups[place]) > 1]
        if middle:
            what = f"chord in the middle of a run in 1/{parts}"
            yield row.finding("M09", run, float(len(middle)), 0.0, part="chord", what=what)


def anchors(row: Row, level: Level) -> Iterator[Finding]:
    """M10: every other note of a 1/4 stream of single notes in one column."""
    if level not in ANCHOR:
        return
    limit = ANCHOR[level]
    for run in row.runs(4, 2 * limit - 1):
        place = run[0]
        while place < run[-1]:
            last = place
            column = row.columns[place]
            while len(column) == 1 and last + 2 <= run[-1] and row.columns[last + 2] == column != row.columns[last + 1]:
                last += 2
            number = (last - place) // 2 + 1
            if number >= limit:
                stretch = range(place, last + 1)
                yield row.finding("M10", stretch, float(number), limit - 1.0, column=min(column) + 1)
            place = max(last - 1, place + 1) if number < limit else last


def jacks(row: Row, level: Level) -> Iterator[Finding]:
    """M11."""
    if level is Level.N:
        yield from _minijacks(row)
        yield from _shields(row)
    elif level is Level.H:
        for run in row.runs(4, HARD_JACK):
            yield from _same_column(row, run, HARD_JACK, "1/4 jack")
    elif level is Level.I and keys_of(row.facts) >= MANY_KEYS:
        for run in row.runs(4, CHORD_JACK):
            if sum(len(row.groups[place]) > 1 for place in run) * 2 >= len(run):
                yield from _same_column(row, run, CHORD_JACK, "jack in a chord stream")


def _minijacks(row: Row) -> Iterator[Finding]:
    for run in row.runs(4):
        for place in run[:-1]:
            both = row.columns[place] & row.columns[place + 1]
            if both:
                pair = range(place, place + 2)
                yield row.finding("M11", pair, 2.0, 1.0, part="jack", what="1/4 minijack", column=min(both) + 1)


def _shields(row: Row) -> Iterator[Finding]:
    """An object soon after the end of a hold of its column."""
    facts = row.facts
    last: dict[int, int] = {}
    for index, note in enumerate(facts.notes):
        before = last.get(note.column)
        if before is not None and facts.notes[before].hold:
            gap = note.time - facts.ends[before]
            if gap > 0 and at_most(gap, facts.beats[index], 4):
                yield facts.finding(
                    "M11",
                    facts.ends[before],
                    note.time,
                    (before, index),
                    round(gap, 1),
                    part="shield",
                    what="1/4 shield",
                    column=note.column + 1,
                )
        last[note.column] = index


def _same_column(row: Row, run: range, least: int, what: str) -> Iterator[Finding]:
    length: dict[int, int] = {}
    for place in [*run, run[-1] + 1]:
        now = row.columns[place] if place <= run[-1] else frozenset()
        for column in [column for column in length if column not in now]:
            number = length.pop(column)
            if number >= least:
                stretch = range(place - number, place)
                yield row.finding("M11", stretch, float(number), least - 1.0, part="jack", what=what, column=column + 1)
        for column in now:
            length[column] = length.get(column, 0) + 1


def hard_streams(row: Row, level: Level) -> Iterator[Finding]:
    """M12."""
    if level is not Level.H:
        return
    for run in row.runs(4, 3):
        yield from _near_chords(row, run)
        yield from _trills(row, run)
    for run in row.runs(6, 3):
        middle = [place for place in run[1:-1] if len(row.groups[place]) > 1]
        if middle:
            yield row.finding(
                "M12", run, float(len(middle)), 0.0, part="1/6", what="chord in the middle of a 1/6 stream"
            )


def _near_chords(row: Row, run: range) -> Iterator[Finding]:
    chords = [place for place in run if len(row.groups[place]) > 1]
    for a, b in zip(chords, chords[1:], strict=False):
        gap = row.times[b] - row.times[a]
        if gap < 0.97 * row.beats[a] - 2:
            what = "chords closer than a beat in a 1/4 stream"
            yield row.finding("M12", range(a, b + 1), round(gap, 1), row.beats[a], part="chords", what=what)


def _trills(row: Row, run: range) -> Iterator[Finding]:
    first = run[0]
    for place in [*run[2:], run[-1] + 1]:
        columns = row.columns
        goes_on = (
            place <= run[-1]
            and len(columns[place]) == len(columns[place - 1]) == 1
            and columns[place] == columns[place - 2] != columns[place - 1]
        )
        if goes_on:
            continue
        if place - first > TRILL:
            what = f"trill of {place - first} notes"
            yield row.finding("M12", range(first, place), float(place - first), float(TRILL), part="trill", what=what)
        first = place - 1


def check(facts: Facts) -> Iterator[Finding]:
    if facts.level is None or not facts.objects:
        return
    row = Row(facts)
    for part in (fast, long_runs, anchors, jacks, hard_streams):
        yield from part(row, facts.level)


CHECKS = (check,)
