"""Objects of mania maps: columns that follow pitch, chords on strong notes, holds on held ones."""

from __future__ import annotations

import numpy as np

from osuT5.beatmap.model import Circle, HitObject, Hold

from .levels import Level
from .rhythm import Onset, normal_beat
from .sounds import addition
from .styles import Style


def mania_objects(
    rng: np.random.RandomState, chosen: list[Onset], level: Level, style: Style, keys: int
) -> list[HitObject]:
    """Notes and holds; a column is free again a quarter beat after its last object (half a beat below four stars)."""
    free = np.full(keys, -1e9)  # time from which a column may be used
    objects: list[HitObject] = []
    for i, onset in enumerate(chosen):
        beat = normal_beat(onset.bar.beat_ms)
        gap = chosen[i + 1].time_ms - onset.time_ms if i + 1 < len(chosen) else beat
        rest = (0.45 if level.stars < 4 else 0.24) * beat
        columns = _columns(rng, onset, free, level, style, keys)
        for number, column in enumerate(columns):
            end = _hold_end(rng, onset, gap, beat, level, style) if number == 0 else None
            objects.append(_note(onset, column, keys, addition(onset, style) if number == 0 else 0, end))
            free[column] = (end or onset.time_ms) + rest
    return objects


def _columns(
    rng: np.random.RandomState, onset: Onset, free: np.ndarray, level: Level, style: Style, keys: int
) -> list[int]:
    open_columns = [c for c in range(keys) if free[c] <= onset.time_ms + 1]
    if not open_columns:
        return []
    size = _chord_size(rng, onset, level, style, keys)
    wanted = (onset.pitch - 48) / 36 * keys if onset.pitch else rng.uniform(0, keys)
    ranked = sorted(
        open_columns,
        key=lambda c: abs(c + 0.5 - wanted % keys) + rng.uniform(0, 1.2) - 0.002 * (onset.time_ms - free[c]),
    )
    return sorted(ranked[:size])


def _chord_size(rng: np.random.RandomState, onset: Onset, level: Level, style: Style, keys: int) -> int:
    strength = onset.salience * style.chords * (0.4 + 0.16 * level.stars)
    size = 1 + int(strength > 0.95) + int(strength > 1.5) + int(strength > 2.2 and keys > 4)
    if size > 1 and rng.rand() < 0.25:
        size -= 1
    limit = (2 if level.stars < 2.7 else 3) + (keys > 4)
    return min(size, limit, keys - 1)


def _hold_end(
    rng: np.random.RandomState, onset: Onset, gap: float, beat: float, level: Level, style: Style
) -> float | None:
    shortest = (1.0 if level.stars < 2 else 0.5) * beat
    length = int(min(onset.hold_ms, 4 * beat) / (beat / 2)) * beat / 2
    if length < shortest or "lead" not in onset.layers and "chord" not in onset.layers:
        return None
    return onset.time_ms + length if rng.rand() < min(0.95, 0.35 * style.holds) else None


def _note(onset: Onset, column: int, keys: int, sound: int, end: float | None) -> HitObject:
    x = float(int((column + 0.5) * 512 / keys))
    time = float(round(onset.time_ms))
    if end is None:
        return Circle(x, 192.0, time, 1, sound, "0:0:0:0:")
    return Hold(x, 192.0, time, 128, sound, "0:0:0:0:", end_time=float(round(end)))
