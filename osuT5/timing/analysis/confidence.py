"""How sure the analysis is, as one number and one sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .bar_path import BarRun
from .choice import Choice
from .evidence import FRAME_MS
from .fit import Grid
from .result import CONFIDENT, TimingSection

_CLEAR = (1.5, 4.0)  # clearness of the attacks on the beat: from here it counts, from there in full
_STEADY_MS = (8.0, 2.5)  # spread of the beats about the grid: from here not at all, from there in full
_RUN_OFF_MS = (40.0, 10.0)  # what a given tempo runs off by, likewise
_FITTING = (0.1, 0.5)  # fit of the bars, likewise
_ON_GRID = (0.05, 0.25)  # share of the onsets, likewise
_ONSET, _STRONGEST = 1.0, 6.0  # strength from which a peak is an onset, and up to which it counts
_NEAR_MS, _LEAST_STEP_MS = 16.0, 110.0
_PARTS = (4, 3)  # of a beat, on which onsets may lie
_SHORT_MS, _RESTLESS = 15000.0, 0.85  # each section shorter than this takes from the confidence
_DRIFTING_MS = 3.0

Floats = NDArray[np.float64]


def section_confidence(grid: Grid, choice: Choice, run: BarRun) -> float:
    """0..1 for one section: clear attacks, a steady grid, bars like the others, no other tempo as likely."""
    steady = _ramp(-grid.spread, *(-limit for limit in _STEADY_MS))
    return _ramp(grid.clearness, *_CLEAR) * steady * _ramp(run.fit, *_FITTING) * _surer(choice.chance)


def overall(
    sections: Sequence[TimingSection], lengths: Sequence[float], drift: float, on_grid: float
) -> tuple[float, str]:
    """Confidence of a whole song and, where it is low, the reason.

    ``lengths`` and ``drift`` in ms; ``on_grid`` as of :func:`on_grid_share`.
    """
    mean = float(np.average([section.confidence for section in sections], weights=lengths))
    restless = sum(length < _SHORT_MS for length in lengths[:-1])
    confidence = round(mean * _RESTLESS**restless * _ramp(on_grid, *_ON_GRID), 2)
    if confidence >= CONFIDENT:
        return confidence, ""
    if drift > _DRIFTING_MS:
        return confidence, f"the tempo drifts: beats stray {drift:.0f} ms from a steady grid"
    if restless:
        changes = len(sections) - 1
        return confidence, f"the tempo seems to change {changes} times, {restless} of them after a few seconds"
    if on_grid < _ON_GRID[1]:
        return confidence, "few sounds keep to the beat"
    return confidence, "the beat is faint, or another tempo fits nearly as well"


def on_grid_share(strength: NDArray[np.float32], sections: Sequence[TimingSection]) -> float:
    """How many onsets lie on quarters (or thirds) of the beats, beyond those that would by chance: 0 none, 1 all."""
    inner = strength[1:-1]
    peaks = np.flatnonzero((inner > strength[:-2]) & (inner >= strength[2:]) & (inner > _ONSET)) + 1
    if not len(peaks):
        return 0.0
    times, weights = peaks * FRAME_MS, np.minimum(strength[peaks], _STRONGEST).astype(float)
    starts = np.array([section.start for section in sections])
    number = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, None)
    beats = np.array([section.beat_length for section in sections])[number]
    return max(_share(times - starts[number], weights, beats / parts) for parts in _PARTS)


def _share(times: Floats, weights: Floats, steps: Floats) -> float:
    steps = steps * 2 ** np.ceil(np.maximum(0, np.log2(_LEAST_STEP_MS / steps)))
    near = np.abs((times + steps / 2) % steps - steps / 2) < _NEAR_MS
    expected = float(np.average(2 * _NEAR_MS / steps, weights=weights))
    return (float(np.average(near, weights=weights)) - expected) / (1 - expected)


def offset_confidence(grid: Grid, run_off: float, bpm: float) -> tuple[float, str]:
    """Of an offset at a given tempo, from which the music runs off by ``run_off`` ms over half of the song."""
    clear, held = _ramp(grid.clearness, *_CLEAR), _ramp(-run_off, *(-limit for limit in _RUN_OFF_MS))
    steady = _ramp(-grid.spread, *(-limit for limit in _STEADY_MS))
    confidence = round(clear * held * steady, 2)
    if confidence >= CONFIDENT:
        return confidence, ""
    if held < CONFIDENT:
        return confidence, f"the music does not keep to {bpm:g} BPM: it is off by {run_off:.0f} ms at its ends"
    return confidence, "the beat is faint or unsteady at this tempo"


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _surer(chance: float) -> float:
    """The chance of a tempo as confidence: even odds are worth 0.4."""
    return float(np.clip(0.4 + 1.2 * (chance - 0.5), 0.0, 1.0))
