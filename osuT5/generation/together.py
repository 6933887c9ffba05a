"""Several maps of one song: one timing for all, encoder work shared, and their windows decoded as one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..beatmap import Beatmap
from ..beatmap.timing_lines import TimingLine
from ..compat import Compat
from ..config import Conditions, DataLayout, GenerationOptions
from .lanes import run_lanes
from .map_run import WRITTEN, Engines, GenerationResult, MapRun
from .passes import ModelSide, Pass, Song
from .plan import Plan, TimingSource, plan_run, read_from_map
from .progress import Progress, no_progress
from .sequential import start_sequential
from .state import GenerationState, PassState
from .templates import TemplateError, names
from .walk import Watch

SaveStates = Callable[[list[GenerationState]], None]


@dataclass(frozen=True)
class MapJob:
    """One map to make. ``reference_conditions`` describe the reference map; ``timing`` are red lines that the caller knows.

    Jobs of one run may differ in all but the part of the song and the way the windows are walked.
    """

    conditions: Conditions
    options: GenerationOptions
    rng: np.random.RandomState
    reference: Beatmap | None = None
    reference_conditions: Conditions | None = None
    timing: Sequence[TimingLine] | None = None


def generate_together(
    samples: NDArray[np.float32],
    model: ModelSide,
    jobs: Sequence[MapJob],
    *,
    timing_model: ModelSide | None = None,
    compat: Compat | None = None,
    progress: Progress = no_progress,
    states: Sequence[GenerationState] | None = None,
    save: SaveStates | None = None,
    share_stream: Callable[[int, int], None] = lambda source, target: None,
) -> list[GenerationResult]:
    """The result of every job, in order; under greedy decoding equal to that of the job alone.

    Maps whose timing would be asked for in the same way share the first one's. Arguments and exceptions as of
    :func:`~osuT5.generation.generate.generate`; ``states`` and ``save`` handle one state a job. ``share_stream(a, b)`` is
    called when job b takes the timing of job a, so that b's random numbers can go on where a's stand.
    """
    runs = []
    for lane, job in enumerate(jobs):
        song = Song(samples, job.conditions, job.options, job.reference, job.reference_conditions, compat or Compat())
        plan = _plan(model, timing_model, song, job.timing is not None)
        state = None if states is None else states[lane]
        runs.append(MapRun(song, model, timing_model or model, plan, job.rng, lane, state))
    together = _Together(runs, Engines(samples), progress, save)
    for run, job in zip(runs, jobs, strict=True):
        run.take_known_timing(job.timing)
    together.write_timings(share_stream)
    return together.write_maps()


def _plan(model: ModelSide, timing_model: ModelSide | None, song: Song, timing_given: bool) -> Plan:
    plan = plan_run(
        model.layout,
        song.options,
        song.conditions.gamemode,
        song.compat,
        timing_given=timing_given,
        timing_layout=None if timing_model is None else timing_model.layout,
    )
    if song.reference is None:
        _refuse_without_map(plan, model.layout, song.options)
    return plan


def _refuse_without_map(plan: Plan, layout: DataLayout, options: GenerationOptions) -> None:
    wanted = read_from_map(plan, layout, options)
    if plan.timing == TimingSource.REFERENCE and not wanted:
        wanted = ["timing"]
    if wanted:
        raise TemplateError(
            f"in_context, add_to_beatmap: {names(wanted)} would be read from a reference map; give beatmap_path"
        )


@dataclass(frozen=True)
class _Together:
    runs: list[MapRun]
    engines: Engines
    progress: Progress
    save: SaveStates | None

    def write_timings(self, share_stream: Callable[[int, int], None]) -> None:
        """Let one map of those that ask alike write the timing; the others take it over."""
        written: dict[str, MapRun] = {}
        for run in self.runs:
            key = repr((run.timing_song.conditions, run.plan.timing))
            source = written.get(key)
            if not run.must_write_timing:
                if run.plan.timing in WRITTEN:  # before a run was resumed
                    written.setdefault(key, run)
            elif source is None:
                run.write_timing(self.engines, self._watch([run]))
                written[key] = run
            else:
                run.take_timing(source)
                share_stream(source.lane, run.lane)

    def write_maps(self) -> list[GenerationResult]:
        ready = {run.lane: found for run in self.runs if (found := run.prepare_main()) is not None}
        writing = [run for run in self.runs if run.lane in ready]
        if all(_in_lockstep(ready[run.lane]) for run in writing):
            states = self._in_step(writing, ready)
        else:
            states = {run.lane: self._alone(run, ready[run.lane]) for run in writing}
        results = []
        for run in self.runs:
            done = ready.get(run.lane)
            results.append(run.result(None if done is None else done.finished(states[run.lane])))
        return results

    def _alone(self, run: MapRun, ready: Pass) -> PassState:
        """Parallel windows fill batches by themselves."""
        engine = self.engines.of(run.model, ready.walk.windows.starts)
        return ready.walked(engine, run.state.current, self._watch([run]))

    def _in_step(self, runs: list[MapRun], ready: dict[int, Pass]) -> dict[int, PassState]:
        if not runs:
            return {}
        walks = [ready[run.lane].walk for run in runs]
        started = [
            run.state.current if run.state.current.streams else start_sequential(walk)
            for run, walk in zip(runs, walks, strict=True)
        ]
        engine = self.engines.of(runs[0].model, walks[0].windows.starts)
        size = runs[0].song.options.max_batch_size
        states = run_lanes(walks, engine, started, self.progress, self._saved(runs), size)
        return {run.lane: state for run, state in zip(runs, states, strict=True)}

    def _watch(self, runs: list[MapRun]) -> Watch:
        saved = self._saved(runs)
        return Watch(self.progress, None if saved is None else lambda state: saved([state]))

    def _saved(self, runs: list[MapRun]) -> Callable[[Sequence[PassState]], None] | None:
        """What saves the pass states of ``runs`` with the states of all other maps; they stay where they are."""
        save = self.save
        if save is None:
            return None

        def saved(states: Sequence[PassState]) -> None:
            for run, state in zip(runs, states, strict=True):
                run.state = replace(run.state, current=state)
            save([run.state for run in self.runs])

        return saved


def _in_lockstep(ready: Pass) -> bool:
    return not ready.options.parallel
