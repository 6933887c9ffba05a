"""A copy of a map under repair: what the single repairs edit it with."""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import chain

from osuT5.beatmap import Beatmap, HitObject, Slider, TimingPoint
from osuT5.beatmap.model import Break
from osuT5.beatmap.numbers import plain_number

from .context import Facts
from .settings_table import KEYS


def copy_of(beatmap: Beatmap) -> Beatmap:
    """A copy whose sections, objects and points can be edited without touching ``beatmap``."""
    result = copy.copy(beatmap)
    for name in ("general", "editor", "metadata", "difficulty"):
        section = copy.copy(getattr(beatmap, name))
        section.written = dict(section.written)
        setattr(result, name, section)
    result.events = copy.copy(beatmap.events)
    result.events.breaks = [Break(item.start, item.end) for item in beatmap.events.breaks]
    result.colours = copy.copy(beatmap.colours)
    result.colours.combo = list(beatmap.colours.combo)
    result.timing_points = [copy.copy(point) for point in beatmap.timing_points]
    result.timing_text = list(beatmap.timing_text)
    result.hit_objects = [_object_copy(item) for item in beatmap.hit_objects]
    result.diagnostics = list(beatmap.diagnostics)
    return result


def _object_copy(item: HitObject) -> HitObject:
    result = copy.copy(item)
    if isinstance(result, Slider):
        result.points = list(result.points)
        result.edge_sounds, result.edge_sets = list(result.edge_sounds), list(result.edge_sets)
    return result


class Draft:
    """Edits of one step. ``facts`` describe the map before them; places in findings are places in ``objects``.

    ``room``: how many objects may still be dropped.
    """

    def __init__(self, facts: Facts, room: int) -> None:
        self.facts = facts
        self.beatmap = copy_of(facts.beatmap)
        self.sort_points()
        self.objects = list(self.beatmap.hit_objects)
        self.room = room
        self.dropped: set[int] = set()
        self.refused = False
        self.done_once: set[str] = set()
        self.steady_until = float("-inf")  # end of the last flicker that was taken out

    def once(self, name: str) -> bool:
        """True the first time it is asked for ``name``: for repairs that mend all findings of a rule at a stroke."""
        new = name not in self.done_once
        self.done_once.add(name)
        return new

    def drop(self, index: int) -> bool:
        """Leave an object out; False when that would be more than may be dropped."""
        if index in self.dropped:
            return True
        if len(self.dropped) >= self.room:
            self.refused = True
            return False
        self.dropped.add(index)
        return True

    def put(self, index: int, item: HitObject) -> None:
        """Another object in place of one."""
        self.objects[index] = item

    def finish(self) -> Beatmap:
        """The edited map: objects and points in order of time."""
        beatmap = self.beatmap
        kept = [item for index, item in enumerate(self.objects) if index not in self.dropped]
        kept.sort(key=lambda item: item.time)
        for number, item in enumerate(kept):
            item.index = number
        beatmap.hit_objects = kept
        self.sort_points()
        for point in beatmap.timing_points:
            point.text = point_line(point)
        beatmap.timing_text = [point.text for point in beatmap.timing_points]
        return beatmap

    def set_value(self, name: str, value: float) -> None:
        """A difficulty setting by its field name."""
        setattr(self.beatmap.difficulty, name, value)
        self.beatmap.difficulty.written[KEYS[name]] = plain_number(value)

    def sort_points(self) -> None:
        """Needed after the time of a point was changed."""
        self.beatmap.timing_points.sort(key=lambda point: (point.time, not point.uninherited))

    def points_at(self, time: float, red: bool | None = None) -> list[TimingPoint]:
        points = self.beatmap.timing_points
        low, high = (side(points, time, key=_time) for side in (bisect_left, bisect_right))
        return [point for point in points[low:high] if red is None or point.uninherited == red]

    def remove_points(self, doomed: list[TimingPoint]) -> None:
        identities = {id(point) for point in doomed}
        self.beatmap.timing_points = [point for point in self.beatmap.timing_points if id(point) not in identities]

    def in_force(self, time: float) -> TimingPoint | None:
        """The point that gives samples, velocity and effects at ``time``; before all points the first."""
        points = self.beatmap.timing_points
        place = bisect_right(points, time, key=_time)
        return points[place - 1] if place else points[0] if points else None

    def green(self, time: float) -> TimingPoint:
        """The green point at ``time``; a new one that changes nothing when there is none."""
        found = self.points_at(time, red=False)
        if found:
            return found[-1]
        before = self.in_force(time)
        if before is None:
            before = TimingPoint(time, 500.0)
        beat = -100.0 if before.uninherited and before.beat_length > 0 else before.beat_length
        point = replace(before, time=time, beat_length=beat, uninherited=False, effects=before.effects & 1, text="")
        self.beatmap.timing_points.append(point)
        self.sort_points()
        return point

    def points_between(self, start: float, end: float) -> list[TimingPoint]:
        """Points from ``start`` up to before ``end``."""
        points = self.beatmap.timing_points
        return points[bisect_left(points, start, key=_time) : bisect_left(points, end, key=_time)]

    def each_velocity(self, change: Callable[[float], float]) -> None:
        """Set the velocity of every point; red ones get a green one where 1 has to change."""
        reds = {point.time for point in self.beatmap.timing_points if point.uninherited}
        greens = {point.time for point in self.beatmap.timing_points if not point.uninherited}
        if change(1.0) != 1.0:
            for time in sorted(reds - greens):
                self.green(time)
        for point in self.beatmap.timing_points:
            if not point.uninherited and point.beat_length == point.beat_length:
                point.beat_length = -100 / change(min(max(point.velocity, 0.01), 10.0))


def _time(point: TimingPoint) -> float:
    return point.time


def point_line(point: TimingPoint) -> str:
    """The line of a timing point, all fields."""
    numbers = (plain_number(point.time), plain_number(point.beat_length))
    rest = (point.meter, point.sample_set, point.sample_index, point.volume, int(point.uninherited), point.effects)
    return ",".join(chain(numbers, map(str, rest)))


def whole(time: float) -> float:
    """A time as files of version 14 hold it."""
    return float(round(time))
