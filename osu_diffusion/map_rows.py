"""A whole beatmap as elements, with the way back: from hit objects for training and for use alone (spec 04 sections 9, 10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from osuT5.beatmap import Beatmap, HitObject, Slider, Spinner
from osuT5.beatmap.path import slider_path
from osuT5.beatmap.play import SliderPlay
from osuT5.beatmap.timing import Timing

from .elements import LAST_ANCHOR, SLIDER_END, Elements, distances_between, repeat_class
from .guides import BEZIER, CATMULL, PERFECT, SliderGuide

POSITION_RANGE = np.array([[-256.0, -256.0], [768.0, 640.0]])
ANCHOR_TIMES = ("listed", "even")
_RED = 9
_ANCHOR_TYPES = {"L": _RED, "P": 7, "C": 8}
_OLD_POINT_LIMIT = 100


@dataclass(frozen=True)
class Origin:
    """Where an element came from: hit object (by place in ``hit_objects``) and the control points that it moves."""

    item: int
    points: tuple[int, ...] = ()


@dataclass(frozen=True)
class MapRows:
    """Elements of a beatmap, the origin of each, and guides of its sliders (length of one span in px)."""

    elements: Elements
    origins: list[Origin]
    guides: list[SliderGuide]


@dataclass
class _Row:
    x: float
    y: float
    time: float
    kind: int
    origin: Origin


def rows_of(beatmap: Beatmap, *, anchor_times: str = "listed", old: bool = False) -> MapRows:
    """Elements of a standard or catch map.

    ``anchor_times``: ``listed`` spreads inner anchors by their place in the list of points, doubled ones counted;
    ``even`` spreads elements, as sampling does. ``old`` follows the old tool: no limits of positions, sliders of 100
    points and more are circles.
    """
    timing = Timing.of(beatmap)
    rows: list[_Row] = []
    guides: list[SliderGuide] = []
    for place, item in enumerate(beatmap.hit_objects):
        if isinstance(item, Slider) and _kept_as_slider(item, beatmap, old):
            found = list(_slider_rows(item, place, beatmap, timing, anchor_times))
            guides.append(_guide(found, len(rows), item, beatmap))
            rows += found
        else:
            rows += _plain_rows(item, place)
    positions = np.array([(row.x, row.y) for row in rows], dtype=np.float64).reshape(-1, 2)
    if not old:
        positions = positions.clip(*POSITION_RANGE)
    elements = Elements(
        positions,
        np.array([row.time for row in rows], dtype=np.float64),
        distances_between(positions),
        np.array([row.kind for row in rows], dtype=np.int64),
    )
    return MapRows(elements, [row.origin for row in rows], guides)


def _plain_rows(item: HitObject, place: int) -> list[_Row]:
    origin = Origin(place)
    if isinstance(item, Spinner):
        return [_Row(item.x, item.y, item.time, 2, origin), _Row(item.x, item.y, item.end_time, 3, origin)]
    return [_Row(item.x, item.y, item.time, int(item.new_combo), origin)]


def _kept_as_slider(slider: Slider, beatmap: Beatmap, old: bool) -> bool:
    """Sliders without a path or with too many points are circles."""
    points = len(slider.points) + 1
    if points < 2 or not slider.curve:
        return False
    if old:
        return points < _OLD_POINT_LIMIT
    length = slider.length or slider_path(slider, beatmap.format_version).length
    return points < max(16, min(128, int(length / 2)))


def _slider_rows(slider: Slider, place: int, beatmap: Beatmap, timing: Timing, anchor_times: str) -> Iterator[_Row]:
    path = slider_path(slider, beatmap.format_version)
    play = SliderPlay(slider, path, beatmap, timing)
    span = play.span_duration
    yield _Row(slider.x, slider.y, slider.time, 4 + int(slider.new_combo), Origin(place))
    anchors = list(_anchors(slider))
    for number, (kind, points) in enumerate(anchors):
        x, y = slider.points[points[0]]
        listed = (points[0] + 1) / len(slider.points)
        share = (number + 1) / (len(anchors) + 1) if anchor_times == "even" else listed
        yield _Row(x, y, slider.time + share * span, kind, Origin(place, points))
    last = len(slider.points) - 1
    yield _Row(*slider.points[last], slider.time + span, LAST_ANCHOR, Origin(place, (last,)))
    x, y = path.position(1.0)
    kind = SLIDER_END + repeat_class(max(slider.slides, 1))
    yield _Row(slider.x + x, slider.y + y, play.end_time, kind, Origin(place))


def _anchors(slider: Slider) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Type and control points of each inner element. A doubled Bezier point is one red element."""
    kind = _ANCHOR_TYPES.get(slider.curve[0])
    path = [(slider.x, slider.y), *slider.points]
    for index in range(len(slider.points) - 1):
        if kind is not None:
            yield kind, (index,)
        elif path[index + 1] == path[index + 2]:
            yield _RED, (index, index + 1) if index + 1 < len(slider.points) - 1 else (index,)
        elif path[index + 1] != path[index]:
            yield 6, (index,)


def _guide(rows: list[_Row], first: int, slider: Slider, beatmap: Beatmap) -> SliderGuide:
    entries = [first]
    for offset, row in enumerate(rows[1:-1], start=1):
        entries += [first + offset] * (2 if row.kind == _RED else 1)
    kind = {"P": PERFECT, "C": CATMULL}.get(slider.curve[0], BEZIER)
    length = slider.length or slider_path(slider, beatmap.format_version).length
    return SliderGuide(tuple(entries), first + len(rows) - 1, kind, float(length))
