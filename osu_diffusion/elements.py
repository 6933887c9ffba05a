"""A map as a sequence of elements: everything that has a coordinate, one row each (spec 04 section 2). NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from osuT5.compat import Compat
from osuT5.events.event import Event, EventStream, EventType
from osuT5.events.groups import Group, group_events
from osuT5.events.lists import update_event_times

CENTRE = (256.0, 192.0)
PLAYFIELD = np.array([512.0, 384.0])
TYPE_COUNT = 16
SLIDER_END = 11  # first of five: repeat classes 0..4
LAST_ANCHOR = 10
LAST_OF_HEADS = 5  # types up to here stand where a player clicks: circles, spinners, slider heads

# Type of each element; circles and heads with a new combo are one higher.
ELEMENT_TYPES = {
    EventType.CIRCLE: 0,
    EventType.SPINNER: 2,
    EventType.SPINNER_END: 3,
    EventType.SLIDER_HEAD: 4,
    EventType.BEZIER_ANCHOR: 6,
    EventType.PERFECT_ANCHOR: 7,
    EventType.CATMULL_ANCHOR: 8,
    EventType.RED_ANCHOR: 9,
    EventType.LAST_ANCHOR: LAST_ANCHOR,
    EventType.SLIDER_END: SLIDER_END,
}


@dataclass(frozen=True)
class Elements:
    """A map of T elements. Positions (T, 2) and distances (T,) in osu! pixels, times (T,) in ms, types (T,) 0..15."""

    positions: np.ndarray
    times: np.ndarray
    distances: np.ndarray
    types: np.ndarray

    def __len__(self) -> int:
        return len(self.types)


@dataclass(frozen=True)
class MapElements:
    """Elements of an event list. ``of_event`` gives the element of every event; ``groups`` pairs each with its element."""

    elements: Elements
    of_event: list[int]
    groups: list[tuple[Group, int]]
    positioned: bool  # False when no element had a position of its own


def repeat_class(spans: int) -> int:
    """Class of a slider end by its number of spans: 1, 2, 3, even from 4, odd from 5."""
    return spans - 1 if spans <= 3 else 3 + spans % 2


def elements_of(stream: EventStream, types_first: bool, compat: Compat) -> MapElements:
    """Elements of a map's events (section 2.1); those without a row of their own belong to the next element."""
    times: list[int] = []
    update_event_times(stream.events, times, None, types_first)
    groups = group_events(stream.events, times, types_first)
    builder = _Builder(compat)
    for group in groups:
        builder.add(group)
    return builder.finish(len(stream))


def distances_between(positions: np.ndarray) -> np.ndarray:
    """Distance of each position (T, 2) to the one before; the first one to the centre."""
    before = np.vstack([np.array([CENTRE]), positions[:-1]])
    return np.sqrt(((positions - before) ** 2).sum(axis=1))


def with_positions(stream: EventStream, of_event: Sequence[int], positions: np.ndarray, twice: bool) -> EventStream:
    """``stream`` with the given positions (T, 2) in place of its distances and positions (section 2.2).

    ``twice`` keeps the pair of the distance beside that of the position, as the published system does.
    """
    rounded = [(round(float(x)), round(float(y))) for x, y in positions]
    result = EventStream()
    has_position = {
        of_event[i] for i, event in enumerate(stream.events) if event.type in (EventType.POS_X, EventType.POS_Y)
    }
    for index, event in enumerate(stream.events):
        element = of_event[index]
        for new in _replaced(event, rounded[element], twice or element not in has_position):
            result.events.append(new)
            result.times.append(stream.times[index])
    return result


def _replaced(event: Event, position: tuple[int, int], expand_distance: bool) -> tuple[Event, ...]:
    x, y = Event(EventType.POS_X, position[0]), Event(EventType.POS_Y, position[1])
    if event.type is EventType.DISTANCE:
        return (x, y) if expand_distance else ()
    if event.type is EventType.POS_X:
        return (x,)
    return (y,) if event.type is EventType.POS_Y else (event,)


class _Builder:
    def __init__(self, compat: Compat) -> None:
        self._zero_is_missing = compat.published("refiner_zero_position")
        self._split_last_anchor = compat.published("refiner_split_last_anchor")
        self._rows: list[tuple[float, float, float, float, int]] = []
        self._groups: list[tuple[Group, int]] = []
        self._waiting: list[int] = []  # events of groups without an element
        self._of_event: dict[int, int] = {}
        self._head_time = self._last_time = 0.0
        self._previous = CENTRE
        self._positioned = False

    def add(self, group: Group) -> None:
        if group.type not in ELEMENT_TYPES:
            self._waiting.extend(group.indices)
            return
        if self._continues_last_anchor(group):
            x, y, _, distance, kind = self._rows[-1]
            self._rows[-1] = (x, y, group.time, distance, kind)
            self._last_time = group.time
        else:
            self._rows.append(self._row(group))
        element = len(self._rows) - 1
        self._groups.append((group, element))
        self._of_event.update(dict.fromkeys([*self._waiting, *group.indices], element))
        self._waiting = []

    def finish(self, event_count: int) -> MapElements:
        rows = np.array(self._rows, dtype=np.float64).reshape(-1, 5)
        elements = Elements(rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4].astype(np.int64))
        last = max(len(rows) - 1, 0)
        of_event = [self._of_event.get(index, last) for index in range(event_count)]
        return MapElements(elements, of_event, self._groups, self._positioned)

    def _continues_last_anchor(self, group: Group) -> bool:
        """The timed half of a last anchor whose position came in a group of its own (slider layout 2)."""
        if self._split_last_anchor or not self._groups or group.type is not EventType.LAST_ANCHOR:
            return False
        return self._groups[-1][0].type is EventType.LAST_ANCHOR and group.x is None and group.y is None

    def _row(self, group: Group) -> tuple[float, float, float, float, int]:
        x, y = self._position(group)
        distance = group.distance or float(np.hypot(x - self._previous[0], y - self._previous[1]))
        self._previous = (x, y)
        return x, y, group.time, distance, self._type(group)

    def _position(self, group: Group) -> tuple[float, float]:
        self._positioned = self._positioned or group.x is not None or group.y is not None
        if self._zero_is_missing:
            return (float(group.x), float(group.y)) if group.x and group.y else CENTRE
        return (
            CENTRE[0] if group.x is None else float(group.x),
            CENTRE[1] if group.y is None else float(group.y),
        )

    def _type(self, group: Group) -> int:
        assert group.type is not None
        kind = ELEMENT_TYPES[group.type]
        if group.type in (EventType.CIRCLE, EventType.SLIDER_HEAD):
            self._head_time = group.time if group.type is EventType.SLIDER_HEAD else self._head_time
            return kind + int(group.new_combo)
        if kind == LAST_ANCHOR:
            self._last_time = group.time
        if kind == SLIDER_END:
            span = self._last_time - self._head_time
            spans = max(round((group.time - self._head_time) / span), 1) if span > 0 else 1
            return kind + repeat_class(spans)
        return kind
