"""Slider paths as generated maps need them: lengths and positions by arc length (spec 03 sections 14.3 and 14.4).

Lengths are printed with all their digits, so the order of the floating-point operations matters. Points are complex
numbers here: a sum or a product with a real number works on both axes exactly like two floats.
"""

from __future__ import annotations

import cmath
import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from osuT5.beatmap.flatten import flatten_bezier, flatten_catmull

Point = tuple[float, float]

_ARC_TOLERANCE = 0.1  # pixels
_SEARCH_STEPS = 100
_SEARCH_DELTA = 1e-4


class SliderPath:
    """A path through control points, head first. ``curve``: B, P, C or L. Empty paths have length 0."""

    def __init__(self, curve: str, points: Sequence[Point]) -> None:
        control = [complex(x, y) for x, y in points]
        self._points: list[complex] = []
        for span in _spans(control):
            for point in _approximate(curve, span, len(control)):
                if not self._points or self._points[-1] != point:
                    self._points.append(point)
        self._lengths = [0.0]
        for a, b in pairwise(self._points):
            self._lengths.append(self._lengths[-1] + _norm(b - a))

    @property
    def length(self) -> float:
        """Arc length in osu! pixels."""
        return self._lengths[-1]

    @property
    def points(self) -> list[Point]:
        """The polyline that stands for the path."""
        return [(point.real, point.imag) for point in self._points]

    def position(self, progress: float) -> Point:
        """The point at a share of the length, clamped to 0..1; (0, 0) on an empty path."""
        point = self._at(progress)
        return point.real, point.imag

    def progress_near(self, target: Point) -> float:
        """A share of the length, 0..1, at which the path is nearest to ``target``, searched back from the end."""
        end = complex(*target)
        progress = 1.0
        for _ in range(_SEARCH_STEPS):
            slope = _norm(self._at(progress) - end) - _norm(self._at(progress - _SEARCH_DELTA) - end)
            progress -= slope
            if slope == 0 or progress < 0 or progress > 1:
                break
        return min(max(progress, 0.0), 1.0)

    def _at(self, progress: float) -> complex:
        if not self._points:
            return 0j
        distance = min(max(progress, 0.0), 1.0) * self.length
        index = bisect_left(self._lengths, distance)
        if index <= 0:
            return self._points[0]
        if index >= len(self._points):
            return self._points[-1]
        start, end = self._points[index - 1], self._points[index]
        low, high = self._lengths[index - 1], self._lengths[index]
        if _close(low, high):
            return start
        return start + (end - start) * ((distance - low) / (high - low))


def is_arc(points: Sequence[Point]) -> bool:
    """Whether a path of kind P through these points, head first, is a circular arc."""
    return len(points) == 3 and bool(_arc([complex(x, y) for x, y in points]))


def _norm(vector: complex) -> float:
    return math.sqrt(vector.real * vector.real + vector.imag * vector.imag)


def _close(a: float, b: float) -> bool:
    """NumPy's ``isclose`` with its default tolerances."""
    return abs(a - b) <= 1e-8 + 1e-5 * abs(b)


def _spans(points: list[complex]) -> list[list[complex]]:
    """Cut where two consecutive points are equal; the second of them starts the next span."""
    cuts = [i for i in range(1, len(points)) if points[i] == points[i - 1]]
    return [points[a:b] for a, b in pairwise([0, *cuts, len(points)])]


def _approximate(curve: str, span: list[complex], total: int) -> list[complex]:
    if len(span) < 2:
        return []
    if curve == "L":
        return span
    if curve == "P" and total == 3 and len(span) == 3:
        arc = _arc(span)
        if arc:
            return arc
    flatten = flatten_catmull if curve == "C" else flatten_bezier
    return [complex(x, y) for x, y in flatten([(point.real, point.imag) for point in span])]


def _arc(points: list[complex]) -> list[complex]:
    """A circle through three points; empty when they are (nearly) on a line."""
    a, b, c = points
    sides = [(v.real * v.real + v.imag * v.imag) for v in (b - c, a - c, a - b)]
    shares = [side * (sum(sides) - 2 * side) for side in sides]
    total = sum(shares)
    if any(_close(value, 0) for value in (*sides, total)):
        return []
    centre = (shares[0] * a + shares[1] * b + shares[2] * c) / total
    radius = _norm(a - centre)
    start, end = cmath.phase(a - centre), cmath.phase(c - centre)
    if end < start:
        end += 2 * math.pi
    sweep, direction = end - start, 1
    if (c.imag - a.imag) * (b.real - a.real) - (c.real - a.real) * (b.imag - a.imag) < 0:
        sweep, direction = 2 * math.pi - sweep, -1
    count = 2
    if 2 * radius > _ARC_TOLERANCE:
        count = max(2, math.ceil(sweep / (2 * math.acos(1 - _ARC_TOLERANCE / radius))))
    return [_on_circle(centre, radius, start + direction * (i / (count - 1)) * sweep) for i in range(count)]


def _on_circle(centre: complex, radius: float, angle: float) -> complex:
    return complex(centre.real + math.cos(angle) * radius, centre.imag + math.sin(angle) * radius)
