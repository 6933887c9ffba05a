"""Where sound begins, band by band: the spectral flux of log energies, on frames of 5 ms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 44100  # Hz, of everything in this package
HOP = 220  # samples
FRAME_RATE = SAMPLE_RATE / HOP  # frames a second
_WINDOW = 1024  # samples
_LAG = 2  # frames between the energies that are compared
_BANDS = 24
_EDGES_HZ = (40.0, 16000.0)
_FLOOR = 1e-3  # of a band's loud level: what lies lower counts as silence
_FLOOR_OF_ALL = 1e-6  # likewise, of the loudest band
_MEAN_S, _SPREAD_S = 1.5, 4.0  # spans over which the strength is levelled
_LEAST_SPREAD = 0.25  # of the whole song's, so that silence is not blown up
_BATCH = 4096  # frames
GROUP_EDGES_HZ = (130.0, 1200.0, 5500.0)  # kick and bass; snare body and chords; snare noise and claps; hats

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Onsets:
    """``strength`` (frames,) has mean 0 and spread 1 in any part of the song; ``groups`` (5, frames) are fluxes >= 0.

    The groups are the bands between ``GROUP_EDGES_HZ``, from low to high, and all of them. Frame n is centred at n * HOP samples.
    ``loudness`` (frames,) is the energy of a frame.
    """

    strength: Array
    groups: Array
    loudness: Array

    @property
    def seconds(self) -> float:
        return len(self.strength) / FRAME_RATE


def find_onsets(samples: Array) -> Onsets:
    """Onsets of mono samples at ``SAMPLE_RATE``."""
    energies, centres = band_energies(samples)
    flux = _flux(energies)
    group = np.searchsorted(GROUP_EDGES_HZ, centres, side="right")
    parts = [flux[:, group == number].mean(axis=1) for number in range(len(GROUP_EDGES_HZ) + 1)]
    total = flux.mean(axis=1)
    return Onsets(_levelled(total), np.stack([*parts, total]), energies.sum(axis=1))


def band_energies(samples: Array) -> tuple[Array, NDArray[np.float64]]:
    """Energies (frames, bands) and the bands' centres in Hz."""
    from scipy import fft

    padded = np.concatenate([np.zeros(_WINDOW // 2, np.float32), samples, np.zeros(_WINDOW // 2 + HOP, np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP]
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    filters, centres = _filters()
    energies = np.empty((len(frames), _BANDS), np.float32)
    for start in range(0, len(frames), _BATCH):
        spectrum = fft.rfft(frames[start : start + _BATCH] * window, axis=1)
        energies[start : start + _BATCH] = (spectrum.real**2 + spectrum.imag**2) @ filters
    return energies, centres


def _filters() -> tuple[Array, NDArray[np.float64]]:
    edges = np.geomspace(*_EDGES_HZ, _BANDS + 1)
    centres = np.sqrt(edges[1:] * edges[:-1])
    bins = np.arange(_WINDOW // 2 + 1) * SAMPLE_RATE / _WINDOW
    filters = ((bins[:, None] >= edges[:-1]) & (bins[:, None] < edges[1:])).astype(np.float32)
    for band in np.flatnonzero(filters.sum(axis=0) == 0):
        filters[np.argmin(np.abs(bins - centres[band])), band] = 1
    return filters, centres


def _flux(energies: Array) -> Array:
    """Rise of the log energy over ``_LAG`` frames, (frames, bands); the value stands at the middle of the rise."""
    loud = np.percentile(energies, 95, axis=0).astype(np.float32)
    levels = np.log(energies + _FLOOR * loud + _FLOOR_OF_ALL * loud.max() + np.float32(1e-12))
    rise = np.zeros_like(levels)
    rise[_LAG // 2 : len(levels) - (_LAG - _LAG // 2)] = np.maximum(0, levels[_LAG:] - levels[:-_LAG])
    return rise


def _levelled(total: Array) -> Array:
    from scipy.ndimage import uniform_filter1d

    centred = total - uniform_filter1d(total, int(_MEAN_S * FRAME_RATE), mode="nearest")
    variance = uniform_filter1d(centred * centred, int(_SPREAD_S * FRAME_RATE), mode="nearest")
    spread = np.sqrt(np.maximum(0, variance))  # running sums of float32 can end below 0
    least = _LEAST_SPREAD * float(np.sqrt((centred * centred).mean())) + 1e-6
    return np.asarray(centred / np.maximum(spread, least), np.float32)
