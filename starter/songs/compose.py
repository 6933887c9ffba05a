"""The composer: a seed gives a score (all material is made here and is CC0)."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from .drums import drum_bar, drum_pattern
from .melody import Key, Part, arp_bar, bass_bar, chord_bar, draw_part, lead_bar
from .score import TICKS, Bar, Note, Score
from .structure import build_form

_FIRST = ("Silver", "Paper", "Northern", "Hollow", "Electric", "Quiet", "Burning", "Distant", "Glass", "Velvet")
_SECOND = ("River", "Signal", "Garden", "Machine", "Morning", "Horizon", "Letter", "Winter", "Engine", "Dance")


_BUSY = 0.5  # share of songs whose loudest sections have hats on every quarter beat


def compose(seed: int, target_ms: float = 70_000.0) -> Score:
    """A song of about ``target_ms`` from ``seed``; equal arguments give equal scores."""
    rng = np.random.RandomState(seed)
    form = build_form(rng, target_ms)
    key = Key(rng.randint(12), bool(rng.rand() < 0.5))
    drums = drum_pattern(rng, form.genre, _busy(seed, form.bars))
    parts: dict[str, Part] = {}
    notes: list[Note] = []
    for section, group in groupby(form.bars, key=lambda bar: (bar.section, bar.beat_ms)):
        bars = list(group)
        part = parts.setdefault(section[0], draw_part(rng, bars[0].meter, bars[0].energy))
        layers = _layers(rng, bars[0])
        for i, bar in enumerate(bars):
            notes += _bar_notes(rng, bar, i, len(bars), part, key, drums, layers)
    notes.sort(key=lambda note: note.time_ms)
    title = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {seed}"
    tail = float(rng.uniform(300, 3000))
    return Score(
        seed, form.bars, notes, form.bars[-1].end_ms + tail, title, "Beatwright", form.genre, key.tonic, key.minor
    )


def _busy(seed: int, bars: list[Bar]) -> bool:
    """By a draw of its own, so that all others stay as they were; where the tempo changes the drums keep to the beat."""
    steady = len({bar.beat_ms for bar in bars}) == 1
    return steady and bool(np.random.RandomState(seed % 2**32).rand(2)[1] < _BUSY)


def _layers(rng: np.random.RandomState, bar: Bar) -> set[str]:
    """Which tonal layers play in a section."""
    energy = bar.energy
    layers = {"chord"} if rng.rand() < 0.8 else set()
    if energy > 0.3 or rng.rand() < 0.3:
        layers.add("bass")
    if energy > 0.42 or rng.rand() < 0.4 or not layers:
        layers.add("lead")
    if energy > 0.3 and rng.rand() < 0.5:
        layers.add("arp")
    return layers


def _bar_notes(
    rng: np.random.RandomState,
    bar: Bar,
    number: int,
    count: int,
    part: Part,
    key: Key,
    drums: dict[str, str],
    layers: set[str],
) -> list[Note]:
    degree = part.progression[number % len(part.progression)]
    notes = [
        Note(bar.time_at(tick), 120.0, layer, 0.0, strength, bar.index, tick)
        for tick, layer, strength in drum_bar(rng, bar, drums, number == 0, number == count - 1)
    ]
    tones = []
    if "bass" in layers:
        tones += [("bass", tone) for tone in bass_bar(bar, part, key, degree)]
    if "chord" in layers:
        tones += [("chord", tone) for tone in chord_bar(bar, part, key, degree)]
    if "arp" in layers and part.arp:
        tones += [("arp", tone) for tone in arp_bar(bar, key, degree)]
    if "lead" in layers:
        tones += [("lead", tone) for tone in lead_bar(rng, bar, part, key, degree, number % 2 == 1)]
    return notes + [_tonal_note(bar, layer, *tone) for layer, tone in tones]


def _tonal_note(bar: Bar, layer: str, tick: int, length: int, pitch: float, strength: float) -> Note:
    return Note(bar.time_at(tick), length / TICKS * bar.beat_ms, layer, pitch, strength, bar.index, tick)
