"""The sequential loops of several maps side by side: windows that are alike share a decode call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .contexts import OutContext
from .engine import Engine
from .parallel import batch_size
from .progress import Progress, ProgressStep
from .sequential import next_window, trims, window_row, window_stops, with_window
from .state import PassState
from .walk import Decoded, Walk, decode


@dataclass(frozen=True)
class _Step:
    """The next window of one lane."""

    lane: int
    state: PassState
    out: OutContext
    trims: tuple[bool, bool]


def run_lanes(
    walks: Sequence[Walk],
    engine: Engine,
    states: Sequence[PassState],
    progress: Progress,
    save: Callable[[Sequence[PassState]], None] | None,
    max_batch_size: int,
) -> list[PassState]:
    """Walk every lane on from its state to the end; each goes the way that it would go alone.

    All walks are over the same windows of one engine. ``save`` gets the states of all lanes after each decode call.
    """
    current = list(states)
    while True:
        steps = []
        for lane, walk in enumerate(walks):
            current[lane], out = next_window(walk, current[lane])
            if out is not None:
                steps.append(_Step(lane, current[lane], out, trims(walk, current[lane].window)))
        if not steps:
            return current
        for batch in _batches(steps, batch_size(max_batch_size, walks[0].sampling)):
            _run_batch(walks, engine, batch, current, progress)
            if save is not None:
                save(current)


def _batches(steps: Sequence[_Step], size: int) -> list[list[_Step]]:
    """Steps that one decode call can do: of the same context, with the same ends. Those that lag behind go alone."""
    alike: dict[tuple[str, tuple[bool, bool]], list[_Step]] = {}
    for step in steps:
        alike.setdefault((step.out.kind.value, step.trims), []).append(step)
    return [group[first : first + size] for group in alike.values() for first in range(0, len(group), size)]


def _run_batch(
    walks: Sequence[Walk], engine: Engine, batch: Sequence[_Step], current: list[PassState], progress: Progress
) -> None:
    first = batch[0]
    walk, total = walks[first.lane], len(walks[first.lane].windows)
    if first.state.window == 0:
        progress(ProgressStep(first.out.kind.value, 0, total))
    decoded = decode(
        engine,
        [window_row(walks[step.lane], step.state) for step in batch],
        walk.sampling,
        window_stops(walk, first.out, first.trims),
        walk.builder.layout.tgt_seq_len,
        lookback_ms=walk.geometry.lookback_ms if first.trims[0] else 0.0,
    )
    for step, ids in zip(batch, decoded.rows, strict=True):
        alone = Decoded([ids], len(ids), decoded.seconds / len(batch))
        current[step.lane] = with_window(walks[step.lane], step.state, step.out, alone)
    done = current[first.lane].window
    progress(ProgressStep(first.out.kind.value, done, total, decoded.tokens, decoded.seconds))
