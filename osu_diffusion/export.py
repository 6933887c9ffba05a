"""A beatmap with its objects at new positions; what keeps slider durations as they are (spec 04 section 10, "Export")."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from osuT5.beatmap import Beatmap, HitObject, Slider, Spinner, TimingPoint
from osuT5.beatmap.path import Path as SliderPath
from osuT5.beatmap.path import control_points, flatten
from osuT5.beatmap.timing import Timing

from .elements import SLIDER_END
from .map_rows import MapRows

_SLIDER_TYPES = range(4, SLIDER_END)
MIN_VELOCITY, MAX_VELOCITY = 0.1, 10.0


def moved_map(
    beatmap: Beatmap,
    rows: MapRows,
    positions: np.ndarray,
    *,
    name: str,
    hitsounds: bool = True,
    green_lines: bool = True,
) -> Beatmap:
    """A copy of ``beatmap`` named ``name`` with its elements at ``positions`` (T, 2), rounded to whole px.

    Objects whose elements did not move stay as they are. A slider whose new path is shorter than its length gets the
    path's length, and a green line that keeps its duration. Without ``green_lines`` those of the map are dropped and
    every slider gets its own.
    """
    result = copy.deepcopy(beatmap)
    result.metadata.version = name
    result.metadata.beatmap_id = 0
    moved = _move(result, rows, positions)
    lengths = {place: _shortened(result, place) for place in moved}
    if not green_lines:
        result.timing_points = [point for point in result.timing_points if point.uninherited]
    _keep_durations(beatmap, result, lengths, green_lines)
    if not hitsounds:
        for item in result.hit_objects:
            _silence(item)
    return result


def _move(result: Beatmap, rows: MapRows, positions: np.ndarray) -> list[int]:
    """Put objects and control points in place; returns the sliders that changed."""
    whole = np.rint(positions)
    before = np.rint(rows.elements.positions)
    changed: list[int] = []
    for element, origin in enumerate(rows.origins):
        kind, item = int(rows.elements.types[element]), result.hit_objects[origin.item]
        if (whole[element] == before[element]).all() or isinstance(item, Spinner) or kind >= SLIDER_END:
            continue
        x, y = float(whole[element][0]), float(whole[element][1])
        if origin.points:
            assert isinstance(item, Slider)
            for index in origin.points:
                item.points[index] = (x, y)
        else:
            item.x, item.y = x, y
        if kind in _SLIDER_TYPES and (not changed or changed[-1] != origin.item):
            changed.append(origin.item)
    return changed


def _shortened(result: Beatmap, place: int) -> float:
    """Fit a moved slider's length to its path where that is shorter; returns new length over old."""
    slider = result.hit_objects[place]
    assert isinstance(slider, Slider)
    natural = SliderPath(flatten(control_points(slider, result.format_version))).length
    if not slider.length or slider.length <= 0 or natural >= slider.length or natural < 1:
        return 1.0
    ratio = natural / slider.length
    slider.length = natural
    return ratio


def _keep_durations(source: Beatmap, result: Beatmap, ratios: dict[int, float], green_lines: bool) -> None:
    """Green lines where a slider needs another velocity than the one in force."""
    played = Timing.of(source)
    points = list(result.timing_points)
    added: list[TimingPoint] = []
    for place, item in enumerate(source.hit_objects):
        if not isinstance(item, Slider):
            continue
        wanted = played.velocity_at(item.time).velocity * ratios.get(place, 1.0)
        wanted = min(max(wanted, MIN_VELOCITY), MAX_VELOCITY)
        in_force = _velocity_in_force([*points, *added], item.time)
        if (place in ratios or added or not green_lines) and abs(wanted - in_force) > 1e-9:
            added.append(_green(points, item.time, wanted))
    result.timing_points = sorted([*points, *added], key=lambda point: (point.time, not point.uninherited))


def _velocity_in_force(points: list[TimingPoint], time: float) -> float:
    return Timing(sorted(points, key=lambda point: (point.time, not point.uninherited))).velocity_at(time).velocity


def _green(points: list[TimingPoint], time: float, velocity: float) -> TimingPoint:
    """A green line like the line in force, with another velocity."""
    before = [point for point in points if point.time <= time] or points[:1]
    model = before[-1] if before else TimingPoint(time, 500.0)
    return replace(
        model, time=time, beat_length=-100.0 / velocity, uninherited=False, effects=model.effects & 1, text=""
    )


def _silence(item: HitObject) -> None:
    item.hit_sound, item.hit_sample = 0, ""
    if isinstance(item, Slider):
        item.edge_sounds, item.edge_sets = [], []
