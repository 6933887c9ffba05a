"""A whole run: song and conditions in, events and red lines out; before resnapping and writing (spec 03 section 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..beatmap import Beatmap
from ..beatmap.timing_lines import TimingLine, parse_timing_lines
from ..compat import Compat
from ..config import Conditions, DataLayout, GenerationOptions
from ..events.event import TIMING_TYPES, EventStream
from ..events.lists import merge, of_type
from ..events.streams import timing_stream
from ..timing.redlines import red_lines_from_events
from ..timing.super_timing import super_timing_stream
from .engine import Engine
from .passes import LazyEngine, ModelSide, PassResult, Song, geometry_of, prepare_pass
from .plan import Plan, TimingSource, plan_run, read_from_map
from .progress import PassStats, Progress, no_progress
from .state import GenerationState, PassState, SaveState
from .super_timing import draw_offsets, iteration_results, only_stream, prepare_iteration, run_iterations
from .templates import TemplateError, names
from .walk import Watch


@dataclass(frozen=True)
class GenerationResult:
    """Events of the requested contexts, merged by time, and the red lines (None: the run has no timing of its own).

    ``contexts`` are the requested streams by wire name, ``passes`` every pass in order with its name and streams.
    """

    stream: EventStream
    timing: list[TimingLine] | None
    contexts: dict[str, EventStream]
    plan: Plan
    passes: list[tuple[str, PassResult]] = field(default_factory=list)
    stats: dict[str, PassStats] = field(default_factory=dict)


def generate(
    samples: NDArray[np.float32],
    model: ModelSide,
    conditions: Conditions,
    options: GenerationOptions,
    *,
    rng: np.random.RandomState,
    reference: Beatmap | None = None,
    reference_conditions: Conditions | None = None,
    timing: Sequence[TimingLine] | None = None,
    timing_model: ModelSide | None = None,
    compat: Compat | None = None,
    progress: Progress = no_progress,
    state: GenerationState | None = None,
    save: SaveState | None = None,
) -> GenerationResult:
    """Run all passes over a song (f32, mono, at the model's sample rate).

    ``timing`` are red lines that the caller knows (user's tempo, analysis of the audio). ``timing_model`` writes the
    timing in place of ``model``. ``save`` gets the state after each decode call; ``state``, one that it got, continues
    that run, given the same arguments and a fresh ``rng``; a sampling engine's generator is for the caller to save.
    Raises ``TemplateError``, ``WindowError``, ``TokenizerError`` and ``PromptError`` for requests that the
    model can't meet; the first two before any decoding.
    """
    song = Song(samples, conditions, options, reference, reference_conditions, compat or Compat())
    plan = plan_run(
        model.layout,
        options,
        conditions.gamemode,
        song.compat,
        timing_given=timing is not None,
        timing_layout=None if timing_model is None else timing_model.layout,
    )
    if reference is None:
        _refuse_without_map(plan, model.layout, options)
    run = _Run(song, model, timing_model or model, plan, rng, progress, save, state or GenerationState())
    run.timing_stage(timing)
    return run.main_stage()


def _refuse_without_map(plan: Plan, layout: DataLayout, options: GenerationOptions) -> None:
    wanted = read_from_map(plan, layout, options)
    if plan.timing == TimingSource.REFERENCE and not wanted:
        wanted = ["timing"]
    if wanted:
        raise TemplateError(
            f"in_context, add_to_beatmap: {names(wanted)} would be read from a reference map; give beatmap_path"
        )


class _Run:
    """The stages of one run, and the state between them."""

    def __init__(
        self,
        song: Song,
        model: ModelSide,
        timing_model: ModelSide,
        plan: Plan,
        rng: np.random.RandomState,
        progress: Progress,
        save: SaveState | None,
        state: GenerationState,
    ) -> None:
        self.song, self.model, self.timing_model, self.plan = song, model, timing_model, plan
        self.progress, self.save, self.state = progress, save, state
        self.engine: LazyEngine | None = None  # of the main model, shared by its passes
        self.passes: list[tuple[str, PassResult]] = []
        self.stats: dict[str, PassStats] = {}
        if state.timing_stats[0]:
            self.stats["timing"] = PassStats(*state.timing_stats)
        self.offsets: tuple[int, ...] = ()
        if plan.timing == TimingSource.SUPER:  # drawn in any case, for those who draw from rng later
            window_ms = geometry_of(timing_model.layout, song.options).window_ms
            self.offsets = draw_offsets(rng, window_ms, song.options.timer_iterations)

    def timing_stage(self, given: Sequence[TimingLine] | None) -> None:
        """Fill the state's timing where it does not come from the reference or the main pass."""
        if self.plan.timing == TimingSource.GIVEN and given is not None:
            length = self.song.length_ms(self.model.layout.sample_rate)
            self._set_timing(timing_stream(list(given), self.model.layout, length), given)
        elif self.plan.timing == TimingSource.REFERENCE:
            points = [] if self.song.reference is None else self.song.reference.timing_points
            lines = parse_timing_lines(point.text for point in points)
            self._set_timing(None, [line for line in lines if line.parent is None])
        elif self.state.stage == "timing" and self.plan.timing in (TimingSource.SUPER, TimingSource.PASS):
            events = self._super_timing() if self.plan.timing == TimingSource.SUPER else self._timing_pass()
            leniency = self.song.options.timing_leniency
            lines = red_lines_from_events(events.events, self.timing_model.layout.types_first, leniency)
            self._set_timing(events, lines)

    def main_stage(self) -> GenerationResult:
        """Write the requested contexts and merge them."""
        contexts = self._main_pass() if self.plan.main_choice is not None else {}
        stream = reduce(merge, contexts.values()) if contexts else self.state.timing_events or EventStream()
        timing = None if self.state.timing is None else list(self.state.timing)
        if self.plan.timing == TimingSource.MAIN:
            types_first, leniency = self.model.layout.types_first, self.song.options.timing_leniency
            timing = red_lines_from_events(stream.events, types_first, leniency)
        return GenerationResult(stream, timing, contexts, self.plan, self.passes, self.stats)

    def _timing_pass(self) -> EventStream:
        assert self.plan.timing_choice is not None
        ready = prepare_pass(self.song, self.timing_model, self.plan.timing_choice, ())
        engine = self._engine_for(self.timing_model, ready.walk.windows.starts)
        result, _ = ready.run(engine, self.state.current, self._watch())
        self._note("timing", result)
        return of_type(only_stream(result), TIMING_TYPES)

    def _super_timing(self) -> EventStream:
        assert self.plan.timing_choice is not None
        options, layout = self.song.options, self.timing_model.layout
        self.state = replace(self.state, offsets=self.state.offsets or self.offsets)
        iterations = [
            prepare_iteration(self.song, self.timing_model, self.plan.timing_choice, offset)
            for offset in self.state.offsets
        ]
        current = run_iterations(self.song, self.timing_model, iterations, self.state.current, self._watch())
        results = iteration_results(iterations, current)
        self.passes += [("super timing", result) for result in results]
        self.stats["timing"] = PassStats(current.tokens, current.seconds)
        return super_timing_stream(
            [(only_stream(result).events, offset) for result, offset in zip(results, self.state.offsets, strict=True)],
            len(self.song.samples) * 1000 // layout.sample_rate,
            options.timer_bpm_threshold,
            layout.types_first,
        )

    def _main_pass(self) -> dict[str, EventStream]:
        assert self.plan.main_choice is not None
        supplied = self.plan.timing in (TimingSource.GIVEN, TimingSource.SUPER, TimingSource.PASS)
        timing = self.state.timing if supplied else None
        ready = prepare_pass(self.song, self.model, self.plan.main_choice, self.plan.given, timing=timing)
        engine = self._engine_for(self.model, ready.walk.windows.starts)
        result, _ = ready.run(engine, self.state.current, self._watch())
        self._note("main", result)
        return result.streams

    def _engine_for(self, side: ModelSide, starts: Sequence[int]) -> Engine:
        """Passes of one model walk the same windows and share their encoder work."""
        if side is not self.model:
            return LazyEngine(side, self.song.samples, starts)
        if self.engine is None:
            self.engine = LazyEngine(side, self.song.samples, starts)
        return self.engine

    def _watch(self) -> Watch:
        return Watch(self.progress, None if self.save is None else self._save_current)

    def _save_current(self, current: PassState) -> None:
        if self.save is not None:
            self.save(replace(self.state, current=current))

    def _set_timing(self, events: EventStream | None, lines: Sequence[TimingLine]) -> None:
        """End the timing stage; the state of a resumed main stage is kept."""
        current = self.state.current if self.state.stage == "main" else PassState()
        stats = self.stats.get("timing", PassStats())
        self.state = replace(
            self.state,
            stage="main",
            current=current,
            timing_events=events,
            timing=tuple(lines),
            timing_stats=(stats.tokens, stats.seconds),
        )

    def _note(self, name: str, result: PassResult) -> None:
        self.passes.append((name, result))
        self.stats[name] = result.stats
