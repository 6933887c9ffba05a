"""From what the windows left to the contexts of the result (spec 03 section 8.2)."""

from __future__ import annotations

from dataclasses import replace

from ..config import DataLayout, GenerationOptions
from ..events.event import ContextType, EventStream
from ..events.lists import update_event_times
from ..events.positions import expand_columns, expand_positions
from .contexts import ContextSource, until, without_before

_MARGIN = 10  # ms around the wanted part that generated events may reach into


def finish(kind: ContextType, stream: EventStream, source: ContextSource, options: GenerationOptions) -> EventStream:
    """The events of one context with final times, cut to the wanted part, in osu! pixels.

    With ``add_to_beatmap`` the reference's events before and after the part are put around them.
    """
    layout = source.layout
    result = EventStream(list(stream.events))
    update_event_times(result.events, result.times, source.song_length_ms, types_first=layout.types_first)
    result = _within(result, options)
    if kind == ContextType.MAP:
        result = expand_positions(result, layout)
    if options.add_to_beatmap:
        result = _with_reference(kind, result, source, options)
    if kind == ContextType.MAP and source.conditions.gamemode == 3:
        result = expand_columns(result, source.conditions.keycount or 4)
    return result


def _within(stream: EventStream, options: GenerationOptions) -> EventStream:
    if options.start_time is not None:
        stream = without_before(stream, options.start_time - _MARGIN)
    if options.end_time is not None:
        stream = until(stream, options.end_time + _MARGIN)
    return stream


def _with_reference(
    kind: ContextType, stream: EventStream, source: ContextSource, options: GenerationOptions
) -> EventStream:
    """``stream`` between the reference's own events, which are read in whole pixels."""
    if options.start_time is None and options.end_time is None:
        return stream
    own = source.reference_stream(kind, whole_pixels(source.layout))
    parts = [stream]
    if options.start_time is not None:
        parts.insert(0, until(own, options.start_time - 1))
    if options.end_time is not None:
        parts.append(without_before(own, options.end_time + 1))
    return EventStream(
        [event for part in parts for event in part.events], [time for part in parts for time in part.times]
    )


def whole_pixels(layout: DataLayout) -> DataLayout:
    """``layout`` with positions as single pixels on separate axes."""
    return replace(layout, position_precision=1, position_split_axes=True, position_refinement=None)
