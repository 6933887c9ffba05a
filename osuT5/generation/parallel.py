"""Parallel mode: windows side by side, all contexts of a window from one decode call (spec 03 section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..config import Sampling
from ..events.event import EventStream
from .contexts import OutContext
from .engine import Engine
from .progress import ProgressStep
from .seams import continued, events_of
from .state import PassState
from .walk import Decoded, Row, Walk, Watch, decode


def batch_size(max_batch_size: int, sampling: Sampling) -> int:
    """Windows that fit one call; beams and guidance multiply decoder rows."""
    return max(1, max_batch_size // sampling.num_beams // (2 if sampling.cfg_scale > 1 else 1))


def longest_prompt(rows: Sequence[Row]) -> int:
    """Ids of the longest prompt, negative ones included."""
    return max(len(ids) for row in rows for ids in (row.prompt.ids, row.prompt.negative or []))


def parallel_rows(walk: Walk, show_given: bool) -> list[Row]:
    """All windows of a walk.

    Their prompts show the first context alone; with ``show_given`` all leading given contexts and the first to write.
    """
    count = 1
    while show_given and count < len(walk.outs) and walk.outs[count - 1].given:
        count += 1
    shown = walk.outs[:count]
    return [
        Row(index, walk.builder.build(shown, start, show_last=shown[-1].given), walk.conditions_at(start), walk.lane)
        for index, start in enumerate(walk.windows.times)
    ]


def run_parallel(
    walk: Walk, engine: Engine, rows: Sequence[Row], state: PassState, watch: Watch, max_batch_size: int
) -> PassState:
    """Decode the rows that ``state`` lacks ids for, in batches."""
    label, longest = "+".join(out.kind.value for out in walk.outs), longest_prompt(rows)
    size = batch_size(max_batch_size, walk.sampling)
    if not state.rows:
        watch.progress(ProgressStep(label, 0, len(rows)))
    while len(state.rows) < len(rows):
        batch = rows[len(state.rows) : len(state.rows) + size]
        decoded = decode_batch(walk, engine, batch, longest)
        state = with_rows(state, decoded)
        watch.progress(ProgressStep(label, len(state.rows), len(rows), decoded.tokens, decoded.seconds))
        watch.saved(state)
    return state


def decode_batch(walk: Walk, engine: Engine, batch: Sequence[Row], pad_to: int) -> Decoded:
    """One call; nothing but EOS ends a row."""
    stops = frozenset({walk.builder.tokenizer.eos_id})
    return decode(engine, batch, walk.sampling, stops, walk.builder.layout.tgt_seq_len, pad_to=pad_to)


def with_rows(state: PassState, decoded: Decoded) -> PassState:
    """``state`` with the rows of one more batch."""
    return replace(
        state,
        rows=(*state.rows, *map(tuple, decoded.rows)),
        tokens=state.tokens + decoded.tokens,
        seconds=state.seconds + decoded.seconds,
    )


def parallel_streams(
    walk: Walk, rows: Sequence[Row], ids: Sequence[Sequence[int]], append_to_given: bool
) -> dict[str, EventStream]:
    """Streams of all walked contexts, by wire name, from the new ``ids`` of each row.

    ``append_to_given`` adds to given contexts what the rows hold of them.
    """
    streams = {}
    for out in walk.outs:
        stream = out.stream
        if append_to_given or not out.given:
            for start, row, new in zip(walk.windows.times, rows, ids, strict=True):
                events = events_of(_part(walk, out, [*row.prompt.ids, *new]), walk.builder.tokenizer, start)
                stream = continued(stream, events, walk.window_end(start), walk.types_first)
        streams[out.kind.value] = stream
    return streams


def _part(walk: Walk, out: OutContext, row: list[int]) -> list[int]:
    """The ids of one context in a row: between its opening and its closing id, or behind SOS where it has none."""
    tokenizer = walk.builder.tokenizer
    if not walk.builder.layout.add_out_context_types:
        return row[row.index(tokenizer.sos_id) + 1 :]
    opening, closing = tokenizer.context_sos[out.kind], tokenizer.context_eos[out.kind]
    if opening not in row or closing not in row:
        return []
    return row[row.index(opening) + 1 : row.index(closing)]
