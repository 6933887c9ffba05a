"""What timing points mean in play: groups at equal time, clamping, and what is in force at a time (spec 07 section 6).

The lines as written, as tokens need them, are in :mod:`osuT5.beatmap.timing_lines`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from osuT5.beatmap.model import Beatmap, TimingPoint

MIN_BEAT, MAX_BEAT = 6.0, 60000.0  # ms
SCROLL_MODES = (1, 3)  # taiko and mania: the velocity is the scroll speed


@dataclass(frozen=True, slots=True)
class Point:
    """Something in force from ``time`` on. Points that differ in time only are equal."""

    time: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Beat(Point):
    """A red point: beat length in ms, clamped to 6..60000."""

    beat_length: float
    meter: int
    omit_first_barline: bool


@dataclass(frozen=True, slots=True)
class Velocity(Point):
    """Slider velocity, clamped to 0.1..10. ``ticks`` is False under a NaN point."""

    velocity: float
    ticks: bool


@dataclass(frozen=True, slots=True)
class Effect(Point):
    """``scroll``: speed clamped to 0.01..10 in taiko and mania, 1 in the other modes."""

    kiai: bool
    scroll: float


@dataclass(frozen=True, slots=True)
class SamplePoint(Point):
    """``bank``: 1 normal, 2 soft, 3 drum. ``index``: 0 skin or default sounds, n: the map's sounds of that number."""

    bank: int
    index: int
    volume: int


DEFAULT_BEAT = Beat(0.0, 1000.0, 4, False)
DEFAULT_VELOCITY = Velocity(0.0, 1.0, True)
DEFAULT_EFFECT = Effect(0.0, False, 1.0)
DEFAULT_SAMPLE = SamplePoint(0.0, 1, 0, 100)


P = TypeVar("P", bound=Point)


class Lookup(Generic[P]):
    """Points of one kind in order of time; ``at`` gives the last one with ``time <= t``."""

    def __init__(self, points: list[P], before: P) -> None:
        self.points = points
        self.times = [point.time for point in points]
        self.before = before  # what holds before the first point

    def at(self, time: float) -> P:
        place = bisect_right(self.times, time)
        return self.points[place - 1] if place else self.before


class Timing:
    """Lookups over timing points, without those that change nothing; build it when the points are final."""

    def __init__(self, points: Iterable[TimingPoint], mode: int = 0) -> None:
        groups = _groups(points)
        leaders = [_leader(group) for group in groups]
        beats = _beats(groups)
        samples = _changes([sample_of(point) for point in leaders], None)
        self.beats = Lookup(beats, beats[0] if beats else DEFAULT_BEAT)
        self.velocities = Lookup(
            _changes([velocity_of(point) for point in leaders], DEFAULT_VELOCITY), DEFAULT_VELOCITY
        )
        self.effects = Lookup(_changes([effect_of(point, mode) for point in leaders], DEFAULT_EFFECT), DEFAULT_EFFECT)
        self.samples = Lookup(samples, samples[0] if samples else DEFAULT_SAMPLE)

    @classmethod
    def of(cls, beatmap: Beatmap) -> Timing:
        return cls(beatmap.timing_points, beatmap.mode)

    def beat_at(self, time: float) -> Beat:
        return self.beats.at(time)

    def velocity_at(self, time: float) -> Velocity:
        return self.velocities.at(time)

    def sample_at(self, time: float) -> SamplePoint:
        return self.samples.at(time)

    def kiai_at(self, time: float) -> bool:
        return self.effects.at(time).kiai

    def scroll_at(self, time: float) -> float:
        return self.effects.at(time).scroll


def beat_of(point: TimingPoint) -> Beat:
    length = min(max(point.beat_length, MIN_BEAT), MAX_BEAT)
    return Beat(point.time, length, point.meter, point.omit_first_barline)


def velocity_of(point: TimingPoint) -> Velocity:
    return Velocity(point.time, min(max(point.velocity, 0.1), 10.0), point.beat_length == point.beat_length)


def effect_of(point: TimingPoint, mode: int) -> Effect:
    scroll = min(max(point.velocity, 0.01), 10.0) if mode in SCROLL_MODES else 1.0
    return Effect(point.time, point.kiai, scroll)


def sample_of(point: TimingPoint) -> SamplePoint:
    bank = point.sample_set if point.sample_set in (1, 2, 3) else 1
    return SamplePoint(point.time, bank, point.sample_index, point.volume)


def most_common_beat_length(beatmap: Beatmap, last_end: float) -> float:
    """The beat length in ms in force for the longest time up to ``last_end``; 1000 without red points.

    The first section counts from 0; lengths are grouped to 1e-3 ms; the first of equals wins.
    """
    beats = Timing.of(beatmap).beats.points
    total: dict[float, float] = {}
    for place, beat in enumerate(beats):
        start = beat.time if place else 0.0
        end = beats[place + 1].time if place + 1 < len(beats) else last_end
        length = round(beat.beat_length * 1000) / 1000
        total[length] = total.get(length, 0.0) + (max(end - start, 0.0) if beat.time <= last_end else 0.0)
    return max(total, key=total.__getitem__) if total else DEFAULT_BEAT.beat_length


def _groups(points: Iterable[TimingPoint]) -> list[list[TimingPoint]]:
    """Consecutive points of equal time, sorted stably: later groups at a time replace what the earlier ones gave."""
    groups = [list(group) for _, group in groupby(points, key=lambda point: point.time)]
    groups.sort(key=lambda group: group[0].time)
    return groups


def _leader(group: list[TimingPoint]) -> TimingPoint:
    """The point of a group that gives velocity, effects and samples: the last green one, else the first red one."""
    for point in reversed(group):
        if not point.uninherited:
            return point
    return group[0]


def _beats(groups: list[list[TimingPoint]]) -> list[Beat]:
    reds = (next((point for point in group if point.uninherited), None) for group in groups)
    return [beat_of(point) for point in reds if point is not None]


def _changes(points: list[P], first: P | None) -> list[P]:
    """The points that change something; ``first`` is what holds before them (None: the first point always stays)."""
    kept: list[P] = []
    last = first
    for point in points:
        if point != last:
            kept.append(point)
            last = point
    return kept
