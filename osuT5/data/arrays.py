"""Event streams as arrays: what the cache stores and windows are cut from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..events.event import EventStream, EventType
from ..tokenizer import Tokenizer
from ..windows import MS_PER_STEP
from .errors import BadTrack

Ints = NDArray[np.int64]
KINDS = tuple(EventType)
CODES = {kind: code for code, kind in enumerate(KINDS)}
TIME = CODES[EventType.TIME_SHIFT]
_VALUES = np.iinfo(np.int32)


@dataclass(frozen=True)
class EventArrays:
    """``kinds`` (n,) uint8 index into KINDS; ``values`` (n,) int32; ``times`` (n,) int32 in ms."""

    kinds: NDArray[np.uint8]
    values: NDArray[np.int32]
    times: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.kinds)

    def sped(self, speed: float) -> EventArrays:
        """The stream of the song played ``speed`` times as fast: times and TIME values are cut to whole ms."""
        if speed == 1:
            return self
        times = np.trunc(self.times / speed).astype(np.int32)
        slower = np.trunc(self.values / speed).astype(np.int32)
        return EventArrays(self.kinds, np.where(self.kinds == TIME, slower, self.values), times)

    def without(self, *kinds: EventType) -> EventArrays:
        """The events of all other types."""
        keep = ~np.isin(self.kinds, [CODES[kind] for kind in kinds])
        return EventArrays(self.kinds[keep], self.values[keep], self.times[keep])


EMPTY = EventArrays(np.empty(0, np.uint8), np.empty(0, np.int32), np.empty(0, np.int32))


def from_stream(stream: EventStream) -> EventArrays:
    """Arrays of a stream. Raises ``BadTrack`` for times beyond 32 bits."""
    values = np.array([event.value for event in stream.events], dtype=np.int64)
    times = np.array(stream.times, dtype=np.int64)
    for numbers in (values, times):
        if len(numbers) and (numbers.min() < _VALUES.min or numbers.max() > _VALUES.max):
            raise BadTrack("absurd_times", "an event lies weeks away from the song")
    kinds = np.array([CODES[event.type] for event in stream.events], dtype=np.uint8)
    return EventArrays(kinds, values.astype(np.int32), times.astype(np.int32))


class Codec:
    """Events to ids of one vocabulary, many at a time."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        spans = [tokenizer.event_range.get(kind) for kind in KINDS]
        self._low = np.array([0 if span is None else span.minimum for span in spans], dtype=np.int64)
        self._high = np.array([-1 if span is None else span.maximum for span in spans], dtype=np.int64)
        self._start = np.array([tokenizer.event_start.get(kind, -1) for kind in KINDS], dtype=np.int64)
        self.clipped = 0  # TIME events outside the range so far

    def span(self, kind: EventType) -> tuple[int, int]:
        """Ids of a type, the end excluded; an empty span for types that the vocabulary lacks."""
        if kind not in self.tokenizer.event_start:
            return 0, 0
        return self.tokenizer.event_start[kind], self.tokenizer.event_end[kind]

    def encode(self, events: EventArrays, start: int, stop: int, time_ms: float) -> Ints:
        """Ids of ``events[start:stop]`` in a window that begins at ``time_ms``; TIME values are clipped to the range.

        Raises ``BadTrack`` for any other value or type outside the vocabulary.
        """
        kinds = events.kinds[start:stop]
        values = events.values[start:stop].astype(np.int64)
        low, high = self._low[kinds], self._high[kinds]
        shifts = kinds == TIME
        if shifts.any():
            steps = np.trunc((values[shifts] - time_ms) / MS_PER_STEP).astype(np.int64)
            inside = np.clip(steps, self._low[TIME], self._high[TIME])
            self.clipped += int((steps != inside).sum())
            values[shifts] = inside
        outside = (values < low) | (values > high)
        if outside.any():
            place = int(np.flatnonzero(outside)[0])
            kind = KINDS[int(kinds[place])].value
            raise BadTrack("outside_vocabulary", f"event {kind!r} with value {values[place]} has no token")
        return self._start[kinds] + values - low
