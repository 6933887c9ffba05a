"""Maps before they have their names: generated together, post-processed, repaired, and again where the stars are off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..beatmap.timing_lines import TimingLine
from ..generation.generate import GenerationResult
from ..generation.map_run import WRITTEN
from ..generation.plan import TimingSource
from ..generation.progress import Progress
from ..generation.together import generate_together
from ..request import Request
from .aiming import Aim, aim_of
from .checkpoint import Checkpoint, Models, load_checkpoint
from .gate import Gated, repaired
from .known_timing import SongTiming
from .run import final_events, map_job, post_process
from .saving import Saver


@dataclass(frozen=True)
class Draft:
    """A map before it has its name."""

    request: Request
    checkpoint: Checkpoint
    generated: GenerationResult
    made: Gated
    warnings: tuple[str, ...]
    timing_note: str


@dataclass(frozen=True)
class Studio:
    """One song, and where its maps are made. ``audio_ms`` is its length."""

    samples: NDArray[np.float32]
    audio_ms: float
    models: Models
    notify: Callable[[str], None]
    progress: Progress

    def aimed(
        self, requests: Sequence[Request], timings: Sequence[SongTiming], checkpoint: Checkpoint, saver: Saver
    ) -> list[Draft]:
        """The drafts of maps of one mode. Those that miss their stars are written again, up to ``star_tries`` times in
        all; the nearest one of each stays, the first one of equals.
        """
        drafts = self._drafts(requests, timings, checkpoint, saver)
        aims = {place: aim for place, request in enumerate(requests) if (aim := aim_of(request)) is not None}
        latest = {place: drafts[place] for place in aims}
        for _ in range(1, requests[0].options.star_tries):
            aims.update((place, _after(aims[place], draft)) for place, draft in latest.items())
            wanted = {place: stars for place in latest if (stars := aims[place].next_told()) is not None}
            if not wanted:
                break
            for place in wanted:
                asked, got = aims[place].asked, latest[place].made.stars
                self.notify(f"{asked:g} stars asked, {got:.2f} made: written again, told {wanted[place]:g}")
            latest = self._again(wanted, drafts)
            for place, draft in latest.items():
                drafts[place] = min(drafts[place], draft, key=lambda each: aims[place].miss(each.made.stars))
        return drafts

    def _again(self, wanted: dict[int, float], drafts: Sequence[Draft]) -> dict[int, Draft]:
        """New drafts, told the stars of ``wanted``, on the timing of the first ones; each draws its seed from the start."""
        requests = [_told(drafts[place].request, stars) for place, stars in wanted.items()]
        checkpoint = load_checkpoint(requests[0], lambda line: None, self.models, requests[1:])
        timings = [SongTiming(_timing_of(drafts[place]), drafts[place].timing_note) for place in wanted]
        again = self._drafts(requests, timings, checkpoint, Saver.none())
        return {place: _with_first_timing(draft, drafts[place]) for place, draft in zip(wanted, again, strict=True)}

    def _drafts(
        self, requests: Sequence[Request], timings: Sequence[SongTiming], checkpoint: Checkpoint, saver: Saver
    ) -> list[Draft]:
        # Super timing draws from it first, then the writer.
        rngs = [np.random.RandomState(request.seed) for request in requests]
        results = generate_together(
            self.samples,
            checkpoint.side,
            [map_job(*each) for each in zip(requests, rngs, [timing.lines for timing in timings], strict=True)],
            timing_model=checkpoint.timing_side,
            compat=requests[0].compat,
            progress=self.progress,
            states=saver.states,
            save=saver.save if saver.every else None,
            share_stream=checkpoint.share_stream,
        )
        drafts = []
        for request, rng, timing, generated in zip(requests, rngs, timings, results, strict=True):
            events = final_events(request, checkpoint, generated, self.progress)
            built, text = post_process(request, generated, events, rng)
            made = repaired(request, text, self.audio_ms)
            drafts.append(Draft(request, checkpoint, generated, made, tuple(built.warnings), timing.note))
        return drafts


def _after(aim: Aim, draft: Draft) -> Aim:
    """``aim`` with the try that ``draft`` was; one without stars says nothing."""
    told, got = draft.request.conditions.difficulty, draft.made.stars
    return aim if told is None or got is None else aim.after(told, got)


def _told(request: Request, stars: float) -> Request:
    """``request`` with other stars for the model; its options keep what was asked for."""
    return replace(request, conditions=replace(request.conditions, difficulty=stars))


def _timing_of(draft: Draft) -> list[TimingLine] | None:
    """The red lines that another try can be given; None where the map's own beats make them, or nothing does."""
    source = draft.generated.plan.timing
    return draft.generated.timing if source in (*WRITTEN, TimingSource.GIVEN) else None


def _with_first_timing(draft: Draft, first: Draft) -> Draft:
    """``draft`` with the origin of its timing: it was given only because the first try had found it."""
    stats = {name: each for name, each in first.generated.stats.items() if name == "timing"}
    generated = replace(draft.generated, plan=first.generated.plan, stats=stats | draft.generated.stats)
    return replace(draft, generated=generated)
