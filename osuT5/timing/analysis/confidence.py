"""How sure the analysis is, as one number and one sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .bar_path import BarRun
from .choice import Choice
from .fit import Grid
from .result import CONFIDENT, TimingSection

_CLEAR = (1.5, 4.0)  # clearness of the attacks on the beat: from here it counts, from there in full
_STEADY_MS = (15.0, 5.0)  # spread of the beats about the grid: from here not at all, from there in full
_RUN_OFF_MS = (40.0, 10.0)  # what a given tempo runs off by, likewise
_FITTING = (0.1, 0.5)  # fit of the bars, likewise
_GAIN = (12.0, 25.0)  # of the pulses, likewise; sounds at random reach 20
_SHORT_MS, _RESTLESS = 15000.0, 0.85  # each section shorter than this takes from the confidence
_DRIFTING_MS = 5.0


def section_confidence(grid: Grid, choice: Choice, run: BarRun) -> float:
    """0..1 for one section: clear attacks, a steady grid, bars like the others, no other tempo as likely."""
    steady = _ramp(-grid.spread, *(-limit for limit in _STEADY_MS))
    return _ramp(grid.clearness, *_CLEAR) * steady * _ramp(run.fit, *_FITTING) * _surer(choice.chance)


def overall(
    sections: Sequence[TimingSection], lengths: Sequence[float], drift: float, gain: float
) -> tuple[float, str]:
    """Confidence of a whole song and, where it is low, the reason.

    ``lengths`` and ``drift`` in ms; ``gain`` is the score a second of the song's pulses.
    """
    mean = float(np.average([section.confidence for section in sections], weights=lengths))
    restless = sum(length < _SHORT_MS for length in lengths[:-1])
    confidence = round(mean * _RESTLESS**restless * _ramp(gain, *_GAIN), 2)
    if confidence >= CONFIDENT:
        return confidence, ""
    if drift > _DRIFTING_MS:
        return confidence, f"the tempo drifts: beats stray {drift:.0f} ms from a steady grid"
    if restless:
        changes = len(sections) - 1
        return confidence, f"the tempo seems to change {changes} times, {restless} of them after a few seconds"
    return confidence, "the beat is faint, or another tempo fits nearly as well"


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
