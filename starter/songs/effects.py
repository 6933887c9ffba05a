"""What recordings do to a mix: rooms, equalisers, compression, clipping, noise and loudness."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt


def room(rng: np.random.RandomState, rate: int) -> np.ndarray:
    """Impulse response of a small to large room, without the direct sound."""
    seconds = float(rng.uniform(0.15, 1.2))
    t = np.arange(int(seconds * rate)) / rate
    response = rng.standard_normal(len(t)) * np.exp(-t / (seconds / 5))
    response[: int(0.008 * rate)] = 0
    return (response / np.sqrt((response**2).sum())).astype(np.float32)


def reverberate(signal: np.ndarray, response: np.ndarray, amount: float) -> np.ndarray:
    """The signal with ``amount`` of the room added; same length."""
    wet = fftconvolve(signal, response)[: len(signal)]
    return (signal + amount * wet).astype(np.float32)


def equalise(rng: np.random.RandomState, signal: np.ndarray, rate: int) -> np.ndarray:
    """A random tilt: low or high bands raised or lowered by up to 8 dB, sometimes a thin or dull band only."""
    low = sosfilt(butter(1, rng.uniform(120, 400), "lowpass", fs=rate, output="sos"), signal)
    high = sosfilt(butter(1, rng.uniform(2500, 6000), "highpass", fs=rate, output="sos"), signal)
    gains = 10 ** (rng.uniform(-8, 8, size=2) / 20) - 1
    return (signal + gains[0] * low + gains[1] * high).astype(np.float32)


def compress(signal: np.ndarray, rate: int, strength: float) -> np.ndarray:
    """Level riding: divides by a slow envelope to the power ``strength`` (0 leaves the signal alone)."""
    block = int(0.01 * rate)
    peaks = np.abs(signal[: len(signal) // block * block]).reshape(-1, block).max(1)
    envelope = sosfilt(butter(1, 4.0, "lowpass", fs=100.0, output="sos"), peaks)
    gain = 1.0 / np.maximum(envelope, 0.05) ** strength
    positions = np.arange(len(signal)) / block
    return (signal * np.interp(positions, np.arange(len(gain)), gain)).astype(np.float32)


def duck(signal: np.ndarray, rate: int, kicks_ms: np.ndarray, depth: float) -> np.ndarray:
    """Side-chain pumping: the level falls by ``depth`` at every kick and recovers within 200 ms."""
    gain = np.ones(len(signal), dtype=np.float32)
    shape = 1 - depth * np.exp(-np.arange(int(0.25 * rate)) / (0.07 * rate))
    for time in kicks_ms:
        start = int(time * rate / 1000)
        end = min(len(gain), start + len(shape))
        if end > start:
            gain[start:end] = np.minimum(gain[start:end], shape[: end - start])
    return signal * gain


def clip(signal: np.ndarray, drive: float) -> np.ndarray:
    """Soft clipping."""
    return np.tanh(signal * drive) / np.tanh(drive)


def noise(rng: np.random.RandomState, length: int, level: float) -> np.ndarray:
    """White noise at a linear level."""
    return (rng.standard_normal(length) * level).astype(np.float32)
