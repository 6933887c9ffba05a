"""Timing lines the way tokens need them: as written, with parents and microsecond offsets (spec 01 section 2, spec 03 section 12).

The playable meaning of timing points (grouping, clamping, defaults of the map) is in :mod:`osuT5.beatmap.timing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def ms_of(microseconds: int) -> float:
    """Microseconds as float ms, through seconds: the last bit decides ties in tokens (spec 01 section 3)."""
    return microseconds / 1000000 * 1000


@dataclass(slots=True, eq=False)
class TimingLine:
    """One line of [TimingPoints]; red (uninherited) exactly when ``parent`` is None."""

    offset_us: int
    beat_length: float  # ms per beat; negative percentage of velocity on green lines; may be NaN
    meter: int = 4
    sample_set: int = 0
    sample_index: int = 0
    volume: int = 100
    parent: TimingLine | None = None
    kiai: bool = False

    @property
    def offset_ms(self) -> float:
        return ms_of(self.offset_us)

    @property
    def red(self) -> TimingLine:
        """The uninherited line in force: this one or its parent."""
        return self if self.parent is None else self.parent


def parse_timing_lines(lines: Iterable[str]) -> list[TimingLine]:
    """Timing lines in file order from their text. Lines without a readable offset and beat length are left out."""
    result: list[TimingLine] = []
    parent: TimingLine | None = None
    for text in lines:
        line, uninherited = _parse_line(text)
        if line is None:
            continue
        if not uninherited:
            line.parent = parent
        if line.parent is None:
            parent = line
        result.append(line)
    return result


def line_at(lines: Sequence[TimingLine], time_us: int) -> TimingLine:
    """The last line in file order with ``offset <= time``, else the first. Raises ``IndexError`` without lines."""
    for line in reversed(lines):
        if line.offset_us <= time_us:
            return line
    return lines[0]


def _parse_line(text: str) -> tuple[TimingLine | None, bool]:
    fields = text.split(",")
    try:
        offset_us = round(float(fields[0]) * 1000)
        beat_length = float(fields[1])
    except (ValueError, IndexError, OverflowError):
        return None, True
    line = TimingLine(
        offset_us=offset_us,
        beat_length=beat_length,
        meter=_integer(fields, 2, 4),
        sample_set=_integer(fields, 3, 0),
        sample_index=_integer(fields, 4, 0),
        volume=min(max(_integer(fields, 5, 100), 0), 100),
        kiai=_integer(fields, 7, 0) != 0,
    )
    return line, _integer(fields, 6, 1) != 0


def _integer(fields: list[str], index: int, default: int) -> int:
    try:
        return int(fields[index])
    except (IndexError, ValueError):
        return default
