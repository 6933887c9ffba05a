"""A beatmap as one stream of events (spec 01 sections 4 to 7)."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from ..beatmap import Beatmap
from ..config import DataLayout
from . import line_streams, lists
from .event import Event, EventStream, EventType
from .positions import column_events, position_events
from .recipes import NEW_COMBO, SNAPPED, SPEED, TIMED, GroupTable, object_groups
from .sounds import sound_events
from .source import Source
from .timeline import Floats, Ints, all_event_ms

_MAX_DISTANCE = 640
_SNAPPINGS = [Event(EventType.SNAPPING, value) for value in range(17)]
_SPEEDS = [Event(EventType.SCROLL_SPEED, value) for value in range(1001)]
_TYPES = {kind: Event(kind) for kind in EventType}
_COMBO = _TYPES[EventType.NEW_COMBO]


def map_stream(
    beatmap: Beatmap,
    layout: DataLayout,
    speed: float = 1.0,
    flip: tuple[bool, bool] = (False, False),
    song_length_ms: float | None = None,
) -> EventStream:
    """Events of a whole map: its objects, and the other streams that ``layout`` mixes in.

    ``flip`` mirrors positions left-right and top-down; ``song_length_ms`` is where the beats of a map without objects
    end. Raises ``EventError`` when no events can be made of the map.
    """
    source = Source(beatmap)
    stream = _object_stream(source, layout, flip)
    if layout.add_mania_sv and source.mode == 3:
        stream = lists.merge(line_streams.scroll_speed_stream(source, layout), stream)
    if layout.add_kiai:
        stream = lists.merge(line_streams.kiai_stream(source, layout), stream)
    if layout.add_timing:
        stream = lists.merge(line_streams.timing_stream(source, layout, song_length_ms), stream)
    return stream if speed == 1 else lists.speed_events(stream, speed)


def _object_stream(source: Source, layout: DataLayout, flip: tuple[bool, bool]) -> EventStream:
    table = object_groups(source, layout)
    if not table.kinds:
        return EventStream()
    times: Ints = np.array(table.times, dtype=np.int64)
    whole_ms = all_event_ms(times)
    places: Floats = np.array(table.places, dtype=np.float64)
    for axis, (flipped, size) in enumerate(zip(flip, (512, 384), strict=True)):
        if flipped:
            places[:, axis] = size - places[:, axis]
    return _write(
        table,
        layout,
        np.argsort(whole_ms, kind="stable").tolist(),
        whole_ms.tolist(),
        _snappings(table, times, source) if layout.add_snapping else [],
        _place_events(places, source, layout),
        sound_events(table.sounds, source.timeline) if layout.add_hitsounds else [],
        source.timeline.scroll_speeds,
    )


def _snappings(table: GroupTable, times: Ints, source: Source) -> list[int]:
    """Beat divisor of every group, 0 where none is wanted."""
    wanted = (np.array(table.flags) & SNAPPED) != 0
    result = np.zeros(len(times), dtype=np.int64)
    result[wanted] = source.timeline.snappings(times[wanted])
    return result.tolist()


def _place_events(places: Floats, source: Source, layout: DataLayout) -> list[tuple[Event, ...]]:
    """Distance and position events of every place."""
    if source.mode == 3:
        return list(zip(column_events(places[:, 0], source.columns), strict=True))
    columns = []
    if layout.add_distances:
        step = np.diff(places, axis=0, prepend=places[:1])
        length = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
        whole = np.trunc(np.minimum(length, _MAX_DISTANCE)).astype(np.int64)
        columns.append([Event(EventType.DISTANCE, value) for value in whole.tolist()])
    if layout.add_positions:
        columns += position_events(places, layout)
    return list(zip(*columns, strict=True)) if columns else [()] * len(places)


def _write(
    table: GroupTable,
    layout: DataLayout,
    order: list[int],
    times: list[int],
    snappings: list[int],
    places: list[tuple[Event, ...]],
    sounds: list[Event],
    speeds: list[int],
) -> EventStream:
    """Groups in the given order, attributes in the order of section 4."""
    stream = EventStream()
    events, event_times = stream.events, stream.times
    first_sounds = [0, *accumulate(2 * count for count in table.sound_counts)]
    types_first, snapped = layout.types_first, bool(snappings)
    for index in order:
        flags, time, size = table.flags[index], times[index], len(events)
        if types_first:
            events.append(_TYPES[table.kinds[index]])
        if flags & TIMED:
            events.append(Event(EventType.TIME_SHIFT, time))
            if snapped and flags & SNAPPED:
                events.append(_SNAPPINGS[snappings[index]])
        point = table.points[index]
        if point:
            events += places[point]
        if flags & NEW_COMBO:
            events.append(_COMBO)
        if flags & SPEED:
            events.append(_SPEEDS[speeds[table.lines[index]]])
        if sounds and table.sound_counts[index]:
            events += sounds[first_sounds[index] : first_sounds[index + 1]]
        if not types_first:
            events.append(_TYPES[table.kinds[index]])
        event_times += [time] * (len(events) - size)
    return stream
