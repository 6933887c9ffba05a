"""Puts a generated stretch into an existing map (spec 03 section 15.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from osuT5.beatmap.timing_lines import TimingLine, line_at, parse_timing_lines
from osuT5.compat import Compat
from osuT5.timing.changes import TimingChange, TimingSheet, to_us

from .build import BuiltMap
from .fit import fitting, kept_objects
from .lines import ObjectLine, timing_text
from .repack import repack, repack_object
from .seams import in_range, measure_position, seam_lines
from .sections import Section, decode, encode, join_sections, line_time, newline_of, split_sections

_OBJECT_TIME, _TIMING_TIME = 2, 0
_POSITION_TOLERANCE = 1e-4


def add_to_map(
    reference: bytes, built: BuiltMap, start: float | None, end: float | None, compat: Compat | None = None
) -> bytes:
    """The reference file with objects and timing lines of ``start``..``end`` ms (both included) replaced by built ones.

    Corrected: only lines in the range change, and lines at its ends keep each side's timing; all else stays to the
    byte; no object comes twice or onto one that stays. Published: the file is written anew. Unset limits are open.
    """
    low = -math.inf if start is None else start
    high = math.inf if end is None else end
    # What a reader would see of the built map: times floored to ms.
    timing = parse_timing_lines([timing_text(line) for line in built.timing])
    sections = split_sections(decode(reference))
    if (compat or Compat()).published("add_to_beatmap_rewrites"):
        within = [line.text for line in sorted(built.objects, key=lambda line: line.time) if low <= line.time <= high]
        return encode(_rewritten(sections, timing, within, low, high))
    objects = fitting(built.objects, *kept_objects(reference, low, high), low, high)
    return encode(_edited(sections, timing, objects, low, high))


def _content(sections: Sequence[Section], name: str) -> list[str]:
    return next((section.content() for section in sections if section.name == name), [])


def _outside(time: float | None, low: float, high: float) -> bool:
    return time is None or not low <= time <= high


def _rewritten(
    sections: Sequence[Section], timing: list[TimingLine], objects: Sequence[str], low: float, high: float
) -> str:
    lines = parse_timing_lines(_content(sections, "TimingPoints"))
    kept = [line for line in lines if not in_range(line, low, high)]
    merged = _merged(kept, [line for line in timing if in_range(line, low, high)])
    sheet = TimingSheet(merged)
    if merged and timing and math.isfinite(low):
        _join_start(sheet, timing, low)
    texts = [text for text in _content(sections, "HitObjects") if _outside(line_time(text, _OBJECT_TIME), low, high)]
    packed = sorted(map(repack_object, [*texts, *objects]), key=lambda text: line_time(text, _OBJECT_TIME) or 0.0)
    return repack(sections, sheet.lines, packed)


def _join_start(sheet: TimingSheet, timing: list[TimingLine], start: float) -> None:
    """Carry over what was in force at the start in the built map, as the published system does."""
    here, wanted = sheet.at(to_us(start)), line_at(timing, to_us(start))
    ours, theirs = here.red, wanted.red
    beat = -100.0 if wanted.parent is None else wanted.beat_length
    sets = ("beat_length", "volume", "kiai")
    sheet.apply(TimingChange(wanted.offset_us, sets, beat_length=beat, volume=wanted.volume, kiai=wanted.kiai))
    position = measure_position(theirs, start)
    if (
        ours.meter != theirs.meter
        or abs(ours.beat_length - theirs.beat_length) > _POSITION_TOLERANCE
        or abs(measure_position(ours, start) - position) > _POSITION_TOLERANCE
    ):
        offset = to_us(start - position * theirs.beat_length)
        red = ("beat_length", "meter")
        sheet.apply(TimingChange(offset, red, beat_length=theirs.beat_length, meter=theirs.meter, red=True))


def _edited(
    sections: list[Section], timing: list[TimingLine], objects: Sequence[ObjectLine], low: float, high: float
) -> str:
    newline = newline_of(join_sections(sections))
    for name, index, added in (
        ("TimingPoints", _TIMING_TIME, _timing_in_range(sections, timing, objects, low, high)),
        ("HitObjects", _OBJECT_TIME, [line.text for line in objects]),
    ):
        section = next((section for section in sections if section.name == name), None)
        if section is None:
            section = Section(name, f"[{name}]{newline}", [newline])
            _close_line(sections[-1], newline)
            sections.append(section)
        _replace(section, index, added, low, high, newline)
    return join_sections(sections)


def _timing_in_range(
    sections: Sequence[Section], timing: list[TimingLine], objects: Sequence[ObjectLine], low: float, high: float
) -> list[str]:
    """The built lines of the range, and at its ends lines that keep the timing of either side."""
    reference = parse_timing_lines(_content(sections, "TimingPoints"))
    kept = [line for line in reference if not in_range(line, low, high)]
    # Objects may lie a little outside the range; their velocity and volume go with them.
    low = min([low, *(line.time for line in objects)])
    high = max([high, *(line.time for line in objects)])
    inside = _unless_at([line for line in timing if in_range(line, low, high)], kept)
    if math.isfinite(low) and objects:
        start = math.ceil(low)
        opening = seam_lines(_merged(kept, inside), timing, start, objects[0].time)
        inside = _merged(_unless_at(opening, inside), inside)
    if math.isfinite(high):
        times = [line_time(text, _OBJECT_TIME) for text in _content(sections, "HitObjects")]
        later = min((time for time in times if time is not None and time > high), default=math.inf)
        closing = seam_lines(_merged(kept, inside), reference, math.floor(high) + 1, later)
        inside = _merged(inside, _unless_at(closing, kept))
    return [timing_text(line) for line in inside]


def _merged(a: Sequence[TimingLine], b: Sequence[TimingLine]) -> list[TimingLine]:
    return sorted([*a, *b], key=lambda line: (line.offset_us, line.parent is not None))


def _unless_at(lines: Sequence[TimingLine], others: Sequence[TimingLine]) -> list[TimingLine]:
    """Lines that share no time and colour with one of the others, which says all that they would."""
    places = {(line.offset_us, line.parent is None) for line in others}
    return [line for line in lines if (line.offset_us, line.parent is None) not in places]


def _replace(section: Section, index: int, added: Sequence[str], low: float, high: float, newline: str) -> None:
    """Drop the lines of the range; put the new ones before the first later line, else after the last line."""
    section.lines = [line for line in section.lines if _outside(line_time(line, index), low, high)]
    times = [line_time(line, index) for line in section.lines]
    place = next((i for i, time in enumerate(times) if time is not None and time > high), None)
    if place is None:
        place = max((i + 1 for i, time in enumerate(times) if time is not None), default=0)
    if added and place == len(section.lines):
        _close_line(section, newline)
    section.lines[place:place] = [f"{text}{newline}" for text in added]


def _close_line(section: Section, newline: str) -> None:
    """Give the section's last line the line end it may lack at the end of a file."""
    if section.lines:
        if not section.lines[-1].endswith(("\r", "\n")):
            section.lines[-1] += newline
    elif section.header and not section.header.endswith(("\r", "\n")):
        section.header += newline
