"""Songs of clicks and drum loops whose timing is known, made in milliseconds."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44100
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """Bars of one tempo."""

    bpm: float
    bars: int
    meter: int = 4

    @property
    def length(self) -> float:
        """ms"""
        return self.bars * self.meter * 60000 / self.bpm


def clicks(bpm: float, seconds: float, start: float, accent: int = 4) -> Array:
    """A metronome from ``start`` (ms); every ``accent``-th click is higher and louder (0: none)."""
    song = np.zeros(int(seconds * RATE), np.float32)
    for number in range(int((seconds * 1000 - start - 50) * bpm / 60000)):
        strong = accent and number % accent == 0
        _add(song, start + number * 60000 / bpm, _tick(1500 if strong else 1000), 1.0 if strong else 0.6)
    return song


def ticks(times: Sequence[float], seconds: float) -> Array:
    """A click at every time (ms)."""
    song = np.zeros(int(seconds * RATE), np.float32)
    for time in times:
        _add(song, time, _tick(1000), 1.0)
    return song


def band(parts: Sequence[Part], start: float, seed: int = 0) -> Array:
    """Kick, snare, hats and a chord a bar, from ``start`` (ms) through all parts."""
    rng = np.random.RandomState(seed)
    song = np.zeros(int((start + sum(part.length for part in parts) + 600) / 1000 * RATE), np.float32)
    drums = {"kick": _kick(), "snare": _noise(rng, 0.06), "hat": _noise(rng, 0.012)}
    time, bar = start, 0
    for part in parts:
        beat = 60000 / part.bpm
        for _ in range(part.bars):
            _add(song, time, _chord(rng, bar, beat * part.meter), 0.4)
            for number in range(part.meter):
                _add(
                    song, time + number * beat, drums["kick" if number % 2 == 0 else "snare"], 0.9 - 0.2 * (number == 2)
                )
                for half in (0, 0.5):
                    _add(song, time + (number + half) * beat, drums["hat"], 0.3)
            time += part.meter * beat
            bar += 1
    return song + rng.standard_normal(len(song)).astype(np.float32) * np.float32(1e-4)


def write_wav(path: Path, samples: Array, rate: int = RATE) -> Path:
    """16 bit, mono."""
    whole = np.round(samples / max(float(np.abs(samples).max()), 1e-9) * 30000).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(whole.tobytes())
    return path


def _add(song: Array, time: float, sound: Array, level: float) -> None:
    begin = round(time * RATE / 1000)
    end = min(len(song), begin + len(sound))
    if end > begin:
        song[begin:end] += np.float32(level) * sound[: end - begin]


def _tick(frequency: float) -> Array:
    t = np.arange(int(0.04 * RATE)) / RATE
    return (np.sin(2 * np.pi * frequency * t) * np.exp(-t / 0.008)).astype(np.float32)


def _kick() -> Array:
    t = np.arange(int(0.25 * RATE)) / RATE
    return (np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)).astype(np.float32)


def _noise(rng: np.random.RandomState, decay: float) -> Array:
    t = np.arange(int(decay * 5 * RATE)) / RATE
    return (rng.standard_normal(len(t)) * 0.4 * np.exp(-t / decay)).astype(np.float32)


def _chord(rng: np.random.RandomState, bar: int, length: float) -> Array:
    t = np.arange(int(length * RATE / 1000)) / RATE
    root = 110 * 2 ** ((0, 5, 7, 3)[bar % 4] / 12)
    tones = [np.sin(2 * np.pi * root * ratio * t) for ratio in (0.5, 1, 1.26, 1.5, 2)]
    return (np.sum(tones, axis=0) / 5 * np.minimum(1, t / 0.01) * np.exp(-t / 1.2)).astype(np.float32)
