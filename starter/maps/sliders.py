"""Slider paths of a wanted length: straight, arcs, curves and kinks that stay on the playfield."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from osuT5.beatmap.model import Slider
from osuT5.beatmap.path import slider_path

Point = tuple[float, float]
LEFT, RIGHT, TOP, BOTTOM = 24.0, 488.0, 24.0, 360.0


@dataclass(frozen=True)
class Shape:
    """Control points after the head (whole pixels), the curve letter, and where the path ends."""

    letter: str
    points: tuple[Point, ...]
    end: Point


def inside(point: Point) -> bool:
    """True where an object of common size is fully on the screen."""
    return LEFT <= point[0] <= RIGHT and TOP <= point[1] <= BOTTOM


def draw_shape(rng: np.random.RandomState, head: Point, angle: float, length: float, curves: float) -> Shape | None:
    """A path of ``length`` pixels that leaves the head near ``angle`` (radians); None when none of the tries fits."""
    kind = "line"
    if rng.rand() < curves:
        kind = str(rng.choice(("arc", "arc", "curve", "kink")))
    for attempt in range(12):
        turned = angle + (attempt + 1) // 2 * 0.5 * (-1) ** attempt
        shape = _DRAW[kind if attempt < 9 else "line"](rng, head, turned, length)
        if inside(shape.end) and all(inside(point) for point in shape.points):
            return shape
    return None


def _along(start: Point, angle: float, distance: float) -> Point:
    return start[0] + distance * math.cos(angle), start[1] + distance * math.sin(angle)


def _whole(point: Point) -> Point:
    return float(round(point[0])), float(round(point[1]))


def _line(rng: np.random.RandomState, head: Point, angle: float, length: float) -> Shape:
    end = _whole(_along(head, angle, length))
    return Shape("L", (end,), end)


def _arc(rng: np.random.RandomState, head: Point, angle: float, length: float) -> Shape:
    turn = float(rng.uniform(0.5, 2.2)) * (1 if rng.rand() < 0.5 else -1)
    radius = length / abs(turn)
    side = math.copysign(math.pi / 2, turn)
    centre = _along(head, angle + side, radius)
    start = angle - side
    middle = _whole(_along(centre, start + turn / 2, radius))
    end = _whole(_along(centre, start + turn, radius))
    if abs((middle[1] - head[1]) * (end[0] - head[0]) - (middle[0] - head[0]) * (end[1] - head[1])) < 50:
        return _line(rng, head, angle, length)
    return Shape("P", (middle, end), end)


def _curve(rng: np.random.RandomState, head: Point, angle: float, length: float) -> Shape:
    bend = float(rng.uniform(0.4, 1.2)) * (1 if rng.rand() < 0.5 else -1)
    first = _along(head, angle - bend, length * 0.4)
    second = _along(first, angle + (bend if rng.rand() < 0.5 else -bend * 0.3), length * 0.35)
    return _fitted("B", head, (first, second, _along(second, angle, length * 0.35)), length)


def _kink(rng: np.random.RandomState, head: Point, angle: float, length: float) -> Shape:
    bend = float(rng.uniform(0.5, 1.4)) * (1 if rng.rand() < 0.5 else -1)
    corner = _whole(_along(head, angle - bend / 2, length / 2))
    end = _whole(_along(corner, angle + bend / 2, length / 2))
    return Shape("B", (corner, corner, end), end)


def _fitted(letter: str, head: Point, points: tuple[Point, ...], length: float) -> Shape:
    """Points scaled about the head until the path is as long as wanted."""
    natural = slider_path(Slider(*head, 0.0, 2, 0, curves=((0, letter),), points=list(points))).length
    scale = length / max(natural, 1.0)
    scaled = tuple(_whole((head[0] + (x - head[0]) * scale, head[1] + (y - head[1]) * scale)) for x, y in points)
    return Shape(letter, scaled, scaled[-1])


_DRAW = {"line": _line, "arc": _arc, "curve": _curve, "kink": _kink}
