"""Streams read off the timing lines: beats, kiai, mania scroll speeds (spec 01 section 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..beatmap import Beatmap
from ..beatmap.timing_lines import TimingLine, ms_of
from ..config import DataLayout
from .errors import EventError
from .event import Event, EventStream, EventType
from .source import Source
from .speeds import SPEED_STEP, scroll_speeds
from .timeline import event_ms, offsets_of

MAX_BEATS = 200_000  # of one stream; a song of an hour at 300 BPM has 18,000
MIN_GAP_MS = 10  # no beat is closer than this to the next line
DEFAULT_METER = 4


def timing_stream(
    source: Source | Beatmap | Sequence[TimingLine], layout: DataLayout, song_length_ms: float | None = None
) -> EventStream:
    """Beats, measures and timing points of a map, or of a bare list of timing lines.

    Beats go on to the last object; without objects to ``song_length_ms``, or just past the last line without it.
    Raises ``EventError`` for a beat length of 0.
    """
    if isinstance(source, Beatmap):
        source = Source(source)
    lines: Sequence[TimingLine] = source.lines if isinstance(source, Source) else source
    kept = [line for line in lines if _has_tempo(line)]
    stream = EventStream()
    if not kept:
        return stream
    end = _end_time(source, lines, song_length_ms)
    for line, following in zip(kept, [*kept[1:], None], strict=True):
        stop = end if following is None else following.offset_ms - MIN_GAP_MS
        for index, time in enumerate(_beats(line, stop, MAX_BEATS - len(stream) // 2)):
            _append(stream, layout, round(time * 1000), (), _beat_type(index, line.meter or DEFAULT_METER, layout))
    return stream


def kiai_stream(source: Source | Beatmap, layout: DataLayout) -> EventStream:
    """Every change of kiai; it starts off."""
    source = source if isinstance(source, Source) else Source(source)
    changes, state = [], False
    for line in source.lines:
        if line.kiai != state:
            state = line.kiai
            changes.append((line, Event(EventType.KIAI, int(state))))
    return _snapped_stream(source, layout, changes, [()] * len(changes))


def scroll_speed_stream(source: Source | Beatmap, layout: DataLayout) -> EventStream:
    """Every change of the scroll speed of a mania map. Raises ``EventError`` for a map without objects."""
    source = source if isinstance(source, Source) else Source(source)
    changes: list[tuple[TimingLine, Event]] = []
    speeds: list[tuple[Event, ...]] = []
    last = -1.0
    for line, speed in scroll_speeds(source, layout.mania_bpm_normalized_scroll_speed):
        if speed != speed and not changes:
            continue
        # After a speed that is no number nothing compares as a change: tokens show none to the end of the map.
        if abs(speed - last) > SPEED_STEP or last == -1:
            changes.append((line, Event(EventType.SCROLL_SPEED_CHANGE)))
            speeds.append((Event(EventType.SCROLL_SPEED, round(min(max(speed, 0.01), 10) * 100)),))
        last = speed
    return _snapped_stream(source, layout, changes, speeds)


def _end_time(
    source: Source | Sequence[TimingLine], lines: Sequence[TimingLine], song_length_ms: float | None
) -> float:
    if isinstance(source, Source) and source.objects:
        return ms_of(source.end_of(len(source.objects) - 1)) + 0.999
    if song_length_ms is not None:
        return song_length_ms
    return lines[-1].offset_ms + MIN_GAP_MS


def _has_tempo(line: TimingLine) -> bool:
    """Whether a line starts beats, by its beat length alone. Raises ``EventError`` for 0."""
    beat = line.beat_length
    if beat == 0:
        raise EventError(f"the timing line at {line.offset_ms:g} ms has beat length 0")
    return beat > 0 and round(min(60000 / beat, 1e9)) > 0


def _beats(line: TimingLine, stop: float, limit: int) -> Iterator[float]:
    """Times of the beats of a line in ms, up to ``stop``; just the first where more than ``limit`` would fit."""
    start, beat = line.offset_ms, line.beat_length
    if start > stop or limit < 1:
        return
    yield start
    if (stop - start) / beat >= limit:
        return
    count = 1
    while (time := int(start + count * beat)) <= stop:
        yield time
        count += 1


def _beat_type(index: int, meter: int, layout: DataLayout) -> Event:
    if index == 0 and layout.add_timing_points:
        return Event(EventType.TIMING_POINT)
    return Event(EventType.MEASURE if index % meter == 0 else EventType.BEAT)


def _snapped_stream(
    source: Source,
    layout: DataLayout,
    changes: Sequence[tuple[TimingLine, Event]],
    attributes: Sequence[tuple[Event, ...]],
) -> EventStream:
    """Groups at timing lines, with snapping."""
    stream = EventStream()
    times = offsets_of(line for line, _ in changes)
    snappings = source.timeline.snappings(times) if layout.add_snapping else []
    for index, (line, kind) in enumerate(changes):
        snapped = (Event(EventType.SNAPPING, snappings[index]),) if layout.add_snapping else ()
        _append(stream, layout, line.offset_us, (*snapped, *attributes[index]), kind)
    return stream


def _append(stream: EventStream, layout: DataLayout, time_us: int, attributes: tuple[Event, ...], kind: Event) -> None:
    time = event_ms(time_us)
    group = (Event(EventType.TIME_SHIFT, time), *attributes)
    stream.events += (kind, *group) if layout.types_first else (*group, kind)
    stream.times += [time] * (len(group) + 1)
