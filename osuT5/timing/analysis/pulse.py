"""Tempi that occur anywhere in a song, as pulses between 100 and 200 a minute; which of a pulse's multiples is the beat comes later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .onsets import FRAME_RATE

LOW_BPM, HIGH_BPM = 100.0, 200.0
HARMONICS = np.array([1, 2, 4])  # pulses on the beat, its half and its quarter
WEIGHTS = np.array([0.6, 0.8, 0.8])
_HALF_WEIGHT = 0.3  # of a pulse every second beat, in the search for tempi
_GRID = LOW_BPM * 2 ** (np.arange(1501) / 1500)
_WINDOW_S, _HOP_S = 8.0, 2.0
_GLOBAL, _LOCAL, _MOST = 4, 3, 12  # tempi taken from the whole song, from each window, and in all
_WIDTH = 0.004  # relative; local tempi this close support each other
_APART = 0.002

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Blocks:
    """Onset strength turned back at a tempo and summed in short blocks: (harmonics, blocks), complex."""

    sums: NDArray[np.complex128]
    times: Floats  # s, middles of the blocks

    def phase_score(self, phases: Floats) -> Floats:
        """How well beats at ``phases`` (0..1 of a beat) fit each block: (blocks, phases)."""
        turned = np.exp(-2j * np.pi * HARMONICS[:, None] * phases)
        return np.einsum("h,hb,hp->bp", WEIGHTS, self.sums, turned).real


def blocks_of(strength: NDArray[np.float32], bpm: float, block: int) -> Blocks:
    """``block`` is in frames; the incomplete last one is left out."""
    count = len(strength) // block
    times = np.arange(count * block) / FRAME_RATE
    beat = np.exp(2j * np.pi * bpm / 60 * times)
    turned = np.stack([strength[: count * block] * beat**harmonic for harmonic in HARMONICS])
    middles = np.asarray((np.arange(count) + 0.5) * block / FRAME_RATE, np.float64)
    return Blocks(turned.reshape(len(HARMONICS), count, block).sum(axis=2), middles)


def tempo_candidates(strength: NDArray[np.float32]) -> Floats:
    """Up to 12 tempi in BPM, those of the whole song first."""
    size = int(_WINDOW_S * FRAME_RATE)
    starts = range(0, max(1, len(strength) - size + 1), int(_HOP_S * FRAME_RATE))
    whole = tempo_scores(strength)
    found = [_GRID[index] for index in _peaks(whole, _GLOBAL)]
    support = np.zeros(len(_GRID))
    for start in starts:
        scores = tempo_scores(strength[start : start + size] * np.hanning(len(strength[start : start + size])))
        for index in _peaks(scores, _LOCAL):
            support += scores[index] * np.exp(-0.5 * (np.log(_GRID / _GRID[index]) / _WIDTH) ** 2)
    for index in _peaks(support, _MOST):
        if all(abs(np.log(_GRID[index] / bpm)) > _APART for bpm in found):
            found.append(_GRID[index])
    return np.array(found[:_MOST])


def tempo_scores(strength: NDArray[np.float32] | Floats) -> Floats:
    """Score of every tempo of the search grid."""
    from scipy import fft

    size = fft.next_fast_len(len(strength) * 8, real=True)
    spectrum = np.abs(fft.rfft(strength, size)) / max(1, len(strength))
    bins = np.arange(len(spectrum))
    at = _GRID / 60 * size / FRAME_RATE
    parts = zip((0.5, *HARMONICS), (_HALF_WEIGHT, *WEIGHTS), strict=True)
    return np.asarray(sum(weight * np.interp(at * harmonic, bins, spectrum) for harmonic, weight in parts))


def _peaks(values: Floats, most: int) -> NDArray[np.intp]:
    """Indices of the highest local maxima; the grid closes on itself, for its ends are an octave apart."""
    inner = values[:-1]
    tops = np.flatnonzero((inner > np.roll(inner, 1)) & (inner >= np.roll(inner, -1)))
    return tops[np.argsort(-inner[tops], kind="stable")][:most]
