"""A whole run: song and conditions in, events and red lines out; before resnapping and writing (spec 03 section 6.3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..beatmap import Beatmap
from ..beatmap.timing_lines import TimingLine
from ..compat import Compat
from ..config import Conditions, GenerationOptions
from .map_run import GenerationResult
from .passes import ModelSide
from .progress import Progress, no_progress
from .state import GenerationState, SaveState
from .together import MapJob, generate_together

__all__ = ["GenerationResult", "generate"]


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
    job = MapJob(conditions, options, rng, reference, reference_conditions, timing)
    results = generate_together(
        samples,
        model,
        [job],
        timing_model=timing_model,
        compat=compat,
        progress=progress,
        states=None if state is None else [state],
        save=None if save is None else lambda states: save(states[0]),
    )
    return results[0]
