"""Peaks stand where sound begins, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.evaluation.onset_peaks import onset_peaks

RATE = 16000
STARTS_MS = (400, 900, 1000, 2100, 2480)


def song(level: float = 1.0) -> np.ndarray:
    """Decaying noise and tones at STARTS_MS."""
    rng = np.random.RandomState(0)
    audio = rng.randn(3 * RATE) * 1e-4
    for number, start in enumerate(STARTS_MS):
        t = np.arange(RATE // 2) / RATE
        sound = rng.randn(len(t)) if number % 2 else np.sin(2 * np.pi * 440 * t)
        first = start * RATE // 1000
        audio[first : first + len(t)] += (sound * np.exp(-t * 20))[: len(audio) - first] * 0.5
    return (audio * level).astype(np.float32)


@pytest.mark.parametrize("level", [1.0, 0.01])
def test_peaks_mark_the_starts(level: float) -> None:
    peaks = onset_peaks(song(level))
    near = np.abs(peaks[:, None] - np.array(STARTS_MS)).min(0)
    assert (near <= 15).all()
    assert len(peaks) <= 2 * len(STARTS_MS)


def test_silence_and_scraps_have_no_peaks() -> None:
    assert len(onset_peaks(np.zeros(RATE, np.float32))) == 0
    assert len(onset_peaks(np.zeros(10, np.float32))) == 0
