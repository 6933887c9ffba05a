"""Plain loops: metronomes and drum machines, with at most one chord a bar."""

from __future__ import annotations

import numpy as np

from .drum_sounds import draw_kit, drum_sounds
from .render import RATE

_PATTERNS = {  # kick, snare, hat in quarter beats
    "rock": ("x.......x.......", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "pop": ("x.....x.x.x.....", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "four": ("x...x...x...x...", "....x.......x...", "..x...x...x...x."),
    "sixteen": ("x.....x.x.......", "....x.......x..x", "xxxxxxxxxxxxxxxx"),
    "half": ("x.....x.........", "........x.......", "x.x.x.x.x.x.x.x."),
    "dnb": ("x.........x.....", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "bare": ("x.......x.......", "....x.......x...", "................"),
    "quarter": ("x.......x.......", "....x.......x...", "x...x...x...x..."),
    "waltz": ("x...........", "....x...x...", "x.x.x.x.x.x."),
    "slow waltz": ("x...........", "....x...x...", "x...x...x..."),
}
_LEVELS = {"kick": 0.9, "snare": 0.8, "hat": 0.35}
_ROOTS = (0, 5, 7, 3, 8, 10)


def plain_song(seed: int) -> tuple[np.ndarray, float, float, int]:
    """Mono float32 at 44.1 kHz, beat and first bar line in ms, and the meter (0: no beat is accented)."""
    rng = np.random.RandomState(seed)
    song, beat, start, meter = (_metronome if seed % 2 else _loop)(rng)
    return song / np.abs(song).max(), beat, start, meter


def _metronome(rng: np.random.RandomState) -> tuple[np.ndarray, float, float, int]:
    beat = 60000 / float(np.round(2 ** rng.uniform(np.log2(40), np.log2(400))))
    start, length = float(rng.uniform(100, 2000)), float(rng.uniform(30, 60)) * 1000
    meter, pitch = int(rng.choice((0, 3, 4))), float(rng.uniform(700, 2500))
    song = np.zeros(int(length * RATE / 1000) + RATE // 2, np.float32)
    for number in range(int((length - start) / beat)):
        strong = bool(meter) and number % meter == 0
        _add(song, start + number * beat, _tick(pitch * (1.5 if strong else 1)), 1.0 if strong else 0.7)
    return song, beat, start, meter


def _loop(rng: np.random.RandomState) -> tuple[np.ndarray, float, float, int]:
    name = str(rng.choice(list(_PATTERNS)))
    low, high = (70, 130) if name == "sixteen" else (75, 215)
    beat, start = 60000 / float(np.round(rng.uniform(low, high))), float(rng.uniform(50, 2500))
    patterns = dict(zip(_LEVELS, _PATTERNS[name], strict=True))
    meter = len(patterns["kick"]) // 4
    bars = int(rng.uniform(30, 60) * 1000 / (beat * meter))
    song = np.zeros(int((start + bars * meter * beat) * RATE / 1000) + RATE // 2, np.float32)
    sounds = drum_sounds(rng, draw_kit(rng), RATE)
    tonal, crash, roots = rng.rand() < 0.6, rng.rand() < 0.5, rng.permutation(_ROOTS)[:4]
    for bar in range(bars):
        line = start + bar * meter * beat
        for layer, pattern in patterns.items():
            for step in (place for place, mark in enumerate(pattern) if mark == "x"):
                _add(song, line + step * beat / 4, sounds[layer], _LEVELS[layer] * float(rng.uniform(0.9, 1.1)))
        if crash and bar % 8 == 0:
            _add(song, line, sounds["crash"], 0.5)
        if tonal:
            _add(song, line, _chord(int(roots[bar % 4]), meter * beat / 1000), 0.12)
    song += (rng.standard_normal(len(song)) * 10 ** rng.uniform(-5, -3)).astype(np.float32)
    return song, beat, start, meter


def _chord(root: int, seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    pitches = [440 * 2 ** ((note + root - 69) / 12) for note in (36, 60, 64, 67)]
    tones = [np.sin(2 * np.pi * pitch * n * t) / n for pitch in pitches for n in (1, 2, 3, 4)]
    return (np.sum(tones, axis=0) * np.minimum(1, t / 0.01) * np.exp(-t / 1.5)).astype(np.float32)


def _tick(pitch: float) -> np.ndarray:
    t = np.arange(int(RATE * 0.04)) / RATE
    return (np.sin(2 * np.pi * pitch * t) * np.exp(-t / 0.008)).astype(np.float32)


def _add(song: np.ndarray, time: float, sound: np.ndarray, level: float) -> None:
    begin = round(time * RATE / 1000)
    end = min(len(song), begin + len(sound))
    if end > begin:
        song[begin:end] += np.float32(level) * sound[: end - begin]
