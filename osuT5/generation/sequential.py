"""The sequential loop: each context over the whole song, window by window, before the next one (spec 03 section 8)."""

from __future__ import annotations

from dataclasses import replace

from .contexts import OutContext, until
from .engine import Engine
from .progress import ProgressStep
from .seams import continued, events_of, kept_ids, stop_ids
from .state import PassState
from .walk import Decoded, Row, Walk, Watch, decode


def start_sequential(walk: Walk) -> PassState:
    """The state before the first window."""
    return PassState(streams={out.kind.value: out.stream for out in walk.outs})


def run_sequential(walk: Walk, engine: Engine, state: PassState, watch: Watch) -> PassState:
    """Walk on from ``state`` to the end; the result's streams are complete but not finished (section 8.2)."""
    total = len(walk.windows)
    while state.context < len(walk.outs):
        out = walk.outs[state.context]
        if out.given or state.window >= total:
            state = replace(state, context=state.context + 1, window=0)
            continue
        if state.window == 0:
            watch.progress(ProgressStep(out.kind.value, 0, total))
        decoded = _decode_window(walk, engine, state, out)
        state = _with_window(walk, state, out, decoded)
        watch.progress(ProgressStep(out.kind.value, state.window, total, decoded.tokens, decoded.seconds))
        watch.saved(state)
    return state


def _decode_window(walk: Walk, engine: Engine, state: PassState, out: OutContext) -> Decoded:
    trim_back, trim_ahead = _trims(walk, state.window)
    start = walk.windows.times[state.window]
    shown = [replace(each, stream=state.streams[each.kind.value]) for each in walk.outs[: state.context + 1]]
    return decode(
        engine,
        [Row(state.window, walk.builder.build(shown, start), walk.conditions_at(start))],
        walk.sampling,
        stop_ids(walk.builder.tokenizer, walk.geometry, out.kind, trim_back, trim_ahead),
        walk.builder.layout.tgt_seq_len,
        lookback_ms=walk.geometry.lookback_ms if trim_back else 0.0,
    )


def _with_window(walk: Walk, state: PassState, out: OutContext, decoded: Decoded) -> PassState:
    """The state after the window's ids have become events of its context."""
    trim_back, trim_ahead = _trims(walk, state.window)
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


def _trims(walk: Walk, window: int) -> tuple[bool, bool]:
    """Whether earlier windows wrote the look-back part, and later ones will write the look-ahead part."""
    return window > 0 and walk.geometry.lookback_ms > 0, window < len(walk.windows) - 1
