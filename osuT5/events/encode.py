"""A beatmap as one stream of events (spec 01 sections 4 to 7)."""

from __future__ import annotations

from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np

from ..beatmap import Beatmap
from ..config import DataLayout
from . import line_streams, lists
from .event import Event, EventStream, EventType
from .positions import column_events, events_of, position_events
from .recipes import NEW_COMBO, SNAPPED, TIMED, GroupTable, object_groups
from .sounds import sound_events
from .source import Source
from .timeline import Ints, all_event_ms

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
    if not table.rows:
        return EventStream()
    times: Ints = np.array([row[1] for row in table.rows], dtype=np.int64)
    whole_ms = all_event_ms(times)
    groups = _Attributes(
        times=whole_ms.tolist(),
        time_shifts=events_of(EventType.TIME_SHIFT, whole_ms),
        snappings=_snappings(table, times, source) if layout.add_snapping else None,
        places=_place_events(table, source, layout, flip),
        sounds=sound_events(table.sounds, source.timeline) if layout.add_hitsounds else [],
        speeds=[_SPEEDS[value] for value in source.timeline.scroll_speeds],
    )
    return _write(table, groups, np.argsort(whole_ms, kind="stable").tolist(), layout.types_first)


class _Attributes(NamedTuple):
    """Events of the attributes; ``times``, ``time_shifts`` and ``snappings`` by group, ``speeds`` by timing line."""

    times: list[int]
    time_shifts: list[Event]
    snappings: list[int] | None
    places: list[tuple[Event, ...]]
    sounds: list[Event]
    speeds: list[Event]


def _snappings(table: GroupTable, times: Ints, source: Source) -> list[int]:
    """Beat divisor of every group, 0 where none is wanted."""
    wanted = np.array([row[2] & SNAPPED for row in table.rows], dtype=np.int64) != 0
    result = np.zeros(len(times), dtype=np.int64)
    result[wanted] = source.timeline.snappings(times[wanted])
    return result.tolist()


def _place_events(
    table: GroupTable, source: Source, layout: DataLayout, flip: tuple[bool, bool]
) -> list[tuple[Event, ...]]:
    """Distance and position events of every place."""
    places = np.fromiter(chain.from_iterable(table.places), np.float64).reshape(-1, 2)
    for axis, size in enumerate((512, 384)):
        if flip[axis]:
            places[:, axis] = size - places[:, axis]
    if source.mode == 3:
        return list(zip(column_events(places[:, 0], source.columns), strict=True))
    columns = []
    if layout.add_distances:
        step = np.diff(places, axis=0, prepend=places[:1])
        length = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
        columns.append(events_of(EventType.DISTANCE, np.trunc(np.minimum(length, _MAX_DISTANCE))))
    if layout.add_positions:
        columns += position_events(places, layout)
    return list(zip(*columns, strict=True)) if columns else [()] * len(places)


def _write(table: GroupTable, groups: _Attributes, order: list[int], types_first: bool) -> EventStream:
    """Groups in the given order, attributes in the order of section 4."""
    stream = EventStream()
    events, event_times = stream.events, stream.times
    times, time_shifts, snappings, places, sounds, speeds = groups
    rows = table.rows
    first_sounds = list(accumulate((2 * row[5] for row in rows), initial=0))
    for index in order:
        kind, _, flags, place, speed_line, count = rows[index]
        time, size = times[index], len(events)
        if types_first:
            events.append(_TYPES[kind])
        if flags & TIMED:
            events.append(time_shifts[index])
            if flags & SNAPPED and snappings is not None:
                events.append(_SNAPPINGS[snappings[index]])
        if place:
            events += places[place]
        if flags & NEW_COMBO:
            events.append(_COMBO)
        if speed_line >= 0:
            events.append(speeds[speed_line])
        if count and sounds:
            events += sounds[first_sounds[index] : first_sounds[index + 1]]
        if not types_first:
            events.append(_TYPES[kind])
        event_times += [time] * (len(events) - size)
    return stream
