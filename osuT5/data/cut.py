"""How the frames of a song are cut into windows, and which events of a context each one gets (spec 05 section 5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..config import DataLayout
from ..events.event import ContextType, EventType
from .arrays import CODES, EventArrays

_STATE_DEFAULTS = {EventType.KIAI: 0, EventType.SCROLL_SPEED: 100}


@dataclass(frozen=True)
class Cut:
    """One window in frames: audio ``start..end``, targets up to ``out_end``, trained from ``label_start``."""

    start: int
    end: int
    out_end: int
    label_start: int


def frame_count(samples: int, hop_length: int) -> int:
    """Frames of a song; a whole number of hops gets one more, empty, frame."""
    return samples // hop_length + 1


def cut_frames(frames: int, window: int, offset: int, lookback: int, lookahead: float) -> list[Cut]:
    """All windows of a song of ``frames``; none where the song is no longer than offset and lookback."""
    length = round((1 - lookahead) * window)
    return [
        Cut(start, min(start + window, frames), min(start + length, frames), min(start + lookback, frames - 1))
        for start in range(offset, frames - lookback, window)
    ]


class ContextTrack:
    """The events of one context of one map, laid over the frames of the song."""

    def __init__(self, kind: ContextType, events: EventArrays, frames: int, frame_ms: float) -> None:
        self.kind, self.events = kind, events
        self._frames, self._frame_ms = frames, frame_ms
        self._kept: dict[EventType, NDArray[np.intp]] = {}

    @cached_property
    def _peaks(self) -> NDArray[np.int32]:
        # Times are not always in order: the first event at or after a time is the first place the running maximum is.
        return np.maximum.accumulate(self.events.times) if len(self.events) else self.events.times

    def first(self, frame: int) -> int:
        """Index of the first event at or after the start of a frame."""
        return int(np.searchsorted(self._peaks, frame * self._frame_ms, side="left"))

    def behind(self, frame: int) -> int:
        """Index behind the last event of the frame before ``frame``; events after the last frame's start are lost."""
        return self.first(min(frame, self._frames - 1))

    def targets(self, cut: Cut) -> tuple[int, int]:
        """Events that a window is trained on, first and stop."""
        first = self.first(cut.start)
        return first, max(first, self.behind(cut.out_end))

    def shown(self, cut: Cut) -> tuple[int, int]:
        """Events of the whole window, first and stop."""
        first = self.first(cut.start)
        return first, max(first, self.behind(cut.end))

    def state_before(self, kind: EventType, cut: Cut) -> int:
        """Value of the last kiai or scroll speed event before a window."""
        return self._last_in(kind, 0, self.first(cut.start))

    def state_of_windows(self, kind: EventType, spans: list[tuple[int, int]]) -> int:
        """The same counted over the events of earlier windows only (published)."""
        for start, stop in reversed(spans):
            if stop > start and (value := self._last_in(kind, start, stop, missing=-1)) != -1:
                return value
        return _STATE_DEFAULTS[kind]

    def _last_in(self, kind: EventType, start: int, stop: int, missing: int | None = None) -> int:
        places = self._places(kind)
        number = int(np.searchsorted(places, stop)) - 1
        if number < 0 or places[number] < start:
            return _STATE_DEFAULTS[kind] if missing is None else missing
        return int(self.events.values[places[number]])

    def _places(self, kind: EventType) -> NDArray[np.intp]:
        if kind not in self._kept:
            self._kept[kind] = np.flatnonzero(self.events.kinds == CODES[kind])
        return self._kept[kind]


def tells_kiai(kind: ContextType, layout: DataLayout) -> bool:
    """Whether a context carries the kiai state."""
    return kind is ContextType.KIAI or (layout.add_kiai and kind in (ContextType.GD, ContextType.MAP))


def tells_speed(kind: ContextType, layout: DataLayout) -> bool:
    """Whether a context carries the scroll speed."""
    in_map = layout.add_sv or layout.add_mania_sv
    return kind is ContextType.SV or (in_map and kind in (ContextType.GD, ContextType.MAP))
