"""Where sound begins in a recording, as a measuring stick that shares nothing with the timing analysis or a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WINDOW_MS, _HOP_MS = 32, 4
_BANDS = 32
_EDGES_HZ = (60.0, 7000.0)
_FLOOR = 1e-4  # of the loudest energy of a band
_AROUND_MS, _APART_MS = 600, 40
_ABOVE = 1.3  # times the mean around, and


def onset_peaks(samples: NDArray[np.float32], sample_rate: int = 16000) -> NDArray[np.float64]:
    """Times in ms at which the spectral flux peaks clearly over its surroundings; mono samples of any loudness."""
    hop, window = sample_rate * _HOP_MS // 1000, sample_rate * _WINDOW_MS // 1000
    if len(samples) < 2 * window:
        return np.zeros(0)
    flux = _flux(_band_energies(samples, window, hop, sample_rate))
    around = _moving_mean(flux, 2 * _AROUND_MS // _HOP_MS + 1)
    level = _ABOVE * around + 0.25 * flux.mean()
    reach = _APART_MS // _HOP_MS
    padded = np.pad(flux, reach, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(1)
    peaks = np.flatnonzero((flux >= highest) & (flux > level))
    return np.asarray(peaks * float(_HOP_MS))


def _band_energies(samples: NDArray[np.float32], window: int, hop: int, rate: int) -> NDArray[np.float32]:
    """(frames, bands); frame n is centred at n hops."""
    padded = np.pad(samples, (window // 2, window // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    edges = np.geomspace(*_EDGES_HZ, _BANDS + 1)
    bins = np.arange(window // 2 + 1) * rate / window
    centres = np.sqrt(edges[1:] * edges[:-1])
    filters = ((bins[:, None] >= edges[:-1]) & (bins[:, None] < edges[1:])).astype(np.float32)
    for band in np.flatnonzero(filters.sum(0) == 0):
        filters[np.argmin(np.abs(bins - centres[band])), band] = 1
    shape = np.hanning(window).astype(np.float32)
    parts = [
        np.square(np.abs(np.fft.rfft(frames[i : i + 4096] * shape, axis=1))).astype(np.float32) @ filters
        for i in range(0, len(frames), 4096)
    ]
    return np.concatenate(parts)


def _flux(energies: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean rise of the log energies over 12 ms, at the middle of the rise."""
    levels = np.log(energies + _FLOOR * energies.max(0) + 1e-12).astype(np.float64)
    flux = np.zeros(len(levels))
    flux[2:-1] = np.maximum(0, levels[3:] - levels[:-3]).mean(1)
    return flux


def _moving_mean(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    sums = np.concatenate(([0.0], np.cumsum(values)))
    places = np.arange(len(values))
    low, high = np.maximum(0, places - size // 2), np.minimum(len(values), places + size // 2 + 1)
    return np.asarray((sums[high] - sums[low]) / (high - low))
