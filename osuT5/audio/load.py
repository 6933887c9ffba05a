"""A song as one float32 array, the way the published checkpoints heard it (spec 03 section 4)."""

from __future__ import annotations

import os

import numpy as np

from .decode import pcm_blocks
from .resample import LinearResampler, mix_down


def load_audio(
    path: str | os.PathLike[str], sample_rate: int = 16000, speed: float = 1.0, normalize: bool = True
) -> np.ndarray:
    """Decode ``path`` to mono float32 (samples,) at ``sample_rate`` Hz.

    ``speed`` above 1 plays faster (and higher). With ``normalize`` the peak is 1 (silence stays 0); without it the
    samples keep the integer scale of the file. Memory: the result plus a few seconds of sound.
    Raises ``AudioError`` for a file without usable sound, ``ValueError`` for a rate or speed that makes no sense.
    """
    if sample_rate < 1 or not 0 < speed < float("inf"):
        raise ValueError(f"sample_rate={sample_rate}, speed={speed}: both must be above 0")
    result = _Growing()
    resampler: LinearResampler | None = None
    for block in pcm_blocks(path):
        if resampler is None:
            # Speed is a claim about the source rate, cut to whole Hz.
            resampler = LinearResampler(int(block.sample_rate * speed), sample_rate, block.bits)
        result.append(mix_down(resampler.push(block.samples)))
    samples = result.finish()
    if normalize:
        _normalize(samples)
    return samples


def _normalize(samples: np.ndarray) -> None:
    peak = max(samples.max(), -samples.min())
    if peak > 0:
        samples /= peak


class _Growing:
    """A float32 array that grows in place, so that no second copy of a long song exists."""

    def __init__(self) -> None:
        self._data = np.empty(0, np.float32)
        self._used = 0

    def append(self, chunk: np.ndarray) -> None:
        end = self._used + len(chunk)
        if end > len(self._data):
            self._data.resize(max(end, len(self._data) * 3 // 2), refcheck=False)
        self._data[self._used : end] = chunk
        self._used = end

    def finish(self) -> np.ndarray:
        self._data.resize(self._used, refcheck=False)
        return self._data
