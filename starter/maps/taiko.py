"""Objects of taiko maps: colours from drums and melody, big notes on crashes, drum rolls and dendens on held notes."""

from __future__ import annotations

import numpy as np

from osuT5.beatmap.model import Circle, HitObject, Slider, Spinner

from .levels import Level
from .plan import Planned
from .rhythm import Onset, normal_beat
from .sounds import FINISH, section_velocity
from .styles import Style

KAT = 8


def taiko_objects(rng: np.random.RandomState, chosen: list[Onset], level: Level, style: Style) -> list[HitObject]:
    """Circles with don and kat, finishers, and drum rolls where a note is held to the next."""
    objects: list[HitObject] = []
    kat = False
    for i, onset in enumerate(chosen):
        gap = chosen[i + 1].time_ms - onset.time_ms if i + 1 < len(chosen) else 0.0
        before = onset.time_ms - chosen[i - 1].time_ms if i else 1e9
        beat = normal_beat(onset.bar.beat_ms)
        if gap >= 1.9 * beat and onset.hold_ms >= 0.7 * gap and rng.rand() < 0.3 * style.sliders:
            objects.append(_drum_roll(onset, level, style, max(1, int((gap - 0.5 * beat) / beat * 2)) * beat / 2))
            continue
        kat = _colour(rng, onset, chosen[i - 1] if i else None, kat, style)
        big = "crash" in onset.layers or style.finishes > 1.5 and onset.on_beat
        slow = min(gap or 1e9, before) >= (0.9 if level.stars < 2.7 else 0.45) * beat
        finish = FINISH if big and slow and rng.rand() < 0.6 * style.finishes else 0
        objects.append(Circle(256.0, 192.0, float(round(onset.time_ms)), 1, (KAT if kat else 0) | finish, "0:0:0:0:"))
    return objects


def denden(item: Planned) -> Spinner:
    """A spinner of the plan as a denden."""
    return Spinner(256.0, 192.0, float(round(item.start_ms)), 12, 0, "0:0:0:0:", end_time=float(round(item.end_ms)))


def _colour(rng: np.random.RandomState, onset: Onset, before: Onset | None, kat: bool, style: Style) -> bool:
    """Kat on back beats, don on kicks; elsewhere the melody's direction decides, or the colour stays."""
    if rng.rand() > min(1.0, 0.25 + 0.75 * style.colour_changes):
        return kat
    if onset.layers & {"snare", "clap"}:
        return True
    if "kick" in onset.layers:
        return False
    if before is None or onset.pitch == before.pitch:
        return kat
    return onset.pitch > before.pitch


def _drum_roll(onset: Onset, level: Level, style: Style, duration: float) -> Slider:
    velocity = 100 * level.multiplier * section_velocity(onset.bar, level, style)
    length = velocity * duration / onset.bar.beat_ms
    return Slider(
        0.0,
        192.0,
        float(round(onset.time_ms)),
        2,
        0,
        "0:0:0:0:",
        curves=((0, "L"),),
        points=[(float(round(min(length, 512))), 192.0)],
        slides=1,
        length=round(length, 6),
        edge_sounds=[0, 0],
        edge_sets=["0:0", "0:0"],
    )
