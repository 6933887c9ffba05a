"""What each context shows of a map (spec 01 section 7.4, spec 03 section 6.2)."""

from __future__ import annotations

from ..beatmap import Beatmap
from ..config import DataLayout
from .encode import map_stream
from .event import ContextType, EventStream, EventType
from .line_streams import kiai_stream, scroll_speed_stream, timing_stream
from .lists import without_type

__all__ = ["context_stream", "kiai_stream", "scroll_speed_stream", "timing_stream"]


def context_stream(
    context: ContextType, beatmap: Beatmap, layout: DataLayout, song_length_ms: float | None = None
) -> EventStream:
    """Events of a map for one context; ``gd`` is the stream of the map that is given. Raises ``EventError``."""
    if context is ContextType.NONE:
        return EventStream()
    if context is ContextType.TIMING:
        return timing_stream(beatmap, layout, song_length_ms)
    if context is ContextType.KIAI:
        return kiai_stream(beatmap, layout)
    if context is ContextType.SV:
        return scroll_speed_stream(beatmap, layout) if beatmap.mode == 3 else EventStream()
    stream = map_stream(beatmap, layout, song_length_ms=song_length_ms)
    if context is ContextType.NO_HS:
        return without_type(stream, (EventType.HITSOUND, EventType.VOLUME))
    return stream
