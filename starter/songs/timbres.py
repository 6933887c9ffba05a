"""Synthesised tones: additive, plucked, FM and detuned timbres with envelopes and a filter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WAVES = ("saw", "square", "triangle", "sine", "fm", "pluck", "supersaw", "organ", "voice", "piano")
_CHOICES = {
    "bass": ("saw", "square", "triangle", "sine", "fm", "pluck"),
    "chord": ("saw", "supersaw", "organ", "triangle", "piano", "square"),
    "arp": ("square", "saw", "pluck", "triangle", "fm", "piano"),
    "lead": ("saw", "square", "supersaw", "voice", "voice", "fm", "triangle", "piano", "organ"),
}


@dataclass(frozen=True)
class Timbre:
    """One instrument."""

    wave: str
    attack: float  # s
    release: float  # s
    decay: float  # s; 0 sustains
    brightness: float  # partials fall with 1/n^(2 - brightness)
    vibrato: float  # semitones
    detune: float  # semitones


def draw_timbre(rng: np.random.RandomState, layer: str) -> Timbre:
    """A random instrument for a layer."""
    wave = str(rng.choice(_CHOICES[layer]))
    struck = wave in ("pluck", "piano")
    slow = layer == "chord" and not struck and rng.rand() < 0.5
    return Timbre(
        wave=wave,
        attack=0.002 if struck else (rng.uniform(0.03, 0.2) if slow else rng.uniform(0.002, 0.02)),
        release=rng.uniform(0.03, 0.15),
        decay=rng.uniform(0.15, 0.6) if struck else float(rng.choice((0.0, rng.uniform(0.2, 0.8)))),
        brightness=rng.uniform(0.2, 1.1),
        vibrato=rng.uniform(0.05, 0.35) if wave == "voice" else float(rng.choice((0.0, 0.1))),
        detune=rng.uniform(0.05, 0.2),
    )


def tone(timbre: Timbre, pitch: float, seconds: float, rate: int) -> np.ndarray:
    """One note, float32, peak about 1; its release follows after ``seconds``."""
    t = np.arange(int((seconds + timbre.release) * rate), dtype=np.float32) / rate
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    phase = _phase(timbre, frequency, t)
    wave = _WAVES[timbre.wave](timbre, phase, frequency, t, rate)
    return (wave * _envelope(timbre, t, seconds)).astype(np.float32)


def _phase(timbre: Timbre, frequency: float, t: np.ndarray) -> np.ndarray:
    phase = 2 * np.pi * frequency * t
    if timbre.vibrato:
        depth = frequency * (2 ** (timbre.vibrato / 12) - 1)
        phase = phase - depth / 5.5 * np.cos(2 * np.pi * 5.5 * t)
    return phase


def _envelope(timbre: Timbre, t: np.ndarray, seconds: float) -> np.ndarray:
    attack = np.minimum(1.0, t / timbre.attack)
    decay = np.exp(-t / timbre.decay) if timbre.decay else 1.0
    release = np.clip(1 - (t - seconds) / timbre.release, 0, 1)
    return attack * decay * release


def _partials(phase: np.ndarray, frequency: float, rate: int, weights: np.ndarray) -> np.ndarray:
    count = max(1, min(len(weights), int(0.45 * rate / frequency)))
    total = np.zeros_like(phase)
    for n in range(count):
        if weights[n]:
            total += weights[n] * np.sin((n + 1) * phase)
    return total / np.abs(weights[:count]).sum() * 1.6


def _falling(timbre: Timbre, step: int = 1, count: int = 14) -> np.ndarray:
    n = np.arange(1, count + 1)
    weights = 1.0 / n ** (2.0 - timbre.brightness)
    return np.where((n - 1) % step == 0, weights, 0.0)


def _saw(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    return _partials(phase, frequency, rate, _falling(timbre))


def _square(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    return _partials(phase, frequency, rate, _falling(timbre, step=2))


def _triangle(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    return _partials(phase, frequency, rate, np.array([1, 0, 1 / 9, 0, 1 / 25, 0, 1 / 49]))


def _sine(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    return np.sin(phase)


def _fm(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    index = 3 * timbre.brightness * np.exp(-t / 0.25)
    return np.sin(phase + index * np.sin(2 * phase))


def _organ(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    return _partials(phase, frequency, rate, np.array([1, 0.8, 0.6, 0.5, 0, 0.4, 0, 0.3]))


def _pluck(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    bright = _partials(phase, frequency, rate, _falling(timbre, count=18))
    return bright * np.exp(-t / 0.12) + np.sin(phase) * 0.5


def _piano(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    hammer = _partials(phase, frequency, rate, _falling(timbre, count=12)) * np.exp(-t / 0.2)
    return hammer + 0.6 * _partials(phase, frequency, rate, np.array([1, 0.5, 0.25]))


def _supersaw(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    ratio = 2 ** (timbre.detune / 12)
    weights = _falling(timbre, count=10)
    voices = (phase, phase * ratio + 1.0, phase / ratio + 2.0)
    return np.sum([_partials(voice, frequency, rate, weights) for voice in voices], axis=0) / 2.0


def _voice(timbre: Timbre, phase: np.ndarray, frequency: float, t: np.ndarray, rate: int) -> np.ndarray:
    n = np.arange(1, 19)
    partials = n * frequency
    formants = sum(
        np.exp(-(((partials - centre) / width) ** 2)) for centre, width in ((700, 250), (1220, 300), (2600, 500))
    )
    return _partials(phase, frequency, rate, (0.08 + formants) / np.sqrt(n))


_WAVES = {
    "saw": _saw,
    "square": _square,
    "triangle": _triangle,
    "sine": _sine,
    "fm": _fm,
    "organ": _organ,
    "pluck": _pluck,
    "piano": _piano,
    "supersaw": _supersaw,
    "voice": _voice,
}
