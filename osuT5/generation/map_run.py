"""One map of a run: its timing stage, its main pass, and the state between them (spec 03 section 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..beatmap.timing_lines import TimingLine, parse_timing_lines
from ..config import Conditions
from ..events.event import TIMING_TYPES, EventStream
from ..events.lists import merge, of_type
from ..events.streams import timing_stream
from ..timing.division import beat_division
from ..timing.redlines import red_lines_from_events
from ..timing.super_timing import super_timing_stream
from .grid import grid_of, reach_of
from .passes import LazyEngine, ModelSide, Pass, PassResult, Song, geometry_of, prepare_pass
from .plan import Plan, TimingSource
from .progress import PassStats
from .state import GenerationState
from .super_timing import draw_offsets, iteration_results, only_stream, prepare_iteration, run_iterations
from .templates import MANIA, PLACED
from .walk import Watch

WRITTEN = (TimingSource.SUPER, TimingSource.PASS)


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


class Engines:
    """Passes of one model over the same windows share their engine, and with it their encoder work."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self._samples = samples
        self._made: list[tuple[ModelSide, tuple[int, ...], LazyEngine]] = []

    def of(self, side: ModelSide, starts: Sequence[int]) -> LazyEngine:
        for known, windows, engine in self._made:
            if known is side and windows == tuple(starts):
                return engine
        engine = LazyEngine(side, self._samples, starts)
        self._made.append((side, tuple(starts), engine))
        return engine


def timing_conditions(conditions: Conditions) -> Conditions:
    """What the timing of a song may depend on: the mode and the style, not how hard a map of it is.

    So all difficulties of a song have one timing, and one pass serves them all.
    """
    return replace(
        conditions,
        beatmap_id=None,
        difficulty=None,
        hitsounded=True,
        hp_drain_rate=None,
        circle_size=None,
        overall_difficulty=None,
        approach_rate=None,
        slider_multiplier=1.4,
        slider_tick_rate=None,
        keycount=4,
        hold_note_ratio=None,
        scroll_speed_ratio=None,
    )


class MapRun:
    """The stages of one map. ``lane`` tells its rows apart from those of other maps in shared decode calls."""

    def __init__(
        self,
        song: Song,
        model: ModelSide,
        timing_model: ModelSide,
        plan: Plan,
        rng: np.random.RandomState,
        lane: int = 0,
        state: GenerationState | None = None,
    ) -> None:
        self.song, self.model, self.timing_model, self.plan, self.lane = song, model, timing_model, plan, lane
        self.state = state or GenerationState()
        self.passes: list[tuple[str, PassResult]] = []
        self.stats: dict[str, PassStats] = {}
        if self.state.timing_stats[0]:
            self.stats["timing"] = PassStats(*self.state.timing_stats)
        self.offsets: tuple[int, ...] = ()
        if plan.timing == TimingSource.SUPER:  # drawn in any case, for those who draw from rng later
            window_ms = geometry_of(timing_model.layout, song.options).window_ms
            self.offsets = draw_offsets(rng, window_ms, song.options.timer_iterations)

    @property
    def timing_song(self) -> Song:
        """The song as the timing stage is asked about it."""
        if self.song.compat.published("timing_conditions"):
            return self.song
        return replace(self.song, conditions=timing_conditions(self.song.conditions))

    @property
    def must_write_timing(self) -> bool:
        return self.state.stage == "timing" and self.plan.timing in WRITTEN

    def take_known_timing(self, given: Sequence[TimingLine] | None) -> None:
        """Fill the state's timing where no model has to write it."""
        if self.plan.timing == TimingSource.GIVEN and given is not None:
            length = self.song.length_ms(self.model.layout.sample_rate)
            self._set_timing(timing_stream(list(given), self.model.layout, length), given)
        elif self.plan.timing == TimingSource.REFERENCE:
            points = [] if self.song.reference is None else self.song.reference.timing_points
            lines = parse_timing_lines(point.text for point in points)
            self._set_timing(None, [line for line in lines if line.parent is None])

    def write_timing(self, engines: Engines, watch: Watch) -> None:
        """Run the timing pass, or super timing."""
        events = self._super_timing(watch) if self.plan.timing == TimingSource.SUPER else self._pass(engines, watch)
        leniency = self.song.options.timing_leniency
        self._set_timing(events, red_lines_from_events(events.events, self.timing_model.layout.types_first, leniency))

    def take_timing(self, other: MapRun) -> None:
        """Take over the timing that another map of the song has written."""
        assert other.state.timing is not None
        self._set_timing(other.state.timing_events, other.state.timing)

    def prepare_main(self) -> Pass | None:
        """The pass that writes the map; None where nothing but timing was asked for."""
        if self.plan.main_choice is None:
            return None
        supplied = self.plan.timing in (TimingSource.GIVEN, *WRITTEN)
        timing = self.state.timing if supplied else None
        mania = self.song.conditions.gamemode == MANIA
        keys = int(self.song.conditions.keycount or 0) if mania else 0
        together = mania or self.model.layout.types_first
        placed = self.song.conditions.gamemode in PLACED
        reach = reach_of(self.model.layout, self.song.options.quick_reach) if placed else None
        grid = grid_of(self.state.timing, self._divisors(), together, keys, reach)
        choice, given = self.plan.main_choice, self.plan.given
        return prepare_pass(self.song, self.model, choice, given, timing=timing, lane=self.lane, grid=grid)

    def _divisors(self) -> Sequence[int]:
        if self.song.options.grid_divisors is not None:
            return self.song.options.grid_divisors
        red = [line for line in self.state.timing or () if line.parent is None]
        return [beat_division(self.song.samples, self.model.layout.sample_rate, red)] if red else []

    def result(self, main: PassResult | None) -> GenerationResult:
        """Merge the requested contexts."""
        if main is not None:
            self._note("main", main)
        contexts = {} if main is None else main.streams
        stream = reduce(merge, contexts.values()) if contexts else self.state.timing_events or EventStream()
        timing = None if self.state.timing is None else list(self.state.timing)
        if self.plan.timing == TimingSource.MAIN:
            types_first, leniency = self.model.layout.types_first, self.song.options.timing_leniency
            timing = red_lines_from_events(stream.events, types_first, leniency)
        return GenerationResult(stream, timing, contexts, self.plan, self.passes, self.stats)

    def _pass(self, engines: Engines, watch: Watch) -> EventStream:
        assert self.plan.timing_choice is not None
        ready = prepare_pass(self.timing_song, self.timing_model, self.plan.timing_choice, (), lane=self.lane)
        engine = engines.of(self.timing_model, ready.walk.windows.starts)
        result, _ = ready.run(engine, self.state.current, watch)
        self._note("timing", result)
        return of_type(only_stream(result), TIMING_TYPES)

    def _super_timing(self, watch: Watch) -> EventStream:
        assert self.plan.timing_choice is not None
        song, layout = self.timing_song, self.timing_model.layout
        self.state = replace(self.state, offsets=self.state.offsets or self.offsets)
        iterations = [
            prepare_iteration(song, self.timing_model, self.plan.timing_choice, offset) for offset in self.state.offsets
        ]
        current = run_iterations(song, self.timing_model, iterations, self.state.current, watch)
        results = iteration_results(iterations, current)
        self.passes += [("super timing", result) for result in results]
        self.stats["timing"] = PassStats(current.tokens, current.seconds)
        return super_timing_stream(
            [(only_stream(result).events, offset) for result, offset in zip(results, self.state.offsets, strict=True)],
            len(song.samples) * 1000 // layout.sample_rate,
            song.options.timer_bpm_threshold,
            layout.types_first,
        )

    def _set_timing(self, events: EventStream | None, lines: Sequence[TimingLine]) -> None:
        """End the timing stage; the state of a resumed main stage is kept."""
        current = self.state.current if self.state.stage == "main" else GenerationState().current
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
