"""Which pulse is the beat: tempi related to the one that was found, their phases, and what speaks for each.

A song gives many steady pulses. People count the one in which kick and snare alternate, harmony moves by bars and notes
fall on halves and quarters. The features of a candidate go into a linear score (see :mod:`.weights`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .evidence import FRAME_MS, PARTS, Beats

BEAT_RANGE_MS = (60000 / 408, 60000 / 38.5)
RELATED = (1 / 4, 1 / 2, 1, 2, 4, 3 / 8, 3 / 4, 3 / 2, 3, 1 / 3, 2 / 3, 4 / 3, 8 / 3, 5 / 8, 5 / 4, 5 / 2)
_MOST_PHASES = 10
_PHASE_HEIGHT = 0.3  # of the highest
_PHASE_APART_MS = 25.0
_SMOOTHING = ((-2, 0.25), (-1, 0.5), (0, 1.0), (1, 0.5), (2, 0.25))  # bins, weight
_LAGS = (1, 2, 3, 4, 6, 8)  # beats
_CHANGE_LAGS = (1, 2, 3, 4, 8)
_CYCLES = (2, 3, 4, 6, 8)
_LEAST_FILLED, _LEAST_THIRDS, _LEAST_HALVES = 0.5, 0.15, 0.05
_HALF, _QUARTERS, _THIRDS, _SIXTHS = PARTS // 2, (3, 9), (4, 8), (2, 10)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Option:
    """A row of beats: length and phase in ms, rough to a few ms."""

    beat: float
    phase: float


def beat_options(
    strength: NDArray[np.float32], beat: float, start: float, end: float, ratios: tuple[float, ...] = RELATED
) -> list[Option]:
    """Rows of beats whose length has a simple ratio to ``beat``, each with the phases that onsets speak for."""
    options = []
    for ratio in ratios:
        length = beat * ratio
        if ratios is not RELATED or BEAT_RANGE_MS[0] <= length <= BEAT_RANGE_MS[1]:
            options += [Option(length, phase) for phase in _phases(strength, length, start, end)]
    return options


def _phases(strength: NDArray[np.float32], beat: float, start: float, end: float) -> list[float]:
    first, last = int(start / FRAME_MS), min(int(end / FRAME_MS), len(strength))
    count = max(24, int(beat / 4))
    bins = (np.arange(first, last) * FRAME_MS / beat % 1 * count).astype(int) % count
    sums = np.bincount(bins, weights=np.maximum(0, strength[first:last]), minlength=count)
    heights = sums / np.maximum(1, np.bincount(bins, minlength=count))
    smooth = np.stack([weight * np.roll(heights, by) for by, weight in _SMOOTHING]).sum(axis=0)
    smooth -= smooth.min()
    tops = np.flatnonzero((smooth > np.roll(smooth, 1)) & (smooth >= np.roll(smooth, -1)))
    tops = tops[smooth[tops] >= _PHASE_HEIGHT * smooth.max()]
    kept: list[int] = []
    for top in tops[np.argsort(-smooth[tops], kind="stable")]:
        gaps = [min(abs(top - other), count - abs(top - other)) * beat / count for other in kept]
        if all(gap > _PHASE_APART_MS for gap in gaps):
            kept.append(int(top))
    return [(top + 0.5) / count * beat for top in kept[:_MOST_PHASES]]


def plausible(beats: Beats) -> bool:
    """False for rows that skip about: silent beats, or thirds or halves that no band tells from the beats."""
    places = beats.hits[:4].mean(axis=1)
    loud = places[:, 0].max() + 1e-6
    thirds = np.abs(places[:, 0] - places[:, _THIRDS].mean(axis=1)).max() / loud
    halves = np.abs(places[:, 0] - places[:, _HALF]).max() / loud
    filled = float((beats.hits[4, :, 0] > 1).mean())
    return bool(filled >= _LEAST_FILLED and thirds >= _LEAST_THIRDS and halves >= _LEAST_HALVES)


def level_features(beats: Beats) -> Floats:
    """Features of a row of beats as the counted one."""
    hits, places = beats.hits, beats.hits.mean(axis=1)
    return np.concatenate(
        [
            _tempo(60000 / beats.beat),
            _places(places).ravel(),
            _alternation(hits),
            _filled(hits),
            _equal(places[4]),
            beats.changes.mean(axis=1) - beats.half_changes.mean(axis=1),
            *(_cycles(row) for row in beats.changes),
            likeness(hit_rows(hits), _LAGS),
        ]
    )


def _tempo(bpm: float) -> Floats:
    octave = np.log2(bpm / 140)
    hinges = [max(0.0, -octave), max(0.0, -octave - 0.4), max(0.0, -octave - 0.8), max(0.0, octave - 0.6)]
    return np.array([octave, octave**2, *hinges])


def _places(places: Floats) -> Floats:
    """Contrasts between places in the beat: (groups, 5)."""
    quarters = places[:, _QUARTERS].mean(axis=1)
    thirds, sixths = places[:, _THIRDS].mean(axis=1), places[:, _SIXTHS].mean(axis=1)
    beat, half = places[:, 0], places[:, _HALF]
    return np.stack([beat - half, half - quarters, thirds - quarters, sixths - quarters, beat], axis=1)


def _alternation(hits: Floats) -> Floats:
    """How beats differ from their neighbours, and in turns of four."""
    on, off = hits[:, :, 0], hits[:, :, _HALF]
    turn = on[:, 0::2].mean(axis=1) - on[:, 1::2].mean(axis=1)
    half_turn = off[:, 0::2].mean(axis=1) - off[:, 1::2].mean(axis=1)
    crossed = [turn[a] - turn[b] for a, b in ((0, 1), (0, 2), (0, 3), (1, 2))]
    four = [on[:, part::4].mean(axis=1) for part in range(4)]
    return np.concatenate(
        [np.abs(turn), np.abs(crossed), np.abs(half_turn), np.hypot(four[0] - four[2], four[1] - four[3])]
    )


def _filled(hits: Floats) -> Floats:
    """The part of beats, halves and quarters at which something sounds: all bands, then the high one."""
    heard = hits[[4, 3]] > 1
    parts = [[row[:, 0].mean(), row[:, _HALF].mean(), row[:, _QUARTERS].mean()] for row in heard]
    return np.concatenate([*parts, [max(0.0, limit - parts[0][0]) for limit in (0.45, 0.7)]])


def _equal(places: Floats) -> Floats:
    """How nearly halves, thirds and quarters are as strong as beats: then the beat may be a shorter one."""
    compared = np.array([places[_HALF], places[list(_THIRDS)].mean(), places[list(_QUARTERS)].mean()]) / (
        places[0] + 1e-6
    )
    return np.concatenate([np.minimum(compared, 1.5), np.maximum(0, np.minimum(compared, 1.2) - 0.85)])


def _cycles(changes: Floats) -> Floats:
    """How the harmony's changes keep to every second, third ... beat, and how alike they are at a distance."""
    tops = [_top(changes, cycle) if len(changes) >= 2 * cycle else 0.0 for cycle in _CYCLES]
    return np.concatenate([tops, likeness(changes[:, None] - changes.mean(), _CHANGE_LAGS)])


def _top(changes: Floats, cycle: int) -> float:
    return float(max(changes[part::cycle].mean() for part in range(cycle)) - changes.mean())


def hit_rows(hits: Floats) -> Floats:
    """(n, features) of the hits in each beat, standardised, for comparing beats."""
    rows = hits[:4, :, ::3].transpose(1, 0, 2).reshape(hits.shape[1], -1)
    return (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 0.3)


def likeness(rows: Floats, lags: tuple[int, ...]) -> Floats:
    """Autocorrelation of (n, features) rows at each lag; 0 where the rows are too few."""
    power = (rows * rows).mean() + 1e-6
    enough = [len(rows) > 2 * lag for lag in lags]
    return np.array(
        [(rows[lag:] * rows[:-lag]).mean() / power if ok else 0.0 for lag, ok in zip(lags, enough, strict=True)]
    )
