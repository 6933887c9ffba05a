"""Where sliders end, as tokens state it (spec 01 section 2.1).

The published approximation decides which cell an end falls into, so the order of every floating-point operation here
is part of the format; the playable curve is in :mod:`osuT5.beatmap.path`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float]

_SAMPLES = 50
_NEAR = 1e-8


class SliderPath(NamedTuple):
    """A path: its class by the table of section 2 (``L``, ``C``, ``B``, ``P``), its points (head first), its length in px."""

    curve: str
    points: list[Point]
    length: float


def curve_class(letter: str, points: Sequence[Point]) -> str:
    """``L``, ``C``, ``B`` or ``P``: perfect curves need three points that are not in line; unknown letters are catmull."""
    if letter == "P":
        return "P" if len(points) == 3 and not _collinear(points) else "B"
    return letter[0] if letter[:1] in ("L", "B") else "C"


def end_positions(paths: Sequence[SliderPath]) -> list[Point]:
    """End of each path in osu! pixels. A path without an own length, or whose end is no finite number, ends at its last point."""
    ends: list[Point] = [path.points[-1] for path in paths]
    arcs = [index for index, path in enumerate(paths) if path.curve == "P"]
    splines = [index for index, path in enumerate(paths) if path.curve in ("L", "B")]
    with np.errstate(all="ignore"):
        found = [*zip(arcs, _arc_ends([paths[index] for index in arcs]), strict=True)]
        found += zip(splines, _spline_ends([paths[index] for index in splines]), strict=True)
    for index, end in found:
        if abs(end[0]) < np.inf and abs(end[1]) < np.inf:
            ends[index] = end
    return ends


def _sides(points: Sequence[Point]) -> tuple[float, float, float]:
    """Weights s, t, u of the circumcentre, from squared side lengths."""
    (x0, y0), (x1, y1), (x2, y2) = points
    a = (x2 - x1) ** 2 + (y2 - y1) ** 2
    b = (x2 - x0) ** 2 + (y2 - y0) ** 2
    c = (x1 - x0) ** 2 + (y1 - y0) ** 2
    if min(a, b, c) <= _NEAR:
        return 0.0, 0.0, 0.0
    return a * (b + c - a), b * (a + c - b), c * (a + b - c)


def _collinear(points: Sequence[Point]) -> bool:
    return abs(sum(_sides(points))) <= _NEAR


def _arc_ends(paths: Sequence[SliderPath]) -> list[Point]:
    if not paths:
        return []
    points = _array([path.points for path in paths])
    length = np.array([path.length for path in paths])
    s, t, u = (
        np.array(side, dtype=np.float64)[:, None] for side in zip(*(_sides(path.points) for path in paths), strict=True)
    )
    centre = (s * points[:, 0] + t * points[:, 1] + u * points[:, 2]) / ((s + t) + u)
    spokes = points - centre[:, None]
    x, y = spokes[:, :, 0], spokes[:, :, 1]
    first, last = np.arctan2(y[:, 0], x[:, 0]), np.arctan2(y[:, 2], x[:, 2])
    sweep = np.where(last < first, last + 2 * np.pi, last) - first
    turned = (y[:, 2] - y[:, 0]) * (x[:, 1] - x[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]) < 0
    sweep = np.where(turned, -(2 * np.pi - sweep), sweep)
    arc = np.abs(sweep * np.sqrt(x[:, 0] * x[:, 0] + y[:, 0] * y[:, 0]))
    sweep = np.where(arc > length, sweep * (length / arc), sweep)
    cos, sin = np.cos(sweep), np.sin(sweep)
    end_x = (x[:, 0] * cos - y[:, 0] * sin) + centre[:, 0]
    end_y = (x[:, 0] * sin + y[:, 0] * cos) + centre[:, 1]
    return list(zip(end_x.tolist(), end_y.tolist(), strict=True))


def _spline_ends(paths: Sequence[SliderPath]) -> list[Point]:
    pieces = [_split(path) for path in paths]
    lengths = iter(_piece_lengths([piece for path in pieces for piece in path]))
    asked = [
        _last_stretch(path.length, path_pieces, [next(lengths) for _ in path_pieces])
        for path, path_pieces in zip(paths, pieces, strict=True)
    ]
    return _evaluate(asked)


def _split(path: SliderPath) -> list[list[Point]]:
    """Pieces of a path: at doubled points, or every leg of a linear one."""
    points = path.points
    if path.curve == "L":
        return [list(pair) for pair in zip(points, points[1:], strict=False)] or [points]
    pieces, start = [], 0
    for index in range(1, len(points)):
        if points[index] == points[index - 1]:
            pieces.append(points[start:index])
            start = index
    return [*pieces, points[start:]]


def _last_stretch(wanted: float, pieces: list[list[Point]], lengths: list[float]) -> tuple[list[Point], float]:
    """The piece that the end is on, and the curve parameter there; not clamped, so it may lie beyond the piece."""
    total, reached = 0.0, []
    for length in lengths:
        total += length
        reached.append(total)
    for piece, length in zip(pieces[:-1], reached, strict=False):
        if total and length / total == 1:
            return piece, 1.0
    last = lengths[-1]
    asked = max(0.0, last - (total - wanted))
    return pieces[-1], asked / last if last else 1.0


def _piece_lengths(pieces: Sequence[list[Point]]) -> list[float]:
    lengths = [0.0] * len(pieces)
    for count, members in _by_size(pieces).items():
        points = _array([pieces[index] for index in members])
        x, y = (_bernstein(_sample_weights(count), points[:, :, axis, None]) for axis in (0, 1))
        dx, dy = np.diff(x), np.diff(y)
        legs = np.sqrt(dx * dx + dy * dy)
        for index, length in zip(members, _sum_of_legs(legs).tolist(), strict=True):
            lengths[index] = length
    return lengths


def _sum_of_legs(legs: Floats) -> Floats:
    """Sum of 49 legs a row, in eight interleaved sums."""
    sums = legs[:, 0:8]
    for start in range(8, 48, 8):
        sums = sums + legs[:, start : start + 8]
    s = sums.T
    return np.asarray(((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])) + legs[:, 48])


def _evaluate(asked: Sequence[tuple[list[Point], float]]) -> list[Point]:
    ends: list[Point] = [(0.0, 0.0)] * len(asked)
    for count, members in _by_size([piece for piece, _ in asked]).items():
        points = _array([asked[index][0] for index in members])
        weights = _weights(count, np.array([asked[index][1] for index in members], dtype=np.float64))
        x, y = (_bernstein(weights, points[:, :, axis]) for axis in (0, 1))
        for index, end in zip(members, zip(x.tolist(), y.tolist(), strict=True), strict=True):
            ends[index] = end
    return ends


def _array(pieces: Sequence[list[Point]]) -> Floats:
    """Points of pieces of one size as (pieces, points, 2)."""
    return np.fromiter(chain.from_iterable(chain.from_iterable(pieces)), np.float64).reshape(len(pieces), -1, 2)


def _by_size(pieces: Sequence[list[Point]]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for index, piece in enumerate(pieces):
        groups.setdefault(len(piece), []).append(index)
    return groups


def _bernstein(weights: Sequence[Floats], points: Floats) -> Floats:
    """Sum of weight times point, from the left; ``points`` is (curves, points of a curve, ...)."""
    total = weights[0] * points[:, 0]
    for index in range(1, points.shape[1]):
        total = total + weights[index] * points[:, index]
    return total


@lru_cache(maxsize=128)
def _sample_weights(count: int) -> list[Floats]:
    parameters: Floats = np.arange(_SAMPLES, dtype=np.float64) * (1 / (_SAMPLES - 1))
    parameters[-1] = 1
    return _weights(count, parameters)


def _weights(count: int, t: Floats) -> list[Floats]:
    """Weight of each of ``count`` points at the parameters ``t``."""
    degree = count - 1
    return [(float(comb(degree, i)) * np.power(1 - t, float(degree - i))) * np.power(t, float(i)) for i in range(count)]
