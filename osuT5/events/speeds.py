"""Scroll speed over a map: the main beat length, and each change (spec 01 sections 7.3, 10.3, 10.4)."""

from __future__ import annotations

from collections.abc import Iterator

from ..beatmap import Hold
from ..beatmap.timing_lines import TimingLine
from .errors import EventError
from .source import Source

SPEED_STEP = 1e-3  # smaller steps are no change
_SECOND_US = 1_000_000
_DAY_S = 86_400


def median_beat_length(source: Source) -> float:
    """Beat length in ms that is in force for most of the map, in whole seconds; 0 when none is.

    Raises ``EventError`` for a map without objects.
    """
    if not source.objects:
        raise EventError("a map without objects has no main beat length")
    reach = _whole_seconds(
        max(source.end_of(i) if isinstance(item, Hold) else source.starts[i] for i, item in enumerate(source.objects))
    )
    lasting: dict[float, float] = {}
    beat = 0.0
    for index in range(len(source.lines) - 1, -1, -1):
        line = source.lines[index]
        offset = _whole_seconds(line.offset_us)
        if line.parent is None:
            beat = line.beat_length
        if beat == 0 or offset > reach or (line.parent is not None and index > 0):
            continue
        lasting[beat] = lasting.get(beat, 0) + reach - (offset if index else 0)
        reach = offset
    longest = max(lasting, key=lambda beat: lasting[beat], default=0.0)
    return longest if lasting.get(longest, 0) > 0 else 0.0


def scroll_speeds(source: Source, normalised: bool) -> Iterator[tuple[TimingLine, float]]:
    """The last line of every offset with the scroll speed from there on, not clipped, in file order.

    ``normalised``: relative to the main beat length, as scrolling shows it. NaN where a beat length is no number.
    Raises ``EventError`` for a map without objects and for a beat length of 0.
    """
    main = median_beat_length(source)
    beat, speed = main, 1.0
    for line, following in zip(source.lines, [*source.lines[1:], None], strict=False):
        if line.parent is None:
            beat, speed = line.beat_length, 1.0
        elif line.beat_length == 0:
            raise EventError(f"the timing line at {line.offset_ms:g} ms has a scroll speed of 1/0")
        else:
            speed = -100 / line.beat_length
        if following is None or following.offset_us > line.offset_us:
            if normalised and beat == 0:
                raise EventError(f"the beat length at {line.offset_ms:g} ms is 0")
            yield line, speed * main / beat if normalised else speed


def change_ratio(source: Source, normalised: bool) -> float | None:
    """Changes of scroll speed per object (objects at one time count once); None for a map without objects.

    May exceed 1. Raises ``EventError`` for a beat length of 0.
    """
    if not source.objects:
        return None
    changes, last = 0, 1.0
    for _, speed in scroll_speeds(source, normalised):
        changes += abs(speed - last) > SPEED_STEP
        last = speed
    starts = source.starts
    return changes / (1 + sum(one != other for one, other in zip(starts, starts[1:], strict=False)))


def _whole_seconds(time_us: int) -> int:
    """Seconds of the day as ms: days and the sign of a time are lost, as published."""
    return time_us // _SECOND_US % _DAY_S * 1000
