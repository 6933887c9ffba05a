"""Slider paths: control points with the kind of each piece, the fitted polyline, places on it (spec 07 sections 7 and 9)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from osuT5.beatmap.flatten import (
    MAX_VERTICES,
    Point,
    flatten_bezier,
    flatten_catmull,
    flatten_perfect,
    flatten_spline,
    is_collinear,
)
from osuT5.beatmap.model import LAZER_VERSION, Slider

SHORTEST_LEG = 1e-30  # px; a shorter one has no direction


class Kind(str, Enum):
    LINEAR = "linear"
    BEZIER = "bezier"
    PERFECT = "perfect"
    CATMULL = "catmull"


@dataclass(slots=True)
class ControlPoint:
    """A point relative to the slider's head. One with a kind starts a piece, and ends the one before."""

    x: float
    y: float
    kind: Kind | None = None
    degree: int = 0  # of a B-spline; 0: a plain Bezier curve


class Path:
    """A polyline relative to the head with cumulative lengths in px; fitted to the written length."""

    def __init__(self, vertices: list[Point], expected: float | None = None) -> None:
        self.vertices = vertices
        self.lengths = _cumulative(vertices)
        if expected is not None and expected > 0:
            self._fit(expected)

    @property
    def length(self) -> float:
        return self.lengths[-1]

    def position(self, progress: float) -> Point:
        """The place at ``progress`` (0 to 1, clamped) of the length."""
        return self.at_distance(min(max(progress, 0.0), 1.0) * self.length)

    def at_distance(self, distance: float) -> Point:
        vertices, lengths = self.vertices, self.lengths
        if not vertices:
            return (0.0, 0.0)
        place = bisect_left(lengths, distance)
        if place <= 0:
            return vertices[0]
        if place >= len(vertices):
            return vertices[-1]
        before, after = lengths[place - 1], lengths[place]
        (x0, y0), (x1, y1) = vertices[place - 1], vertices[place]
        if after - before <= 1e-7:
            return (x0, y0)
        weight = (distance - before) / (after - before)
        return (x0 + (x1 - x0) * weight, y0 + (y1 - y0) * weight)

    def _fit(self, expected: float) -> None:
        vertices, lengths = self.vertices, self.lengths
        natural = lengths[-1]
        if natural == expected:
            return
        if expected > natural and len(vertices) > 1 and vertices[-1] == vertices[-2]:
            return
        lengths.pop()
        while lengths and lengths[-1] >= expected:
            lengths.pop()
            vertices.pop()
        if len(vertices) < 2:
            lengths.append(0.0)
            return
        (x0, y0), (x1, y1) = vertices[-2:]
        leg = math.hypot(x1 - x0, y1 - y0)
        scale = (expected - lengths[-1]) / leg if leg > SHORTEST_LEG else 0.0
        vertices[-1] = (x0 + (x1 - x0) * scale, y0 + (y1 - y0) * scale)
        lengths.append(expected)


def slider_path(slider: Slider, version: int = 14) -> Path:
    """The path of ``slider``, fitted to its written length. Flattening stops where the written length is reached."""
    return Path(flatten(control_points(slider, version), slider.length), slider.length)


def control_points(slider: Slider, version: int = 14) -> list[ControlPoint]:
    """The control points in play, the head ``(0, 0)`` first; empty when the path has no letter."""
    result: list[ControlPoint] = []
    curves, listed = slider.curves, slider.points
    for place, (start, letter) in enumerate(curves):
        last = place + 1 == len(curves)
        end = len(listed) if last else curves[place + 1][0]
        points = [(x - slider.x, y - slider.y) for x, y in listed[start : min(end + 1, len(listed))]]
        shared = end < len(listed)  # the first point of the next segment also ends this one
        if place == 0:
            points.insert(0, (0.0, 0.0))
        if len(points) > shared:
            result += _segment(points, shared, letter, version)
    return result


def _segment(points: list[Point], shared: bool, letter: str, version: int) -> Iterator[ControlPoint]:
    """Control points of one explicit segment; doubled points start a new piece of the same kind."""
    kind, degree = _kind(letter)
    if kind is Kind.PERFECT:
        kind = _perfect_kind(points, version)
    own = points[:-1] if shared else points
    merged_catmull = kind is Kind.CATMULL and version < LAZER_VERSION
    result = [ControlPoint(x, y) for x, y in own]
    result[0].kind, result[0].degree = kind, degree
    removed: set[int] = set()
    for index in range(1, len(own) - 1):
        if own[index] == own[index - 1] and not (merged_catmull and index > 1):
            result[index - 1].kind, result[index - 1].degree = kind, degree
            removed.add(index)
    return (point for index, point in enumerate(result) if index not in removed)


def _kind(letter: str) -> tuple[Kind, int]:
    if letter[0] == "B":
        degree = letter[1:]
        return Kind.BEZIER, int(degree) if degree.isascii() and degree.isdigit() and len(degree) < 10 else 0
    return {"L": Kind.LINEAR, "P": Kind.PERFECT}.get(letter[0], Kind.CATMULL), 0


def _perfect_kind(points: list[Point], version: int) -> Kind:
    if version >= LAZER_VERSION:
        return Kind.BEZIER if len(points) > 3 else Kind.PERFECT
    if len(points) != 3:
        return Kind.BEZIER
    return Kind.LINEAR if is_collinear(*points) else Kind.PERFECT


def flatten(points: list[ControlPoint], enough: float | None = None) -> list[Point]:
    """The polyline through all pieces; it may stop once it is longer than ``enough`` px."""
    vertices: list[Point] = []
    length = 0.0
    start = 0
    for index, point in enumerate(points):
        if point.kind is None and index + 1 < len(points):
            continue
        piece = [(item.x, item.y) for item in points[start : index + 1]]
        vertices_of_piece = _flatten_piece(piece, points[start])
        if vertices and vertices_of_piece and vertices[-1] == vertices_of_piece[0]:
            del vertices_of_piece[0]
        length += _cumulative([*vertices[-1:], *vertices_of_piece])[-1]
        vertices += vertices_of_piece
        start = index
        if len(vertices) > MAX_VERTICES or (enough is not None and 0 < enough < length):
            break
    return vertices


def _flatten_piece(piece: list[Point], first: ControlPoint) -> list[Point]:
    if len(piece) < 2 or first.kind is Kind.LINEAR or first.kind is None:
        return piece
    if first.kind is Kind.CATMULL:
        return flatten_catmull(piece)
    if first.kind is Kind.PERFECT and len(piece) == 3:
        return flatten_perfect(*piece) or flatten_bezier(piece)
    if first.degree:
        return flatten_spline(piece, first.degree)
    return flatten_bezier(piece)


def _cumulative(vertices: list[Point]) -> list[float]:
    lengths = [0.0]
    total = 0.0
    for (x0, y0), (x1, y1) in zip(vertices, vertices[1:], strict=False):
        total += math.hypot(x1 - x0, y1 - y0)
        lengths.append(total)
    return lengths
