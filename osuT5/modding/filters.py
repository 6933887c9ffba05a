"""Which surprises are worth a line (spec 06 section 1.5)."""

from __future__ import annotations

from ..events.event import BEAT_TYPES, Event, EventType
from .names import NamedGroup

MIN_RELATIVE = 20.0  # relative surprisal
SAME_TIME = 10  # ms
SAME_GROUP_TIME = 2  # ms
PLACES = frozenset({EventType.DISTANCE, EventType.POS_X, EventType.POS_Y, EventType.POS, EventType.POS_REFINE})


def worth_telling(actual: Event, expected: Event, group: NamedGroup, following: NamedGroup | None) -> bool:
    """False where the surprise says nothing about the map: a derived place, a rounding, or the order of two groups."""
    if actual.type in PLACES and group.type is EventType.SLIDER_END:
        return False
    if actual.type is expected.type is EventType.TIME_SHIFT and abs(actual.value - expected.value) <= SAME_TIME:
        return False
    return not (_order_only(actual.type, expected.type) and _together(group, following))


def _order_only(actual: EventType, expected: EventType) -> bool:
    """A beat where an object was expected to go first, or the other way round."""
    return (actual is EventType.SNAPPING and expected in BEAT_TYPES) or (
        actual in BEAT_TYPES and expected is EventType.SNAPPING
    )


def _together(group: NamedGroup, following: NamedGroup | None) -> bool:
    return following is not None and abs(following.group.time - group.group.time) <= SAME_GROUP_TIME
