"""Chords, bass, arpeggios and lead lines as (tick, length, pitch, strength) in a bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .score import TICKS, Bar

Tone = tuple[int, int, float, float]  # tick, length in ticks, MIDI pitch, strength

_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
_PROGRESSIONS = ((0, 4, 5, 3), (5, 3, 0, 4), (0, 5, 3, 4), (0, 3, 4, 3), (0, 6, 5, 4), (3, 4, 2, 5), (0, 0, 3, 4))
_BASS_RHYTHMS = ("x.x.x.x.", "x...x...", "..x...x.", "x..x..x.", "x.xxx.xx", "x.......", "xxxxxxxx")
_LEAD_STEPS = np.array([-3, -2, -1, 0, 1, 2, 3, 4])
_LEAD_WEIGHTS = np.array([0.08, 0.15, 0.22, 0.1, 0.22, 0.13, 0.06, 0.04])


@dataclass(frozen=True)
class Key:
    """A tonic pitch class and its scale."""

    tonic: int
    minor: bool

    def pitch(self, degree: int, octave: int) -> float:
        """MIDI number of a scale degree (0 = tonic, may exceed 6 or be negative)."""
        scale = _MINOR if self.minor else _MAJOR
        return 12 * (octave + 1 + degree // 7) + self.tonic + scale[degree % 7]


@dataclass(frozen=True)
class Part:
    """The material that a kind of section repeats."""

    progression: tuple[int, ...]
    bass_rhythm: str
    chord_style: str  # pad, stabs
    arp: bool
    motif: list[tuple[int, int, int]]  # tick, length, degree over two bars
    bass_octave: int


def draw_part(rng: np.random.RandomState, meter: int, energy: float) -> Part:
    """Material for one kind of section."""
    return Part(
        progression=_PROGRESSIONS[rng.randint(len(_PROGRESSIONS))],
        bass_rhythm=str(rng.choice(_BASS_RHYTHMS)),
        chord_style="stabs" if rng.rand() < 0.35 + 0.2 * energy else "pad",
        arp=bool(rng.rand() < 0.35),
        motif=_motif(rng, meter, energy),
        bass_octave=int(rng.choice((1, 2))),
    )


def bass_bar(bar: Bar, part: Part, key: Key, degree: int) -> list[Tone]:
    """Root notes in the part's rhythm of half beats."""
    half = TICKS // 2
    steps = [s for s in range(bar.meter * 2) if part.bass_rhythm[s % 8] == "x"]
    tones = []
    for i, step in enumerate(steps):
        following = steps[i + 1] if i + 1 < len(steps) else bar.meter * 2
        octave = part.bass_octave + (1 if step % 8 == 7 else 0)
        tones.append(
            (step * half, (following - step) * half, key.pitch(degree, octave), 0.75 if step % 2 == 0 else 0.6)
        )
    return tones


def chord_bar(bar: Bar, part: Part, key: Key, degree: int) -> list[Tone]:
    """Triads held through the bar, or stabs on off-beats."""
    voices = [key.pitch(degree + step, 4) for step in (0, 2, 4)]
    if part.chord_style == "pad":
        return [(0, bar.meter * TICKS, pitch, 0.45) for pitch in voices]
    return [
        (beat * TICKS + offset, TICKS // 3, pitch, 0.55)
        for beat in range(bar.meter)
        for offset in ((TICKS // 2,) if beat % 2 == 0 else (0, TICKS // 2))
        for pitch in voices
    ]


def arp_bar(bar: Bar, key: Key, degree: int) -> list[Tone]:
    """A run through the chord in quarter beats."""
    quarter = TICKS // 4
    shape = (0, 2, 4, 7, 4, 2, 4, 7)
    return [(s * quarter, quarter, key.pitch(degree + shape[s % 8], 5), 0.4) for s in range(bar.meter * 4)]


def lead_bar(rng: np.random.RandomState, bar: Bar, part: Part, key: Key, degree: int, second: bool) -> list[Tone]:
    """The motif's first or second bar, moved with the chord, sometimes ornamented."""
    width = bar.meter * TICKS
    tones = []
    for tick, length, step in part.motif:
        if (tick >= width) != second:
            continue
        place = tick % width
        if rng.rand() < 0.06:
            continue
        strength = 0.85 if place % TICKS == 0 else 0.7
        tones.append((place, min(length, width - place + TICKS), key.pitch(degree + step, 5), strength))
    return tones


def _motif(rng: np.random.RandomState, meter: int, energy: float) -> list[tuple[int, int, int]]:
    width = 2 * meter * TICKS
    grid = TICKS // 3 if rng.rand() < 0.07 else TICKS // 4
    motif: list[tuple[int, int, int]] = []
    tick, degree = int(rng.choice((0, 0, 0, TICKS // 2, TICKS))), 2 * rng.randint(4)
    cell = [_step_length(rng, energy, grid) for _ in range(4)]
    while tick < width:
        length = cell[len(motif) % 4] if rng.rand() < 0.7 else _step_length(rng, energy, grid)
        sounding = max(grid // 2, int(length * rng.choice((1.0, 0.8, 0.5))))
        motif.append((tick, min(sounding, width - tick), degree))
        degree = int(np.clip(degree + rng.choice(_LEAD_STEPS, p=_LEAD_WEIGHTS), -3, 9))
        tick += length + (TICKS // 2 if rng.rand() < 0.08 else 0)
    return motif


def _step_length(rng: np.random.RandomState, energy: float, grid: int) -> int:
    if grid != TICKS // 4:
        return grid * int(rng.choice((1, 2, 3)))
    fast = 0.12 + 0.3 * energy
    weights = np.array([fast, 0.35, 0.12, 0.25, 0.08, 0.08 + 0.1 * (1 - energy)])
    return grid * int(rng.choice((1, 2, 3, 4, 6, 8), p=weights / weights.sum()))
