"""Operations on event streams (spec 01 section 8)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .event import NON_TIMED, TIMED, Event, EventStream, EventType


def merge(first: EventStream, second: EventStream) -> EventStream:
    """Both streams in order of time; at equal times ``first`` comes first. Both are taken to be sorted, unchecked."""
    events: list[Event] = []
    times: list[int] = []
    start, size = 0, len(first)
    for event, time in zip(second.events, second.times, strict=True):
        stop = start
        while stop < size and first.times[stop] <= time:
            stop += 1
        if stop > start:
            events += first.events[start:stop]
            times += first.times[start:stop]
            start = stop
        events.append(event)
        times.append(time)
    return EventStream(events + first.events[start:], times + first.times[start:])


def of_type(stream: EventStream, types: Collection[EventType]) -> EventStream:
    """The events of the given types, with their times."""
    return _filter(stream, [event.type in types for event in stream.events])


def without_type(stream: EventStream, types: Collection[EventType]) -> EventStream:
    """The events of all other types, with their times."""
    return _filter(stream, [event.type not in types for event in stream.events])


def speed_events(stream: EventStream, speed: float) -> EventStream:
    """The stream as it is when the song plays ``speed`` times as fast; snapping and scroll speeds stay."""
    events = [
        Event(event.type, int(event.value / speed)) if event.type is EventType.TIME_SHIFT else event
        for event in stream.events
    ]
    return EventStream(events, [int(time / speed) for time in stream.times])


def update_event_times(events: Sequence[Event], times: list[int], end_time: float | None, types_first: bool) -> None:
    """Extend ``times`` (ms) in place to the length of ``events``.

    Times come from TIME_SHIFT events; inner slider anchors are spread evenly between their neighbours. ``end_time``
    bounds anchors that have no neighbour (none: the last known time).
    """
    start = len(times)
    if start >= len(events):
        return
    _times_of_groups(events, times, types_first)
    _spread_anchors(events, times, start, times[-1] if end_time is None else end_time, types_first)


def _filter(stream: EventStream, keep: list[bool]) -> EventStream:
    return EventStream(
        [event for event, kept in zip(stream.events, keep, strict=True) if kept],
        [time for time, kept in zip(stream.times, keep, strict=True) if kept],
    )


def _times_of_groups(events: Sequence[Event], times: list[int], types_first: bool) -> None:
    current = times[-1] if times else 0
    ahead = 1 if types_first else 0  # types first: the type event already has the time that follows it
    for index in range(len(times), len(events)):
        if index + ahead < len(events):
            event = events[index + ahead]
            if event.type is EventType.TIME_SHIFT:
                current = event.value
        times.append(current)


def _spread_anchors(events: Sequence[Event], times: list[int], start: int, end_time: float, types_first: bool) -> None:
    step = 1 if types_first else -1
    walk = range(start, len(events))
    current: float = times[start] if types_first else end_time
    inside = False  # among the groups of inner anchors
    for index in walk if types_first else reversed(walk):
        kind = events[index].type
        if kind in TIMED:
            inside = False
        elif kind in NON_TIMED:
            inside = True
        if not inside:
            current = times[index]
            continue
        if kind in NON_TIMED:
            count, other = _other_side(events, times, index, step, end_time)
            current = int((current - other) / (count + 1) * count + other)
        times[index] = int(current)


def _other_side(
    events: Sequence[Event], times: Sequence[int], index: int, step: int, end_time: float
) -> tuple[int, float]:
    """Anchors from ``index`` up to the next TIME_SHIFT in walking direction, and the time there."""
    count = 0
    while 0 <= index < len(events):
        kind = events[index].type
        if kind in NON_TIMED:
            count += 1
        elif kind is EventType.TIME_SHIFT:
            return count, times[index]
        index += step
    return count, (end_time if step > 0 else 0)
