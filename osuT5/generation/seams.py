"""What one window adds to a context: which ids end it, which are dropped at its seams, and when the rest happens (spec 03 section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..events.event import ContextType, Event, EventStream, EventType
from ..events.lists import update_event_times
from ..tokenizer import Tokenizer
from ..windows import MS_PER_STEP, WindowGeometry


def stop_ids(
    tokenizer: Tokenizer, geometry: WindowGeometry, kind: ContextType, trim_back: bool, trim_ahead: bool
) -> frozenset[int]:
    """Ids that end the decoding of one window of ``kind``."""
    return frozenset(
        {
            *end_ids(tokenizer, kind),
            *(_lookback_ids(tokenizer, geometry) if trim_back else ()),
            *(_time_ids(tokenizer, geometry.lookahead_stop) if trim_ahead else ()),
        }
    )


def end_ids(tokenizer: Tokenizer, kind: ContextType) -> set[int]:
    """EOS and the closing id of ``kind``, where it has one."""
    closing = tokenizer.context_eos.get(kind)
    return {tokenizer.eos_id} if closing is None else {tokenizer.eos_id, closing}


def kept_ids(
    ids: Sequence[int],
    tokenizer: Tokenizer,
    geometry: WindowGeometry,
    kind: ContextType,
    trim_back: bool,
    trim_ahead: bool,
    types_first: bool,
) -> list[int]:
    """``ids`` without what ended them: closing ids, then a last time in the part of another window (with the type
    before it when types come first)."""
    kept, ends = list(ids), end_ids(tokenizer, kind)
    while kept and kept[-1] in ends:
        kept.pop()
    foreign = kept and (
        (trim_ahead and kept[-1] in _time_ids(tokenizer, geometry.lookahead_removal))
        or (trim_back and kept[-1] in _lookback_ids(tokenizer, geometry))
    )
    if foreign:
        del kept[-2 if types_first else -1 :]
    return kept


def events_of(ids: Iterable[int], tokenizer: Tokenizer, time: int) -> list[Event]:
    """Events of generated ids up to EOS, times absolute for a window that starts at ``time`` ms.

    Ids that are no event are skipped. A time becomes the middle of its 10 ms step, so that it encodes to the same id.
    """
    events = []
    for token in ids:
        if token == tokenizer.eos_id:
            break
        if not tokenizer.is_event(token):
            continue
        event = tokenizer.decode(token)
        if event.type == EventType.TIME_SHIFT:
            half = MS_PER_STEP // 2 if event.value >= 0 else 0
            event = Event(EventType.TIME_SHIFT, time + MS_PER_STEP * event.value + half)
        events.append(event)
    return events


def continued(stream: EventStream, events: Iterable[Event], end_time: float, types_first: bool) -> EventStream:
    """A new stream with ``events`` behind those of ``stream``; ``end_time`` (ms) is where the window ends."""
    result = EventStream([*stream.events, *events], list(stream.times))
    update_event_times(result.events, result.times, end_time, types_first=types_first)
    return result


def _lookback_ids(tokenizer: Tokenizer, geometry: WindowGeometry) -> range:
    first = tokenizer.event_start[EventType.TIME_SHIFT]
    return range(first + geometry.lookback_stop.start, first + geometry.lookback_stop.stop)


def _time_ids(tokenizer: Tokenizer, values: range) -> range:
    zero = tokenizer.event_start[EventType.TIME_SHIFT] - tokenizer.event_range[EventType.TIME_SHIFT].minimum
    return range(zero + values.start, zero + values.stop)
