"""Constants of the spectrograms as numpy arrays: window, filter banks, Fourier kernels (spec 02 section 4)."""

from __future__ import annotations

import numpy as np
import torch

_SLANEY_HZ_PER_MEL = 200 / 3
_SLANEY_KNEE_HZ = 1000.0
_SLANEY_KNEE_MEL = 15.0
_SLANEY_LOG_STEP = np.log(6.4) / 27


def periodic_hann(n: int) -> np.ndarray:
    """Hann window (n,) float32 whose period is n, not n - 1."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)


def slaney_filter_bank(
    n_mels: int, f_min: float, f_max: float, sample_rate: int = 16000, n_fft: int = 1024
) -> np.ndarray:
    """Triangles equally wide on the Slaney scale, each of area 1 Hz: (mels, bins) float32.

    Filters narrower than a bin are all zero, as in the published banks.
    """
    edges = _slaney_to_hz(np.linspace(_hz_to_slaney(f_min), _hz_to_slaney(f_max), n_mels + 2))
    area = 2 / (edges[2:] - edges[:-2])
    return np.asarray(_triangles(edges, sample_rate, n_fft) * area[:, None], np.float32)


def htk_filter_bank(n_mels: int, f_min: float, f_max: float, sample_rate: int = 16000, n_fft: int = 1024) -> np.ndarray:
    """Triangles equally wide on the HTK scale, each of peak 1: (bins, mels) float32.

    The edges come from torch in float32, like those of the published bank, so that the banks are equal bit for bit:
    narrow filters turn the rounding of an edge into 1e-5 of height.
    """
    mel = torch.linspace(_hz_to_htk(f_min), _hz_to_htk(f_max), n_mels + 2, dtype=torch.float32, device="cpu")
    edges = 700 * (10 ** (mel / 2595) - 1)
    return np.ascontiguousarray(_triangles(edges.numpy(), sample_rate, n_fft).T)


def fourier_kernels(n_fft: int) -> tuple[np.ndarray, np.ndarray]:
    """Windowed sine and cosine kernels (bins, 1, n_fft) float32, as the first published checkpoints store them."""
    phase = 2 * np.pi * np.arange(n_fft // 2 + 1)[:, None] * np.arange(n_fft) / n_fft
    window = periodic_hann(n_fft)
    sine, cosine = (wave(phase).astype(np.float32) * window for wave in (np.sin, np.cos))
    return sine[:, None], cosine[:, None]


def _triangles(edges: np.ndarray, sample_rate: int, n_fft: int) -> np.ndarray:
    """Filters of peak 1 at the bin frequencies: (mels, bins) in the type of ``edges``.

    Filter i rises from edge i to edge i + 1 and falls to edge i + 2 (Hz).
    """
    bins = (np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)).astype(edges.dtype)
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - lower) / (centre - lower), (upper - bins) / (upper - centre)
    return np.asarray(np.maximum(edges.dtype.type(0), np.minimum(rising, falling)))


def _hz_to_slaney(hz: float) -> float:
    if hz < _SLANEY_KNEE_HZ:
        return hz / _SLANEY_HZ_PER_MEL
    return float(_SLANEY_KNEE_MEL + np.log(hz / _SLANEY_KNEE_HZ) / _SLANEY_LOG_STEP)


def _slaney_to_hz(mel: np.ndarray) -> np.ndarray:
    logarithmic = _SLANEY_KNEE_HZ * np.exp(_SLANEY_LOG_STEP * (mel - _SLANEY_KNEE_MEL))
    return np.where(mel < _SLANEY_KNEE_MEL, mel * _SLANEY_HZ_PER_MEL, logarithmic)


def _hz_to_htk(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))
