"""How well the times of one map meet those of another, the notes of a song, or its grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..beatmap import Beatmap
from ..beatmap.model import Hold, Slider, Spinner
from ..beatmap.path import slider_path
from ..beatmap.play import SliderPlay
from ..beatmap.timing import Timing

OSU, CATCH = 0, 2
LONGEST_SLIDER = 1000  # repeats whose edges are counted

Times = NDArray[np.float64]


@dataclass(frozen=True)
class RhythmScore:
    """How many times of two lists found a partner: each time at most one."""

    matched: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        return self.matched / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.matched / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """2 matched / (found + wanted); 1 where both lists are empty."""
        both = self.found + self.wanted
        return 2 * self.matched / both if both else 1.0

    def __add__(self, other: RhythmScore) -> RhythmScore:
        return RhythmScore(self.matched + other.matched, self.found + other.found, self.wanted + other.wanted)


def rhythm_score(found: Iterable[float], wanted: Iterable[float], tolerance_ms: float = 25.0) -> RhythmScore:
    """The largest number of pairs at most ``tolerance_ms`` apart. Times at one moment (chords) count once."""
    first, second = distinct(found), distinct(wanted)
    matched = i = j = 0
    while i < len(first) and j < len(second):
        apart = first[i] - second[j]
        if abs(apart) <= tolerance_ms:
            matched, i, j = matched + 1, i + 1, j + 1
        elif apart < 0:
            i += 1
        else:
            j += 1
    return RhythmScore(matched, len(first), len(second))


def distinct(times: Iterable[float]) -> Times:
    """Sorted times, each moment once."""
    return np.unique(np.asarray(list(times), dtype=np.float64))


def nearest_distance(times: Iterable[float], marks: Iterable[float]) -> Times:
    """Distance in ms from each of ``times`` to the nearest of ``marks``; infinite where there are none."""
    wanted, sorted_marks = np.asarray(list(times), np.float64), distinct(marks)
    if not len(sorted_marks):
        return np.full(len(wanted), np.inf)
    places = np.searchsorted(sorted_marks, wanted)
    before = np.abs(wanted - sorted_marks[np.maximum(places - 1, 0)])
    after = np.abs(sorted_marks[np.minimum(places, len(sorted_marks) - 1)] - wanted)
    return np.minimum(before, after)


def share_near(times: Iterable[float], marks: Iterable[float], tolerance_ms: float) -> float:
    """Share of ``times`` with a mark at most ``tolerance_ms`` away; 0 without times."""
    distances = nearest_distance(times, marks)
    return float((distances <= tolerance_ms).mean()) if len(distances) else 0.0


def object_times(beatmap: Beatmap) -> list[float]:
    """Start of every object but spinners, in order; a chord counts each of its notes."""
    return [item.time for item in beatmap.hit_objects if not isinstance(item, Spinner)]


def rhythm_times(beatmap: Beatmap) -> Times:
    """The moments that a map marks: starts of objects, in osu! and catch the repeats and ends of sliders too."""
    times = object_times(beatmap)
    if beatmap.mode in (OSU, CATCH):
        timing = Timing.of(beatmap)
        for item in beatmap.hit_objects:
            if isinstance(item, Slider):
                span = SliderPlay(item, slider_path(item), beatmap, timing).span_duration
                times += [item.time + span * edge for edge in range(1, min(item.slides, LONGEST_SLIDER) + 1)]
    return distinct(times)


def end_time(beatmap: Beatmap) -> float:
    """When the last object begins or, for holds and spinners, ends; 0 without objects."""
    ends = [item.end_time if isinstance(item, Hold | Spinner) else item.time for item in beatmap.hit_objects]
    return max(ends, default=0.0)


def random_times(rng: np.random.RandomState, grid: Sequence[float] | Times, count: int) -> Times:
    """``count`` different points of a grid, or all of them: the rhythm of a map that does not listen."""
    points = distinct(grid)
    return np.sort(rng.choice(points, size=min(count, len(points)), replace=False)) if len(points) else points
