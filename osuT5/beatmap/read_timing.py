"""Lines of [TimingPoints] (spec 07 section 6)."""

from __future__ import annotations

from osuT5.beatmap.model import Beatmap, TimingPoint
from osuT5.beatmap.numbers import beat_length, integer, time_of


def read_timing_point(beatmap: Beatmap, line: str) -> None:
    """Append the point of ``line``. Raises ``ValueError`` or ``IndexError`` when the line is refused."""
    beatmap.timing_text.append(line)
    fields = line.split(",")
    count = len(fields)
    beat = beat_length(fields[1])
    general = beatmap.general
    point = TimingPoint(
        time_of(fields[0], beatmap.early_offset),
        beat,
        _meter(fields[2]) if count > 2 else 4,
        integer(fields[3]) if count > 3 else general.sample_set,
        integer(fields[4]) if count > 4 else 0,
        min(max(integer(fields[5]) if count > 5 else general.sample_volume, 0), 100),
        fields[6][0] == "1" if count > 6 else True,
        integer(fields[7]) if count > 7 else 0,
        line,
    )
    if point.uninherited and beat != beat:
        raise ValueError("a red line needs a beat length")
    beatmap.timing_points.append(point)


def _meter(text: str) -> int:
    if text[0] == "0":
        return 4
    value = integer(text)
    if value <= 0:
        raise ValueError("the meter is not positive")
    return value
