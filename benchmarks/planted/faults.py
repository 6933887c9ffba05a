"""Ten faults of one kind in a clean osu! map, and what counts as finding one.

A suggestion finds a fault when its category fits and it or its object lies within 50 ms of it; for a wrong tempo, when it
is about timing and lies in the section.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from osuT5.beatmap import Beatmap, Circle, HitObject, Slider, TimingPoint, parse_beatmap, write_beatmap
from osuT5.beatmap.play import Play
from osuT5.beatmap.timing import Timing

NEAR = 50.0  # ms
APART = 700.0  # ms between two faults
ADDITIONS = 14  # whistle, finish, clap
SECTION_BEATS, SECTION_GAP = 6, 4
WIDTH, HEIGHT = 512, 384


@dataclass(frozen=True)
class Fault:
    """Where a fault is; ``start`` and ``end`` in ms, equal for single objects."""

    start: float
    end: float


@dataclass(frozen=True)
class Kind:
    """``anchors``: suggestions of category Compose count where they are about a slider's anchor."""

    name: str
    categories: frozenset[str]
    plant: Callable[[Beatmap, np.random.RandomState, int], list[Fault]]
    anchors: bool = False
    section: bool = False

    def finds(self, category: str, group: str, times: Sequence[float], fault: Fault) -> bool:
        """Whether a suggestion with these ``times`` (its own, its object's) finds ``fault``."""
        fits = category in self.categories or (self.anchors and category == "Compose" and "Anchor" in group)
        slack = 0.0 if self.section else NEAR
        return fits and any(fault.start - slack <= time <= fault.end + slack for time in times)


def planted(beatmap: Beatmap, kind: Kind, seed: int, count: int = 10) -> tuple[bytes, list[Fault]]:
    """The text of a copy with up to ``count`` faults, and where they are; fewer where the map has no room."""
    changed = copy.deepcopy(beatmap)
    faults = kind.plant(changed, np.random.RandomState(seed), count)
    changed.hit_objects.sort(key=lambda item: item.time)
    for place, item in enumerate(changed.hit_objects):
        item.index = place
    data = write_beatmap(changed).encode("utf-8")
    parse_beatmap(data)  # what is planted must be readable
    return data, faults


def _pick(items: Sequence[HitObject], rng: np.random.RandomState, count: int) -> list[HitObject]:
    """Up to ``count`` of ``items``, at least APART from each other, in order of time."""
    chosen: list[HitObject] = []
    for place in rng.permutation(len(items)):
        item = items[int(place)]
        if all(abs(item.time - other.time) >= APART for other in chosen):
            chosen.append(item)
        if len(chosen) == count:
            break
    return sorted(chosen, key=lambda item: item.time)


def _inner(beatmap: Beatmap, *types: type[HitObject]) -> list[HitObject]:
    """Objects of these types, without the first and the last object."""
    return [item for item in beatmap.hit_objects[1:-1] if isinstance(item, types)]


def _at(items: Sequence[HitObject]) -> list[Fault]:
    return [Fault(item.time, item.time) for item in items]


def _off_snap(beatmap: Beatmap, rng: np.random.RandomState, count: int) -> list[Fault]:
    """Circles moved by a tenth of a beat or so, into free time."""
    timing, play, objects = Timing.of(beatmap), Play(beatmap), beatmap.hit_objects
    free = []
    for before, item, after in zip(objects, objects[1:], objects[2:], strict=False):
        beat = timing.beat_at(item.time).beat_length
        room = min(item.time - play.end_time(before), after.time - item.time)
        if isinstance(item, Circle) and room > 0.2 * beat:
            free.append(item)
    chosen = _pick(free, rng, count)
    for item in chosen:
        beat = timing.beat_at(item.time).beat_length
        item.time = round(item.time + rng.choice((-1, 1)) * rng.uniform(0.08, 0.14) * beat)
    return _at(chosen)


def _wrong_tempo(beatmap: Beatmap, rng: np.random.RandomState, count: int) -> list[Fault]:
    """Short sections 4 to 10 % too fast or too slow; the objects stay."""
    timing, last = Timing.of(beatmap), beatmap.hit_objects[-1].time
    start, faults, lines = beatmap.hit_objects[0].time, [], []
    while len(faults) < count:
        red = next((p for p in reversed(beatmap.timing_points) if p.uninherited and p.time <= start), None)
        if red is None:
            break
        beat = red.beat_length
        start = red.time + math.ceil((start - red.time) / beat) * beat
        end = start + SECTION_BEATS * beat
        if end > last:
            break
        factor = 1 + float(rng.choice((-1, 1)) * rng.uniform(0.04, 0.1))
        if not any(p.uninherited and start <= p.time <= end for p in beatmap.timing_points):
            lines += [*_tempo(timing, red, start, beat * factor), *_tempo(timing, red, end, beat)]
            faults.append(Fault(start, end))
        start = end + SECTION_GAP * beat
    beatmap.timing_points = sorted([*beatmap.timing_points, *lines], key=lambda point: point.time)
    return faults


def _tempo(timing: Timing, red: TimingPoint, time: float, beat: float) -> list[TimingPoint]:
    """A red line, and a green one that keeps the velocity."""
    moment = float(round(time))
    sample, kiai = timing.sample_at(time), int(timing.kiai_at(time))
    values = (red.meter, sample.bank, sample.index, sample.volume)
    velocity = timing.velocity_at(time).velocity
    return [
        TimingPoint(moment, beat, *values, True, kiai),
        TimingPoint(moment, -100 / velocity, *values, False, kiai),
    ]


def _doubled(beatmap: Beatmap, rng: np.random.RandomState, count: int) -> list[Fault]:
    """A second circle on top of another object."""
    chosen = _pick(_inner(beatmap, Circle, Slider), rng, count)
    for item in chosen:
        beatmap.hit_objects.append(Circle(item.x, item.y, item.time, 1, item.hit_sound, "0:0:0:0:"))
    return _at(chosen)


def _odd_sliders(beatmap: Beatmap, rng: np.random.RandomState, count: int) -> list[Fault]:
    """Zigzags with sharp corners in place of the path; the length stays."""
    chosen = _pick(_inner(beatmap, Slider), rng, count)
    for item in chosen:
        assert isinstance(item, Slider)
        corners = [(float(rng.randint(0, WIDTH)), float(rng.randint(0, HEIGHT))) for _ in range(int(rng.randint(3, 6)))]
        item.points = [point for corner in corners for point in (corner, corner)][:-1]
        item.curves = ((0, "B"),)
    return _at(chosen)


def _no_hitsounds(beatmap: Beatmap, rng: np.random.RandomState, count: int) -> list[Fault]:
    """Additions taken away where there are some."""
    chosen = _pick([item for item in _inner(beatmap, Circle, Slider) if _sound(item) & ADDITIONS], rng, count)
    for item in chosen:
        item.hit_sound &= ~ADDITIONS
        if isinstance(item, Slider) and item.edge_sounds:
            item.edge_sounds = [item.edge_sounds[0] & ~ADDITIONS, *item.edge_sounds[1:]]
    return _at(chosen)


def _sound(item: HitObject) -> int:
    return item.edge_sounds[0] if isinstance(item, Slider) and item.edge_sounds else item.hit_sound


def _wrong_combos(beatmap: Beatmap, rng: np.random.RandomState, count: int) -> list[Fault]:
    """New combos taken away, or set where there was none."""
    chosen = _pick(_inner(beatmap, Circle, Slider), rng, count)
    for item in chosen:
        item.type_bits ^= 4
    return _at(chosen)


def _displaced(beatmap: Beatmap, rng: np.random.RandomState, count: int) -> list[Fault]:
    """Circles 150 px or more from their place, inside the playfield."""
    chosen = _pick(_inner(beatmap, Circle), rng, count)
    for item in chosen:
        while True:
            x, y = float(rng.randint(0, WIDTH + 1)), float(rng.randint(0, HEIGHT + 1))
            if np.hypot(x - item.x, y - item.y) >= 150:
                item.x, item.y = x, y
                break
    return _at(chosen)


KINDS = (
    Kind("off the snap", frozenset({"Rhythm", "Timing"}), _off_snap),
    Kind("wrong tempo", frozenset({"Timing"}), _wrong_tempo, section=True),
    Kind("doubled objects", frozenset({"Rhythm"}), _doubled),
    Kind("odd sliders", frozenset({"Sliders"}), _odd_sliders, anchors=True),
    Kind("missing hitsounds", frozenset({"Hit Sounds"}), _no_hitsounds),
    Kind("wrong combos", frozenset({"New Combos"}), _wrong_combos),
    Kind("displaced objects", frozenset({"Compose"}), _displaced),
)
