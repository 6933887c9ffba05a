"""One pass: its contexts, prompts and windows put together, walked, and finished (spec 03 sections 6 to 10)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..beatmap import Beatmap
from ..beatmap.timing_lines import TimingLine
from ..compat import Compat
from ..config import Conditions, DataLayout, GenerationOptions
from ..events.event import ContextType, EventStream
from ..tokenizer import Tokenizer
from ..windows import WindowGeometry, Windows, cut_song, padded_song, part_of
from .contexts import ContextSource
from .engine import DecodeRequest, Engine, RowConditions
from .finish import finish
from .grid import Grid
from .lanes import run_lanes
from .parallel import parallel_rows, parallel_streams, run_parallel
from .progress import PassStats
from .prompt import PromptBuilder
from .sequential import start_sequential
from .state import PassState
from .templates import TemplateChoice
from .walk import Row, Walk, Watch

# Makes the engine for windows of one song: its samples (f32, mono, padded with silence so that every window lies
# inside) and the first sample of each window.
EngineFactory = Callable[[NDArray[np.float32], Sequence[int]], Engine]

_DEFAULT_STARS = 5.0


@dataclass(frozen=True)
class ModelSide:
    """A checkpoint as the loop sees it."""

    tokenizer: Tokenizer
    layout: DataLayout
    engine_factory: EngineFactory


class LazyEngine:
    """The engine of a model for windows at ``starts``, which may lie before the song; built at the first call, for a
    pass may have nothing left to decode."""

    def __init__(self, side: ModelSide, samples: NDArray[np.float32], starts: Sequence[int]) -> None:
        self._side, self._samples, self._starts = side, samples, starts
        self._engine: Engine | None = None

    def decode(self, request: DecodeRequest) -> list[list[int]]:
        if self._engine is None:
            self._engine = self._side.engine_factory(
                *padded_song(self._samples, self._starts, self._side.layout.window_samples)
            )
        return self._engine.decode(request)


@dataclass(frozen=True)
class Song:
    """What all passes of a run share. ``reference_conditions`` describe the reference map (stars, mode, ...)."""

    samples: NDArray[np.float32]
    conditions: Conditions
    options: GenerationOptions
    reference: Beatmap | None = None
    reference_conditions: Conditions | None = None
    compat: Compat = field(default_factory=Compat)

    def length_ms(self, sample_rate: int) -> float:
        return len(self.samples) / sample_rate * 1000


@dataclass(frozen=True)
class PassResult:
    """Finished streams of the requested contexts, by wire name in template order."""

    inputs: tuple[str, ...]
    streams: dict[str, EventStream]
    stats: PassStats


def geometry_of(layout: DataLayout, options: GenerationOptions) -> WindowGeometry:
    """Window lengths of a model under these options. Raises ``WindowError``."""
    return WindowGeometry(
        layout.window_samples, layout.sample_rate, options.lookback, options.lookahead, layout.max_time_shift
    )


def windows_of(samples: int, geometry: WindowGeometry, options: GenerationOptions, compat: Compat) -> Windows:
    """The windows of the wanted part of a song."""
    exact = not compat.published("float32_window_times")
    windows = cut_song(samples, geometry, parallel=options.parallel, exact_times=exact)
    return part_of(windows, geometry, options.start_time, options.end_time, exact=exact)


@dataclass(frozen=True)
class Pass:
    """A pass that is ready to run."""

    choice: TemplateChoice
    source: ContextSource
    options: GenerationOptions
    walk: Walk
    compat: Compat

    def run(self, engine: Engine, state: PassState, watch: Watch) -> tuple[PassResult, PassState]:
        """Walk on from ``state`` (``PassState()`` at the start) and finish the requested contexts."""
        state = self.walked(engine, state, watch)
        return self.finished(state), state

    def walked(self, engine: Engine, state: PassState, watch: Watch) -> PassState:
        """The state at the end of the walk."""
        if self.options.parallel:
            return self._walked_parallel(engine, state, watch)
        started = state if state.streams else start_sequential(self.walk)

        def save(states: Sequence[PassState]) -> None:
            watch.saved(states[0])

        return run_lanes([self.walk], engine, [started], watch.progress, save, self.options.max_batch_size)[0]

    def finished(self, state: PassState) -> PassResult:
        """The requested contexts of a walk that is at its end."""
        streams = self._parallel_streams(state) if self.options.parallel else state.streams
        return self.result(streams, PassStats(state.tokens, state.seconds))

    def result(self, streams: dict[str, EventStream], stats: PassStats) -> PassResult:
        finished = {
            name: finish(ContextType(name), streams[name], self.source, self.options) for name in self.choice.requested
        }
        return PassResult(self.choice.template.inputs, finished, stats)

    def _walked_parallel(self, engine: Engine, state: PassState, watch: Watch) -> PassState:
        if self._appends_to_given or any(not out.given for out in self.walk.outs):
            return run_parallel(self.walk, engine, self._rows(), state, watch, self.options.max_batch_size)
        return state

    def _parallel_streams(self, state: PassState) -> dict[str, EventStream]:
        return parallel_streams(self.walk, self._rows(), state.rows, append_to_given=self._appends_to_given)

    @property
    def _appends_to_given(self) -> bool:
        return self.compat.published("parallel_given_contexts")

    def _rows(self) -> list[Row]:
        return parallel_rows(self.walk, show_given=not self._appends_to_given)


def prepare_pass(
    song: Song,
    side: ModelSide,
    choice: TemplateChoice,
    given: Collection[str],
    *,
    options: GenerationOptions | None = None,
    timing: Sequence[TimingLine] | None = None,
    windows: Windows | None = None,
    song_length_ms: float | None = None,
    lane: int = 0,
    grid: Grid | None = None,
) -> Pass:
    """Everything that a pass needs but the engine.

    ``options``, ``windows`` and ``song_length_ms`` replace those of the song; ``lane`` marks its rows; ``grid`` says where
    times of a map may lie. Raises ``TemplateError`` where a context
    needs a reference map, ``TokenizerError`` for conditions that the vocabulary does not cover.
    """
    options = options or song.options
    geometry = geometry_of(side.layout, options)
    length = song.length_ms(side.layout.sample_rate) if song_length_ms is None else song_length_ms
    source = ContextSource(
        side.tokenizer, side.layout, song.conditions, length, song.reference, song.reference_conditions,
        None if timing is None else list(timing),
    )  # fmt: skip
    seed = options.start_time if options.add_to_beatmap else None
    builder = PromptBuilder(
        side.tokenizer,
        side.layout,
        length,
        geometry.window_ms,
        choice.template,
        source.in_contexts(choice.template),
        source.class_ids(),
        source.class_ids(negative=True) if options.sampling.cfg_scale > 1 else None,
    )
    walk = Walk(
        builder,
        source.out_contexts(choice.walked, given, seed),
        windows_of(len(song.samples), geometry, options, song.compat) if windows is None else windows,
        geometry,
        options.sampling,
        _row_conditions(song.conditions, side.tokenizer),
        lane,
        grid,
    )
    return Pass(choice, source, options, walk, song.compat)


def _row_conditions(conditions: Conditions, tokenizer: Tokenizer) -> RowConditions:
    tables = tokenizer.tables
    return RowConditions(
        difficulty=_DEFAULT_STARS if conditions.difficulty is None else conditions.difficulty,
        mapper_index=-1 if conditions.mapper_id is None else tables.mapper_idx.get(conditions.mapper_id, -1),
        beatmap_index=-1 if conditions.beatmap_id is None else tables.beatmap_idx.get(conditions.beatmap_id, -1),
    )
