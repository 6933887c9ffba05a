"""Beatmaps as events, and events as hit objects (spec 01 sections 1 to 10)."""

from .encode import map_stream
from .errors import EventError
from .event import ContextType, Event, EventStream, EventType
from .groups import Group, group_events
from .lists import merge, of_type, speed_events, update_event_times, without_type
from .positions import expand_columns, expand_positions
from .streams import context_stream, kiai_stream, scroll_speed_stream, timing_stream

__all__ = [
    "ContextType",
    "Event",
    "EventError",
    "EventStream",
    "EventType",
    "Group",
    "context_stream",
    "expand_columns",
    "expand_positions",
    "group_events",
    "kiai_stream",
    "map_stream",
    "merge",
    "of_type",
    "scroll_speed_stream",
    "speed_events",
    "timing_stream",
    "update_event_times",
    "without_type",
]
