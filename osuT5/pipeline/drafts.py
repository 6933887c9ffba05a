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
        tries = [(place, drafts[place]) for place in aims]
        for _ in range(1, requests[0].options.star_tries):
            wanted = {place: again for place, draft in tries if (again := self._aimed_anew(aims, place, draft))}
            if not wanted:
                break
            tries = list(zip(wanted, self._again(wanted, drafts), strict=True))
            for place, draft in tries:
                drafts[place] = min(drafts[place], draft, key=lambda each: aims[place].miss(each.made.stars))
        return drafts

    def _aimed_anew(self, aims: dict[int, Aim], place: int, draft: Draft) -> Request | None:
        """What to ask for after ``draft``; None where it is to be left at that."""
        told, got = draft.request.conditions.difficulty, draft.made.stars
        if told is None or got is None:
            return None
        aims[place] = aim = aims[place].after(told, got)
        stars = aim.next_told()
        if stars is None:
            return None
        self.notify(f"{aim.asked:g} stars asked, {got:.2f} made: written again, told {stars:g}")
        return replace(draft.request, conditions=replace(draft.request.conditions, difficulty=stars))

    def _again(self, wanted: dict[int, Request], drafts: Sequence[Draft]) -> list[Draft]:
        """New drafts on the timing of the first ones, each drawn from the beginning of its seed."""
        requests = list(wanted.values())
        checkpoint = load_checkpoint(requests[0], lambda line: None, self.models, requests[1:])
        timings = [SongTiming(_timing_of(drafts[place]), drafts[place].timing_note) for place in wanted]
        again = self._drafts(requests, timings, checkpoint, Saver.none())
        return [_with_first_timing(draft, drafts[place]) for place, draft in zip(wanted, again, strict=True)]

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


def _timing_of(draft: Draft) -> list[TimingLine] | None:
    """The red lines that another try can be given; None where the map's own beats make them, or nothing does."""
    source = draft.generated.plan.timing
    return draft.generated.timing if source in (*WRITTEN, TimingSource.GIVEN) else None


def _with_first_timing(draft: Draft, first: Draft) -> Draft:
    """``draft`` with the origin of its timing: it was given only because the first try had found it."""
    stats = {name: each for name, each in first.generated.stats.items() if name == "timing"}
    generated = replace(draft.generated, plan=first.generated.plan, stats=stats | draft.generated.stats)
    return replace(draft, generated=generated)
