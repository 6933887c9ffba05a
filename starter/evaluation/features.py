"""Features of a map that styles move, each a number of one map."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from osuT5.beatmap import Beatmap
from osuT5.beatmap.model import HitObject, Hold, Slider, Spinner
from osuT5.beatmap.path import slider_path
from osuT5.beatmap.play import SliderPlay
from osuT5.beatmap.timing import Timing
from osuT5.evaluation.rhythm import distinct, object_times

FINISH, WHISTLE, CLAP, KAT = 4, 2, 8, 10
NEW_COMBO = 4
GRID_PX = 32
STRAIGHT = 0.12  # radians
SAME_PLACE_PX = 6.0
NEAR_MS = 250.0  # between objects that a player reads as one movement

Feature = Callable[[Beatmap], float]


def slider_share(beatmap: Beatmap) -> float:
    """Sliders among circles and sliders."""
    objects = [item for item in beatmap.hit_objects if not isinstance(item, Spinner)]
    return _share(isinstance(item, Slider) for item in objects)


def curved_share(beatmap: Beatmap) -> float:
    """Sliders that are not one straight line; a curve of any kind through one further point is one."""
    return _share(len(item.points) != 1 for item in beatmap.hit_objects if isinstance(item, Slider) and item.curves)


def density(beatmap: Beatmap) -> float:
    """Moments with an object in a second of the played part."""
    times = distinct(object_times(beatmap))
    return (len(times) - 1) * 1000 / (times[-1] - times[0]) if len(times) > 1 else 0.0


def chord_size(beatmap: Beatmap) -> float:
    """Notes in a moment (mania)."""
    times = object_times(beatmap)
    return len(times) / len(distinct(times)) if times else 0.0


def slider_speed(beatmap: Beatmap) -> float:
    """Median speed of sliders in pixels a beat."""
    timing = Timing.of(beatmap)
    speeds = []
    for item in beatmap.hit_objects:
        if isinstance(item, Slider):
            play = SliderPlay(item, slider_path(item), beatmap, timing)
            if play.span_duration > 0:
                speeds.append(play.path.length / play.span_duration * timing.beat_at(item.time).beat_length)
    return float(np.median(speeds)) if speeds else 0.0


def spacing(beatmap: Beatmap) -> float:
    """Mean distance in pixels of neighbouring circles at most ``NEAR_MS`` apart."""
    return _mean(_distance(*pair) for pair in _near_circles(beatmap))


def stack_share(beatmap: Beatmap) -> float:
    """Neighbouring circles at most ``NEAR_MS`` apart that share their place."""
    return _share(_distance(*pair) <= SAME_PLACE_PX for pair in _near_circles(beatmap))


def straight_share(beatmap: Beatmap) -> float:
    """Turns of three circles in a row that go straight on or straight back."""
    return _share(min(turn, math.pi - turn) < STRAIGHT for turn in _turns(beatmap))


def wide_turn_share(beatmap: Beatmap) -> float:
    """Turns between 80 and 150 degrees: triangles, squares and pentagons."""
    return _share(math.radians(80) <= turn <= math.radians(150) for turn in _turns(beatmap))


def grid_share(beatmap: Beatmap) -> float:
    """Objects on the grid of 32 pixels."""
    return _share(
        item.x % GRID_PX == 0 and item.y % GRID_PX == 0 for item in beatmap.hit_objects if not isinstance(item, Spinner)
    )


def finish_share(beatmap: Beatmap) -> float:
    """Objects with a finish: big notes in taiko."""
    return _share(bool(item.hit_sound & FINISH) for item in beatmap.hit_objects)


def clap_share(beatmap: Beatmap) -> float:
    """Claps among whistles and claps."""
    sounds = [sound for item in beatmap.hit_objects for sound in (item.hit_sound, *getattr(item, "edge_sounds", ()))]
    return _share(bool(sound & CLAP) for sound in sounds if sound & (WHISTLE | CLAP))


def colour_change_share(beatmap: Beatmap) -> float:
    """Neighbouring notes of different colour (taiko)."""
    kats = [bool(item.hit_sound & KAT) for item in beatmap.hit_objects if not isinstance(item, Slider | Spinner)]
    return _share(one != other for one, other in pairwise(kats))


def hold_share(beatmap: Beatmap) -> float:
    """Holds among notes (mania)."""
    return _share(isinstance(item, Hold) for item in beatmap.hit_objects)


def combo_length(beatmap: Beatmap) -> float:
    """Mean length of a combo in beats."""
    timing = Timing.of(beatmap)
    starts = [item.time for item in beatmap.hit_objects if item.type_bits & NEW_COMBO]
    return _mean((after - start) / timing.beat_at(start).beat_length for start, after in pairwise(starts))


def _near_circles(beatmap: Beatmap) -> Iterator[tuple[HitObject, HitObject]]:
    for before, item in pairwise(beatmap.hit_objects):
        plain = not isinstance(before, Slider | Spinner) and not isinstance(item, Spinner)
        if plain and 0 < item.time - before.time <= NEAR_MS:
            yield before, item


def _turns(beatmap: Beatmap) -> Iterator[float]:
    """Turn in radians, 0 (straight on) to pi (straight back), at each circle between two others."""
    for (one, middle), (again, last) in pairwise(_near_circles(beatmap)):
        if middle is not again or min(_distance(one, middle), _distance(middle, last)) <= SAME_PLACE_PX:
            continue
        first = math.atan2(middle.y - one.y, middle.x - one.x)
        second = math.atan2(last.y - middle.y, last.x - middle.x)
        turn = abs(second - first) % (2 * math.pi)
        yield min(turn, 2 * math.pi - turn)


def _distance(one: HitObject, other: HitObject) -> float:
    return math.hypot(other.x - one.x, other.y - one.y)


def _share(answers: Iterator[bool]) -> float:
    return _mean(float(answer) for answer in answers)


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else 0.0
