"""The steps of the sequential loop: each context over the whole song, window by window, before the next one (spec 03 section 8)."""

from __future__ import annotations

from dataclasses import replace

from .contexts import OutContext, until
from .seams import continued, events_of, kept_ids, stop_ids
from .state import PassState
from .walk import Decoded, Row, Walk

Trims = tuple[bool, bool]  # whether the look-back and the look-ahead part of a window belong to other windows


def start_sequential(walk: Walk) -> PassState:
    """The state before the first window."""
    return PassState(streams={out.kind.value: out.stream for out in walk.outs})


def next_window(walk: Walk, state: PassState) -> tuple[PassState, OutContext | None]:
    """``state`` at the next window to decode, and the context that it is of; None at the end.

    At the end the state's streams are complete but not finished (section 8.2).
    """
    while state.context < len(walk.outs):
        out = walk.outs[state.context]
        if not out.given and state.window < len(walk.windows):
            return state, out
        state = replace(state, context=state.context + 1, window=0)
    return state, None


def trims(walk: Walk, window: int) -> Trims:
    """Whether earlier windows wrote the look-back part, and later ones will write the look-ahead part."""
    return window > 0 and walk.geometry.lookback_ms > 0, window < len(walk.windows) - 1


def window_row(walk: Walk, state: PassState) -> Row:
    """The row that continues the context at the state's window."""
    start = walk.windows.times[state.window]
    shown = [replace(each, stream=state.streams[each.kind.value]) for each in walk.outs[: state.context + 1]]
    prompt, times = walk.builder.build(shown, start), walk.times_at(start, shown[-1].kind)
    return Row(state.window, prompt, walk.conditions_at(start), walk.lane, times)


def window_stops(walk: Walk, out: OutContext, ends: Trims) -> frozenset[int]:
    """Ids that end a window of ``out``."""
    return stop_ids(walk.builder.tokenizer, walk.geometry, out.kind, *ends)


def with_window(walk: Walk, state: PassState, out: OutContext, decoded: Decoded) -> PassState:
    """The state after the window's ids have become events of its context."""
    trim_back, trim_ahead = trims(walk, state.window)
    tokenizer, start, name = walk.builder.tokenizer, walk.windows.times[state.window], out.kind.value
    ids = kept_ids(decoded.rows[0], tokenizer, walk.geometry, out.kind, trim_back, trim_ahead, walk.types_first)
    events = events_of(ids, tokenizer, start)
    stream = continued(state.streams[name], events, walk.window_end(start), walk.types_first)
    if trim_ahead:
        stream = until(stream, start + walk.geometry.keep_limit)
    return replace(
        state,
        streams={**state.streams, name: stream},
        window=state.window + 1,
        tokens=state.tokens + decoded.tokens,
        seconds=state.seconds + decoded.seconds,
    )
