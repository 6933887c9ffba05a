"""The beat, meter and bar lines of a stretch: candidates in the order of their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bars import METERS, bar_candidates, bar_features
from .evidence import Beats, Evidence, beats_of
from .level import Option, beat_options, level_features, plausible
from .weights import BAR_WEIGHTS, LEVEL_WEIGHTS

_MOST_OPTIONS = 12
_AS_READ = 1.5  # what speaks for a beat that the path of bars has found
_COUNTED_MS = (200.0, 1000.0)  # other beats are not put in its place

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """A row of beats with the scores of its bar candidates."""

    option: Option
    beats: Beats
    scores: Floats  # in the order of bar_candidates()


@dataclass(frozen=True)
class Choice:
    """Beat and phase, and the time of a bar line, in ms, rough to a few ms.

    ``score`` is the log of its weight against the best one's; ``chance`` is the part of all candidates' weight that its
    tempo has.
    """

    beat: float
    phase: float
    meter: int
    line: float
    score: float
    chance: float

    @property
    def bar(self) -> float:
        return self.beat * self.meter

    def lines(self, start: float, end: float) -> Floats:
        """Bar lines between two times."""
        first = np.ceil((start - self.line) / self.bar)
        last = np.floor((end - self.line) / self.bar)
        return np.asarray(self.line + np.arange(first, last + 1) * self.bar)


def scored_rows(evidence: Evidence, beat: float, start: float, end: float) -> list[Row]:
    """Rows of beats for a stretch (ms), the likeliest first. Empty where the stretch is too short for bars."""
    options = beat_options(evidence.strength, beat, start, end)
    heard = [(option, beats_of(evidence, option.beat, option.phase, start, end)) for option in options]
    whole = [(option, beats) for option, beats in heard if beats is not None and len(beats.times) >= 2 * max(METERS)]
    kept = [(option, beats) for option, beats in whole if plausible(beats)] or whole
    found = [(float(level_features(beats) @ LEVEL_WEIGHTS), option, beats) for option, beats in kept]
    found.sort(key=lambda item: -item[0])
    return [
        Row(option, beats, level + bar_features(beats) @ BAR_WEIGHTS) for level, option, beats in found[:_MOST_OPTIONS]
    ]


def counted_beat(evidence: Evidence, beat: float, meter: int, start: float, end: float) -> float:
    """``beat`` or its half or double, whichever scores best as the beat of bars that begin at ``start`` (all ms)."""
    line, scores = bar_candidates().index((meter, 0)), {}
    for length in (beat, beat / 2, beat * 2):
        likely = length == beat or _COUNTED_MS[0] <= length <= _COUNTED_MS[1]
        beats = beats_of(evidence, length, start, start - length / 4, end) if likely else None
        if beats is not None and len(beats.times) >= 2 * max(METERS):
            scores[length] = float(level_features(beats) @ LEVEL_WEIGHTS + bar_features(beats)[line] @ BAR_WEIGHTS)
    if beat not in scores:
        return beat
    scores[beat] += _AS_READ
    return max(scores, key=lambda length: scores[length])


def best_choices(rows: Sequence[Row], most: int) -> list[Choice]:
    """The best candidates, the best one first."""
    scores = np.stack([row.scores for row in rows])
    scores = scores - scores.max()
    weights = np.exp(scores)
    choices = []
    for place in np.argsort(-scores, axis=None, kind="stable")[:most]:
        index, candidate = divmod(int(place), scores.shape[1])
        row, (meter, first) = rows[index], bar_candidates()[candidate]
        same = np.array([abs(other.option.beat / row.option.beat - 1) < 1e-3 for other in rows])
        chance = float(weights[same].sum() / weights.sum())
        line, score = float(row.beats.times[first]), float(scores[index, candidate])
        choices.append(Choice(row.option.beat, row.option.phase, meter, line, score, chance))
    return choices
