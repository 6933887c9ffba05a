"""Offset, meter and bars for a tempo that is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .analyse import checked_samples, first_line
from .bars import bar_candidates, bar_features
from .confidence import offset_confidence
from .evidence import beats_of, gather
from .fit import fit_grid
from .level import beat_options, level_features
from .onsets import SAMPLE_RATE
from .result import NoBeatError, TimingAnalysis, TimingSection
from .weights import BAR_WEIGHTS, LEVEL_WEIGHTS

_ACCEPTED_BPM = (20.0, 1000.0)


def analyse_at(samples: NDArray[np.float32], bpm: float, sample_rate: int = SAMPLE_RATE) -> TimingAnalysis:
    """One section of ``bpm`` with the offset and meter that fit best; otherwise as :func:`~.analyse.analyse`."""
    if not _ACCEPTED_BPM[0] <= bpm <= _ACCEPTED_BPM[1]:
        raise ValueError(f"bpm: {bpm:g}; accepted: {_ACCEPTED_BPM[0]:g} to {_ACCEPTED_BPM[1]:g}")
    evidence = gather(checked_samples(samples, sample_rate))
    beat, end = 60000 / bpm, evidence.length_ms
    heard = [
        (option, beats_of(evidence, beat, option.phase, 0.0, end))
        for option in beat_options(evidence.strength, beat, 0.0, end, ratios=(1.0,))
    ]
    scored = [
        (option, beats, float(level_features(beats) @ LEVEL_WEIGHTS) + bar_features(beats) @ BAR_WEIGHTS)
        for option, beats in heard
        if beats is not None and len(beats.times) >= 2 * max(meter for meter, _ in bar_candidates())
    ]
    if not scored:
        raise NoBeatError(f"the song is too short, or nothing in it sounds at {bpm:g} BPM; give the offset too")
    option, beats, scores = max(scored, key=lambda item: float(item[2].max()))
    meter, first = bar_candidates()[int(scores.argmax())]
    grid = fit_grid(evidence.attacks, beat, option.phase, 0.0, end)
    # The beat is held: the grid's phase is taken where the two agree, in the middle.
    middle = grid.near(end / 2)
    line = middle + round((float(beats.times[first]) - middle) / beat) * beat
    start = first_line(evidence, line, meter * beat)
    run_off = abs(grid.beat / beat - 1) * end / 2
    confidence, reason = offset_confidence(grid, run_off, bpm)
    return TimingAnalysis((TimingSection(start, beat, meter, confidence),), confidence, reason, grid.spread)
