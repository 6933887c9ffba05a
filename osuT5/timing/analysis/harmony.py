"""Where chords and bass notes change: the spectrum in semitones after a moment against that before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .onsets import SAMPLE_RATE

_SLOWER = 4  # the analysis runs at a quarter of the rate
_RATE = SAMPLE_RATE / _SLOWER
_HOP = 512  # samples of the slower rate
FRAME_MS = _HOP / _RATE * 1000
_WINDOW = 4096
_SPLIT_HZ = 220.0  # bass below, chords above
_EDGES_HZ = (38.0, 2200.0)
_SPAN_MS = 420.0  # compared on either side
_GAP_MS = 90.0  # left out around the moment, where the windows overlap

Array = NDArray[np.float32]


def harmonic_changes(samples: Array) -> Array:
    """(2, frames): change of the bass and of the chords at each frame, 0 (same) to 1; frame n is at n * FRAME_MS."""
    from scipy.signal import resample_poly

    bands, centres = _semitones(np.asarray(resample_poly(samples, 1, _SLOWER), np.float32))
    return np.stack([_change(bands[:, centres < _SPLIT_HZ]), _change(bands[:, centres >= _SPLIT_HZ])])


def _semitones(samples: Array) -> tuple[Array, NDArray[np.float64]]:
    """Compressed energies (frames, semitones) and the semitones' frequencies."""
    from scipy import fft

    padded = np.concatenate([np.zeros(_WINDOW // 2, np.float32), samples, np.zeros(_WINDOW // 2 + _HOP, np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    spectrum = fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)
    bins = np.arange(_WINDOW // 2 + 1) * _RATE / _WINDOW
    edges = _EDGES_HZ[0] * 2 ** (np.arange(int(12 * np.log2(_EDGES_HZ[1] / _EDGES_HZ[0])) + 1) / 12)
    filters = ((bins[:, None] >= edges[:-1]) & (bins[:, None] < edges[1:])).astype(np.float32)
    energies = (spectrum.real**2 + spectrum.imag**2) @ filters
    loud = np.percentile(energies, 95) + 1e-9
    return np.asarray(np.log1p(100 * energies / loud), np.float32), np.sqrt(edges[1:] * edges[:-1])


def _change(bands: Array) -> Array:
    """1 - cosine between the mean spectra after and before each frame."""
    gap, span = max(1, round(_GAP_MS / FRAME_MS)), round(_SPAN_MS / FRAME_MS)
    sums = np.concatenate([np.zeros((1, bands.shape[1])), np.cumsum(bands, axis=0, dtype=np.float64)])
    frames = np.arange(len(bands))
    after = _between(sums, frames + gap, frames + span)
    before = _between(sums, frames - span + 1, frames - gap + 1)
    norms = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    return np.asarray(1 - (after * before).sum(axis=1) / (norms + 1e-6), np.float32)


def _between(sums: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.float64]:
    top = len(sums) - 1
    return sums[np.clip(last, 0, top)] - sums[np.clip(first, 0, top)]
