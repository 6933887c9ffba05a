"""Text of single lines: numbers, timing lines, hit samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.events.groups import Group


@dataclass(frozen=True)
class ObjectLine:
    """A line of [HitObjects] with its start and end in ms."""

    time: int
    end_time: int
    text: str


def first(values: Sequence[int]) -> int:
    """The first value, or 0."""
    return values[0] if values else 0


def samples(group: Group) -> str:
    """``set:addition`` of the group's first sound."""
    return f"{first(group.sample_sets)}:{first(group.additions)}"


def beat_text(beat_length: float) -> str:
    """Ms per beat: integral values as an integer, others with all their digits."""
    return str(int(beat_length)) if float(beat_length).is_integer() else repr(float(beat_length))


def timing_text(line: TimingLine) -> str:
    """A line of [TimingPoints], its time floored to whole ms."""
    red, kiai = int(line.parent is None), int(line.kiai)
    return (
        f"{line.offset_us // 1000},{beat_text(line.beat_length)},{line.meter},{line.sample_set},"
        f"{line.sample_index},{int(line.volume)},{red},{kiai}"
    )
