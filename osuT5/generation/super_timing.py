"""Super timing's model side: the song shifted by random offsets, and its beats written for each shift (spec 03 section 11, steps 1 and 2).

The statistics over the iterations are in :mod:`osuT5.timing.super_timing`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..config import DataLayout, GenerationOptions
from ..events.event import EventStream
from ..windows import Windows, cut_song, part_of
from .parallel import batch_size, decode_batch, longest_prompt, parallel_rows, parallel_streams, with_rows
from .passes import LazyEngine, ModelSide, Pass, PassResult, Song, geometry_of, prepare_pass
from .progress import PassStats, ProgressStep
from .state import PassState
from .templates import TemplateChoice
from .walk import Row, Watch

_LABEL = "timing"


@dataclass(frozen=True)
class Iteration:
    """One shifted reading of the song. Its events are ``offset`` ms later than in the song."""

    offset: int
    ready: Pass
    rows: list[Row]
    starts: tuple[int, ...]  # first sample of each window, in the song


def draw_offsets(rng: np.random.RandomState, window_ms: float, count: int) -> tuple[int, ...]:
    """Shifts in ms, up to half a window either way; the first draws of a run."""
    half = math.floor(window_ms / 2)
    return tuple(int(rng.randint(-half, half)) for _ in range(count))


def timer_options(options: GenerationOptions) -> GenerationOptions:
    """The options that an iteration runs with: no sampling, windows side by side, no remapping."""
    sampling = replace(
        options.sampling,
        do_sample=False,
        num_beams=options.timer_num_beams,
        cfg_scale=options.timer_cfg_scale or options.sampling.cfg_scale,
        top_p=1.0,
        top_k=50,
    )
    return replace(options, sampling=sampling, parallel=True, add_to_beatmap=False)


def prepare_iteration(song: Song, side: ModelSide, choice: TemplateChoice, offset: int) -> Iteration:
    """Windows and prompts of the song with silence before it (positive offset) or without its beginning."""
    options = timer_options(song.options)
    if not song.compat.published("super_timing_iterations"):
        options = replace(
            options, start_time=_moved(options.start_time, offset), end_time=_moved(options.end_time, offset)
        )
    shift = offset * side.layout.sample_rate // 1000 if offset > 0 else -(-offset * side.layout.sample_rate // 1000)
    removed = min(max(-shift, 0), len(song.samples))
    windows = _shifted_windows(len(song.samples) + max(shift, -removed), side.layout, options, song)
    # The silence put before the song does not count; published prompts say so.
    length = (len(song.samples) - removed) / side.layout.sample_rate * 1000
    ready = prepare_pass(song, side, choice, (), options=options, windows=windows, song_length_ms=length)
    return Iteration(
        offset, ready, parallel_rows(ready.walk, show_given=False), tuple(s - shift for s in windows.starts)
    )


def run_iterations(
    song: Song, side: ModelSide, iterations: Sequence[Iteration], state: PassState, watch: Watch
) -> PassState:
    """Decode the rows of all iterations that ``state`` lacks, in order; batches cross iterations under ``corrected``."""
    total = sum(len(iteration.rows) for iteration in iterations)
    if not state.rows:
        watch.progress(ProgressStep(_LABEL, 0, total))
    engine = LazyEngine(side, song.samples, [start for iteration in iterations for start in iteration.starts])
    first = 0
    for group in _groups(iterations, song.compat.published("super_timing_iterations")):
        rows = [row for iteration in group for row in iteration.rows]
        rows = [replace(row, window=first + index) for index, row in enumerate(rows)]
        longest = longest_prompt(rows)
        walk = group[0].ready.walk
        size = batch_size(song.options.max_batch_size, walk.sampling)
        while len(state.rows) < first + len(rows):
            begin = len(state.rows) - first
            decoded = decode_batch(walk, engine, rows[begin : begin + size], longest)
            state = with_rows(state, decoded)
            watch.progress(ProgressStep(_LABEL, len(state.rows), total, decoded.tokens, decoded.seconds))
            watch.saved(state)
        first += len(rows)
    return state


def iteration_results(iterations: Sequence[Iteration], state: PassState) -> list[PassResult]:
    """What each iteration wrote, times still shifted."""
    results, first = [], 0
    for iteration in iterations:
        ids = state.rows[first : first + len(iteration.rows)]
        first += len(iteration.rows)
        streams = parallel_streams(iteration.ready.walk, iteration.rows, ids, append_to_given=False)
        results.append(iteration.ready.result(streams, PassStats(sum(map(len, ids)))))
    return results


def only_stream(result: PassResult) -> EventStream:
    """The one context that an iteration writes."""
    (stream,) = result.streams.values()
    return stream


def _groups(iterations: Sequence[Iteration], one_by_one: bool) -> list[Sequence[Iteration]]:
    return [[iteration] for iteration in iterations] if one_by_one else [iterations]


def _shifted_windows(samples: int, layout: DataLayout, options: GenerationOptions, song: Song) -> Windows:
    geometry = geometry_of(layout, options)
    exact = not song.compat.published("float32_window_times")
    windows = cut_song(samples, geometry, parallel=True, exact_times=exact)
    return part_of(windows, geometry, options.start_time, options.end_time, exact=exact)


def _moved(time: float | None, offset: int) -> float | None:
    return None if time is None else time + offset
