"""A map read once: its facts and its base streams before any augmentation (spec 05 sections 5.3 and 12.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..beatmap import Beatmap, BeatmapError, parse_beatmap
from ..config import DataLayout
from ..events.encode import map_stream
from ..events.errors import EventError
from ..events.event import ContextType, EventType
from ..events.facts import map_conditions
from ..events.streams import context_stream
from .arrays import EMPTY, EventArrays, from_stream
from .errors import BadTrack

Flip = tuple[bool, bool]
BASE = (ContextType.TIMING, ContextType.KIAI, ContextType.MAP, ContextType.SV)
_MAP_KINDS = (ContextType.MAP, ContextType.NO_HS, ContextType.GD)
PLAIN: Flip = (False, False)
MIRRORED: tuple[Flip, ...] = ((True, False), (False, True), (True, True))


@dataclass(frozen=True)
class MapFacts:
    """What the prompt says of a map, from its file."""

    mode: int
    beatmap_id: int  # as the file says; 0 or -1 where it says none
    hitsounded: bool
    slider_multiplier: float
    circle_size: float
    keycount: int
    hold_note_ratio: float | None
    scroll_speed_ratio: float | None
    objects: int
    last_ms: int  # time of the last event


@dataclass(frozen=True)
class MapEvents:
    """Facts and unscaled streams. ``mirrored`` holds the values of the map stream under each flip that was asked for."""

    facts: MapFacts
    streams: Mapping[ContextType, EventArrays]
    mirrored: Mapping[Flip, NDArray[np.int32]]

    def stream(self, context: ContextType, speed: float, flip: Flip) -> EventArrays:
        """What a context shows of the map. Raises ``BadTrack`` for a flip that was not prepared."""
        if context is ContextType.NONE:
            return EMPTY
        if context not in _MAP_KINDS:
            return self.streams[context].sped(speed)
        events = self.streams[ContextType.MAP]
        if flip != PLAIN:
            if flip not in self.mirrored:
                raise BadTrack("stale_cache", "the cached events lack the mirrored positions")
            events = EventArrays(events.kinds, self.mirrored[flip], events.times)
        if context is ContextType.NO_HS:
            events = events.without(EventType.HITSOUND, EventType.VOLUME)
        return events.sped(speed)


def contexts_of(layout: DataLayout, extra_guest: bool = False) -> tuple[ContextType, ...]:
    """Base streams that the templates of a layout need."""
    names = {name for template in layout.templates for name in (*template.inputs, *template.outputs)}
    if extra_guest or names & {context.value for context in _MAP_KINDS}:
        names.add(ContextType.MAP.value)
    return tuple(context for context in BASE if context.value in names)


def parse_map(data: bytes, name: str, layout: DataLayout, contexts: tuple[ContextType, ...], flips: bool) -> MapEvents:
    """Read a map and write its events. Raises ``BadTrack`` with the reason when that cannot be done."""
    try:
        beatmap = parse_beatmap(data, name)
        if not beatmap.hit_objects:
            raise BadTrack("no_objects", f"{name}: the map has no objects")
        streams = {context: _stream(context, beatmap, layout) for context in contexts}
        mirrored = _mirrored(beatmap, layout) if flips and ContextType.MAP in streams else {}
        return MapEvents(_facts(beatmap, layout, streams), streams, mirrored)
    except (BeatmapError, EventError) as error:
        raise BadTrack("map_broken", f"{name}: {error}") from error


def _stream(context: ContextType, beatmap: Beatmap, layout: DataLayout) -> EventArrays:
    return from_stream(context_stream(context, beatmap, layout))


def _mirrored(beatmap: Beatmap, layout: DataLayout) -> dict[Flip, NDArray[np.int32]]:
    return {flip: from_stream(map_stream(beatmap, layout, flip=flip)).values for flip in MIRRORED}


def _facts(beatmap: Beatmap, layout: DataLayout, streams: Mapping[ContextType, EventArrays]) -> MapFacts:
    told = map_conditions(beatmap, None, layout.mania_bpm_normalized_scroll_speed)
    ends = [int(stream.times.max()) for stream in streams.values() if len(stream)]
    return MapFacts(
        mode=beatmap.mode,
        beatmap_id=told.beatmap_id or 0,
        hitsounded=bool(told.hitsounded),
        slider_multiplier=float(told.slider_multiplier or 0),
        circle_size=float(told.circle_size or 0),
        keycount=int(told.keycount or 0),
        hold_note_ratio=told.hold_note_ratio,
        scroll_speed_ratio=told.scroll_speed_ratio,
        objects=len(beatmap.hit_objects),
        last_ms=max(ends, default=0),
    )
