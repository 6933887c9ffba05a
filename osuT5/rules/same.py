"""What must be the same in all difficulties of a set: T11, S07, D06 (spec 08 sections 2, 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .catalogue import RULES
from .context import Facts
from .finding import Finding

OFFSET, RELATIVE = 1.0, 1e-6  # ms; part of the beat length

_METADATA = ("title", "artist", "source", "tags")
_GENERAL = {
    "countdown": "countdown",
    "letterbox_in_breaks": "letterbox",
    "widescreen_storyboard": "widescreen",
    "epilepsy_warning": "epilepsy warning",
}


def shared_settings(every: Sequence[Facts]) -> Iterator[Finding]:
    """Each map against the first one; for D06 against the first of its mode."""
    first_of_mode: dict[int, Facts] = {}
    for facts in every:
        if facts is not every[0]:
            yield from _timing(every[0], facts)
            yield from _texts(every[0], facts)
        before = first_of_mode.setdefault(facts.mode, facts)
        for name, what in _GENERAL.items():
            if getattr(facts.beatmap.general, name) != getattr(before.beatmap.general, name):
                yield _finding("D06", before, facts, name, what=what)


def _texts(first: Facts, facts: Facts) -> Iterator[Finding]:
    a, b = first.beatmap, facts.beatmap
    differing = [name for name in _METADATA if getattr(a.metadata, name) != getattr(b.metadata, name)]
    if a.general.audio_filename != b.general.audio_filename:
        differing.append("audio file")
    if a.general.preview_time != b.general.preview_time:
        differing.append("preview time")
    for name in differing:
        yield _finding("S07", first, facts, name, what=name)


def _timing(first: Facts, facts: Facts) -> Iterator[Finding]:
    what = timing_difference(first, facts)
    if what:
        yield _finding("T11", first, facts, "red points", what=what)


def timing_difference(first: Facts, facts: Facts) -> str:
    """In words, how the red points of two maps differ first; empty when they agree."""
    if len(first.reds) != len(facts.reds):
        return f"{len(facts.reds)} red points instead of {len(first.reds)}"
    for a, b in zip(first.reds, facts.reds, strict=True):
        if abs(a.time - b.time) > OFFSET:
            return f"offset {b.time:.10g} ms instead of {a.time:.10g} ms"
        if abs(a.beat_length - b.beat_length) > RELATIVE * a.beat_length:
            return f"{60000 / b.beat_length:.7g} BPM instead of {60000 / a.beat_length:.7g} at {a.time:.10g} ms"
        if a.meter != b.meter:
            return f"meter {b.meter} instead of {a.meter} at {a.time:.10g} ms"
    return ""


def _finding(rule: str, first: Facts, facts: Facts, part: str, what: str) -> Finding:
    known = RULES[rule]
    name, other = facts.beatmap.metadata.version, first.beatmap.metadata.version
    message = f"{name!r}: " + known.wording.format(what=what, other=repr(other))
    return Finding(rule, known.severity, 0.0, 0.0, message, (), None, None, known.repair, part, (name, other))
