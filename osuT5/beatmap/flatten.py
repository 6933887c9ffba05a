"""Curves to polylines (spec 07 section 9, spec 03 section 14.4). Points are ``(x, y)`` in osu! pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

Point = tuple[float, float]

FLATNESS = 0.25  # px^2: largest squared second difference of a flat Bezier piece
ARC_TOLERANCE = 0.1  # px
MAX_ARC_STEPS = 1000
CATMULL_STEPS = 50
COLLINEAR = 1e-3
ARRAY_FROM = 32  # control points from which arrays are faster than loops
MAX_BEZIER_POINTS = 1000  # a longer Bezier curve is drawn through its control points, to bound the work
MAX_SPLINE_WORK = 300_000  # knots times degree squared; beyond it a spline is drawn through its control points
MAX_VERTICES = 100_000


def flatten_bezier(points: Sequence[Point]) -> list[Point]:
    """One Bezier curve over all points: halved until flat, left half first."""
    if not points:
        return []
    if len(points) > MAX_BEZIER_POINTS:
        return list(points)
    if len(points) > ARRAY_FROM:
        return _flatten_large(points)
    output: list[Point] = []
    pending: list[list[Point]] = [list(points)]
    while pending and len(output) < MAX_VERTICES:
        piece = pending.pop()
        left, right = _halve(piece)
        if _is_flat(piece):
            output.append(piece[0])
            joined = left + right[1:]
            for middle in range(2, len(joined) - 2, 2):
                (ax, ay), (bx, by), (cx, cy) = joined[middle - 1 : middle + 2]
                output.append((0.25 * (ax + 2 * bx + cx), 0.25 * (ay + 2 * by + cy)))
        else:
            pending += (right, left)
    output.append(points[-1])
    return output


def _is_flat(points: list[Point]) -> bool:
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        dx, dy = ax - 2 * bx + cx, ay - 2 * by + cy
        if dx * dx + dy * dy > FLATNESS:
            return False
    return True


def _halve(points: list[Point]) -> tuple[list[Point], list[Point]]:
    """The control points of both halves, by de Casteljau."""
    left, right = [points[0]], [points[-1]]
    level = points
    while len(level) > 1:
        level = [((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by) in zip(level, level[1:], strict=False)]
        left.append(level[0])
        right.append(level[-1])
    right.reverse()
    return left, right


def _flatten_large(points: Sequence[Point]) -> list[Point]:
    import numpy as np

    output: list[Point] = []
    pending = [np.asarray(points, dtype=np.float64)]
    while pending and len(output) < MAX_VERTICES:
        piece = pending.pop()
        count = len(piece)
        both = np.empty((2 * count - 1, 2))
        level = piece
        for step in range(count):
            both[step] = level[0]
            both[2 * count - 2 - step] = level[-1]
            level = (level[:-1] + level[1:]) / 2
        bend = piece[:-2] - 2 * piece[1:-1] + piece[2:]
        if (bend * bend).sum(axis=1).max() <= FLATNESS:
            inner = 0.25 * (both[1:-3:2] + 2 * both[2:-2:2] + both[3:-1:2])
            output.append((float(piece[0][0]), float(piece[0][1])))
            output += [(x, y) for x, y in inner.tolist()]
        else:
            pending += (both[count - 1 :], both[:count])
    output.append(points[-1])
    return output


def flatten_spline(points: Sequence[Point], degree: int) -> list[Point]:
    """A clamped uniform B-spline."""
    pieces = spline_pieces(points, degree)
    return [vertex for piece in pieces[:-1] for vertex in flatten_bezier(piece)[:-1]] + flatten_bezier(pieces[-1])


def spline_pieces(points: Sequence[Point], degree: int) -> list[list[Point]]:
    """The Bezier curves that a clamped uniform B-spline consists of, by inserting its knots; legs if that is too much."""
    last = len(points) - 1
    degree = min(degree, last)
    if (last - degree) * degree**2 > MAX_SPLINE_WORK:
        return [list(leg) for leg in zip(points, points[1:], strict=False)]
    work = list(points)
    pieces: list[list[Point]] = []
    for start in range(last - degree):
        piece = [work[start]]
        for inserted in range(degree - 1):
            piece.append(work[start + 1])
            for k in range(1, degree - inserted):
                weight = min(k, last - degree - start)
                (ax, ay), (bx, by) = work[start + k], work[start + k + 1]
                work[start + k] = ((weight * ax + bx) / (weight + 1), (weight * ay + by) / (weight + 1))
        piece.append(work[start + 1])
        pieces.append(piece)
    return [*pieces, work[max(last - degree, 0) :]]


def is_collinear(a: Point, b: Point, c: Point) -> bool:
    return abs((b[1] - a[1]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[1] - a[1])) < COLLINEAR


class Arc(NamedTuple):
    """Part of a circle; ``sweep`` is signed, angles in radians."""

    centre: Point
    radius: float
    start: float
    sweep: float

    def at(self, angle: float) -> Point:
        return (self.centre[0] + math.cos(angle) * self.radius, self.centre[1] + math.sin(angle) * self.radius)


def arc_through(a: Point, b: Point, c: Point) -> Arc:
    """The arc from ``a`` over ``b`` to ``c``, which must not be collinear."""
    centre, radius = _circle(a, b, c)
    start = math.atan2(a[1] - centre[1], a[0] - centre[0])
    end = math.atan2(c[1] - centre[1], c[0] - centre[0])
    while end < start:
        end += 2 * math.pi
    sweep = end - start
    if (c[1] - a[1]) * (b[0] - a[0]) - (c[0] - a[0]) * (b[1] - a[1]) < 0:
        sweep = -(2 * math.pi - sweep)
    return Arc(centre, radius, start, sweep)


def flatten_perfect(a: Point, b: Point, c: Point) -> list[Point] | None:
    """The arc from ``a`` over ``b`` to ``c``; None when it must be read as a Bezier curve."""
    if is_collinear(a, b, c):
        return None
    arc = arc_through(a, b, c)
    steps = 2
    if 2 * arc.radius > ARC_TOLERANCE:
        part = 2 * math.acos(1 - ARC_TOLERANCE / arc.radius)
        if part == 0 or abs(arc.sweep) / part >= MAX_ARC_STEPS:
            return None
        steps = max(2, math.ceil(abs(arc.sweep) / part))
        if steps >= MAX_ARC_STEPS:
            return None
    return [arc.at(arc.start + step / (steps - 1) * arc.sweep) for step in range(steps)]


def _circle(a: Point, b: Point, c: Point) -> tuple[Point, float]:
    """Centre and radius of the circle through three points that are not collinear; from ``a``, to keep the digits."""
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    d = 2 * (bx * cy - by * cx)
    b_square, c_square = bx * bx + by * by, cx * cx + cy * cy
    x = (cy * b_square - by * c_square) / d
    y = (bx * c_square - cx * b_square) / d
    return (a[0] + x, a[1] + y), math.hypot(x, y)


def flatten_catmull(points: Sequence[Point]) -> list[Point]:
    """Catmull-Rom, 50 steps between neighbours; each step adds both its ends."""
    output: list[Point] = []
    for i in range(len(points) - 1):
        v2, v3 = points[i], points[i + 1]
        v1 = points[i - 1] if i else v2
        v4 = points[i + 2] if i + 2 < len(points) else (2 * v3[0] - v2[0], 2 * v3[1] - v2[1])
        curve = [_catmull(v1, v2, v3, v4, step / CATMULL_STEPS) for step in range(CATMULL_STEPS + 1)]
        for step in range(CATMULL_STEPS):
            output += curve[step : step + 2]
        if len(output) > MAX_VERTICES:
            break
    return output


def _catmull(v1: Point, v2: Point, v3: Point, v4: Point, t: float) -> Point:
    square = t * t
    cube = t * square
    x, y = (
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * square + (3 * b - a - 3 * c + d) * cube)
        for a, b, c, d in zip(v1, v2, v3, v4, strict=True)
    )
    return x, y
