"""The exact moment of attacks: how much louder the next milliseconds are than the last ones, on steps of 1 ms.

The frames of :mod:`.onsets` blur an attack over 20 ms. A rise of energy after a moment against before it, over a few
milliseconds of the high and of the whole band, peaks at the very sample where a percussive sound begins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .onsets import SAMPLE_RATE

STEP = 44  # samples
STEP_MS = STEP / SAMPLE_RATE * 1000
_SPAN = 6  # steps that are compared on either side
_HIGH_PASS_HZ = (300.0, 2500.0, 6000.0)
_FLOOR = 0.02  # of the loudness around
_AROUND_S = 2.0

Array = NDArray[np.float32]


def find_attacks(samples: Array) -> Array:
    """Strength of attacks (steps,) >= 0; value n belongs to the moment n * STEP samples."""
    total = np.zeros(len(samples) // STEP + 1, np.float32)
    for cutoff in _HIGH_PASS_HZ:
        total += _rise(_energy(_high_passed(samples, cutoff)))
    return total


def _high_passed(samples: Array, cutoff: float) -> Array:
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(2, cutoff, "highpass", fs=SAMPLE_RATE, output="sos").astype(np.float32), samples))


def _energy(samples: Array) -> Array:
    """Mean energy of each step (steps,)."""
    whole = samples[: len(samples) // STEP * STEP].reshape(-1, STEP)
    return np.einsum("ij,ij->i", whole, whole) / np.float32(STEP)


def _rise(energy: Array) -> Array:
    """Log ratio of the energy in the steps after a moment to that before it, where it rises."""
    from scipy.ndimage import uniform_filter1d

    around = uniform_filter1d(energy, int(_AROUND_S * 1000 / STEP_MS), mode="nearest")
    sums = np.concatenate([np.zeros(_SPAN + 1), np.cumsum(energy, dtype=np.float64)])
    sums = np.concatenate([sums, np.full(_SPAN, sums[-1])]) / _SPAN
    edge = np.arange(_SPAN, _SPAN + len(energy) + 1)
    after, before = sums[edge + _SPAN] - sums[edge], sums[edge] - sums[edge - _SPAN]
    floor = _FLOOR * np.append(around, around[-1:]) + 1e-9
    return np.asarray(np.maximum(0, np.log((after + floor) / (before + floor))), np.float32)
