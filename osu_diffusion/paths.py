"""Slider paths of many sliders at once (spec 04 section 8, "Polyline"): flattened, measured, and cut at a length.

All sliders of a window go through the same array operations; nothing loops over sliders. Positions in osu! pixels,
float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .guides import CATMULL, PERFECT

FLATNESS = 0.25  # squared second difference at which a Bezier piece is straight enough
ARC_TOLERANCE = 0.1
CATMULL_STEPS = 50
_MAX_HALVINGS = 48


@dataclass(frozen=True)
class ControlPoints:
    """Control points of S sliders, one after the other: ``owner`` (M,) is the slider of each of the M points."""

    owner: np.ndarray
    kinds: np.ndarray  # (S,) "B", "P" or "C"

    @property
    def sliders(self) -> int:
        return len(self.kinds)


@dataclass
class _Chunk:
    """Flattened points with the keys that put them in order: part of the list, place in the part, place in a piece."""

    points: np.ndarray
    part: np.ndarray
    place: np.ndarray
    step: np.ndarray


def ends_at(control: ControlPoints, points: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Path length (S,) of each slider and its point (S, 2) at ``lengths`` (S,), kept within the path.

    ``points`` (M, 2) are the current places of the control points.
    """
    flat, owner = polylines(control, points)
    same = owner[1:] == owner[:-1]
    legs = np.sqrt(((flat[1:] - flat[:-1]) ** 2).sum(axis=1)) * same
    walked = np.concatenate([[0.0], np.cumsum(legs)])
    first = np.searchsorted(owner, np.arange(control.sliders), side="left")
    last = np.searchsorted(owner, np.arange(control.sliders), side="right") - 1
    totals = walked[last] - walked[first]
    wanted = walked[first] + np.clip(lengths, 0.0, totals)
    upper = np.clip(np.searchsorted(walked, wanted, side="left"), np.minimum(first + 1, last), last)
    lower = np.maximum(upper - 1, first)
    leg = walked[upper] - walked[lower]
    share = np.where(leg > 0, (wanted - walked[lower]) / np.where(leg > 0, leg, 1.0), 0.0)
    return totals, flat[lower] + (flat[upper] - flat[lower]) * np.clip(share, 0.0, 1.0)[:, None]


def polylines(control: ControlPoints, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flattened paths of all sliders, joined: points (L, 2) and the slider (L,) of each, no point equal to the last."""
    starts = np.ones(len(points), dtype=bool)
    moved = (points[1:] != points[:-1]).any(axis=1)
    starts[1:] = (control.owner[1:] != control.owner[:-1]) | ~moved
    first = np.flatnonzero(starts)
    sizes = np.diff(np.append(first, len(points)))
    owner = control.owner[first]
    chunks = _flatten_parts(points, first, sizes, _part_kinds(control, owner, sizes))
    joined = _in_order(chunks)
    of_slider = owner[joined.part]
    kept = np.ones(len(joined.points), dtype=bool)
    kept[1:] = (joined.points[1:] != joined.points[:-1]).any(axis=1) | (of_slider[1:] != of_slider[:-1])
    return joined.points[kept], of_slider[kept]


def _part_kinds(control: ControlPoints, owner: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Kind of each part: arcs only where slider and part both have three points."""
    kinds = control.kinds[owner]
    counts = np.bincount(control.owner, minlength=control.sliders)[owner]
    arc = (kinds == PERFECT) & (counts == 3) & (sizes == 3)
    return np.where(kinds == CATMULL, CATMULL, np.where(arc, PERFECT, "B"))


def _flatten_parts(points: np.ndarray, first: np.ndarray, sizes: np.ndarray, kinds: np.ndarray) -> list[_Chunk]:
    chunks = []
    for size in np.unique(sizes):
        for kind in np.unique(kinds[sizes == size]):
            part = np.flatnonzero((sizes == size) & (kinds == kind))
            batch = points[first[part][:, None] + np.arange(size)]
            chunks.extend(_flatten(batch, part, str(kind)))
    return chunks


def _flatten(batch: np.ndarray, part: np.ndarray, kind: str) -> list[_Chunk]:
    """Parts (P, n, 2) of one kind and size."""
    if kind == CATMULL and batch.shape[1] > 1:
        return [_catmull(batch, part)]
    if kind != PERFECT:
        return _bezier(batch, part)
    round_enough = _is_arc(batch)
    return [*_arcs(batch[round_enough], part[round_enough]), *_bezier(batch[~round_enough], part[~round_enough])]


def _bezier(batch: np.ndarray, part: np.ndarray) -> list[_Chunk]:
    """Halve all pieces that are not flat, level by level; a piece's place is its start parameter."""
    if len(batch) == 0:
        return []
    size = batch.shape[1]
    ends = _Chunk(batch[:, -1], part, np.ones(len(part)), np.zeros(len(part)))
    chunks, place = [ends], np.zeros(len(part))
    for level in range(_MAX_HALVINGS + 1):
        bend = batch[:, :-2] - 2 * batch[:, 1:-1] + batch[:, 2:]
        flat = ((bend**2).sum(axis=2) <= FLATNESS).all(axis=1)
        if level == _MAX_HALVINGS:
            flat[:] = True
        chunks.append(_flat_pieces(batch[flat], part[flat], place[flat]))
        if flat.all():
            break
        left, right = _halves(batch[~flat])
        start, part = place[~flat], np.repeat(part[~flat], 2)
        batch = np.stack([left, right], axis=1).reshape(-1, size, 2)
        place = np.stack([start, start + 0.5 ** (level + 1)], axis=1).ravel()
    return chunks


def _flat_pieces(batch: np.ndarray, part: np.ndarray, place: np.ndarray) -> _Chunk:
    """First control point and the smoothed inner ones of flat pieces (P, n, 2)."""
    count, size = batch.shape[:2]
    left, right = _halves(batch)
    joined = np.concatenate([left, right[:, 1:]], axis=1)
    inner = 0.25 * (joined[:, 1:-3:2] + 2 * joined[:, 2:-2:2] + joined[:, 3:-1:2])
    emitted = np.concatenate([batch[:, :1], inner], axis=1)
    steps = emitted.shape[1]
    return _Chunk(
        emitted.reshape(-1, 2), np.repeat(part, steps), np.repeat(place, steps), np.tile(np.arange(steps), count)
    )


def _halves(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """De Casteljau at 1/2 for curves (P, n, 2)."""
    row = batch
    left, right = [row[:, 0]], [row[:, -1]]
    while row.shape[1] > 1:
        row = (row[:, :-1] + row[:, 1:]) / 2
        left.append(row[:, 0])
        right.append(row[:, -1])
    return np.stack(left, axis=1), np.stack(right[::-1], axis=1)


def _squares(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squared sides opposite to the three points, and the barycentric weights of the circumcentre."""
    a, b, c = batch[:, 0], batch[:, 1], batch[:, 2]
    sides = np.stack([((b - c) ** 2).sum(1), ((a - c) ** 2).sum(1), ((a - b) ** 2).sum(1)], axis=1)
    return sides, sides * (sides.sum(axis=1, keepdims=True) - 2 * sides)


def _is_arc(batch: np.ndarray) -> np.ndarray:
    sides, weights = _squares(batch)
    return ~(np.isclose(sides, 0).any(axis=1) | np.isclose(weights.sum(axis=1), 0))


def _arcs(batch: np.ndarray, part: np.ndarray) -> list[_Chunk]:
    """Circular arcs through three points each."""
    if len(batch) == 0:
        return []
    _, weights = _squares(batch)
    centre = (weights[:, :, None] * batch).sum(axis=1) / weights.sum(axis=1)[:, None]
    start, _, end = np.moveaxis(batch - centre[:, None], 1, 0)
    radius = np.sqrt((start**2).sum(axis=1))
    angle = np.arctan2(start[:, 1], start[:, 0])
    sweep = np.mod(np.arctan2(end[:, 1], end[:, 0]) - angle, 2 * np.pi)
    sweep = np.where(sweep == 0, 2 * np.pi, sweep)
    chord, middle = batch[:, 2] - batch[:, 0], batch[:, 1] - batch[:, 0]
    backwards = chord[:, 1] * middle[:, 0] - chord[:, 0] * middle[:, 1] < 0
    sweep = np.where(backwards, -(2 * np.pi - sweep), sweep)
    count = _arc_points(radius, np.abs(sweep))
    row = np.repeat(np.arange(len(batch)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    theta = angle[row] + sweep[row] * (step / (count[row] - 1))
    points = centre[row] + radius[row][:, None] * np.stack([np.cos(theta), np.sin(theta)], axis=1)
    return [_Chunk(points, part[row], np.zeros(len(row)), step)]


def _arc_points(radius: np.ndarray, sweep: np.ndarray) -> np.ndarray:
    tiny = 2 * radius <= ARC_TOLERANCE
    step = 2 * np.arccos(1 - ARC_TOLERANCE / np.where(tiny, 1.0, radius))
    return np.where(tiny, 2, np.maximum(2, np.ceil(sweep / step))).astype(np.int64)


def _catmull(batch: np.ndarray, part: np.ndarray) -> _Chunk:
    """Uniform Catmull-Rom parts (P, n, 2): both ends of each of the sub-steps of every segment."""
    before = np.concatenate([batch[:, :1], batch[:, :-2]], axis=1)
    a, b = batch[:, :-1], batch[:, 1:]
    after = np.concatenate([batch[:, 2:], 2 * batch[:, -1:] - batch[:, -2:-1]], axis=1)
    t = (np.arange(CATMULL_STEPS + 1) / CATMULL_STEPS)[:, None]
    p, q, r, s = (value[:, :, None] for value in (before, a, b, after))
    curve = 0.5 * (
        2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * (t * t) + (3 * q - p - 3 * r + s) * (t * (t * t))
    )
    count = curve.shape[1] * curve.shape[2]
    return _Chunk(
        curve.reshape(-1, 2),
        np.repeat(part, count),
        np.zeros(len(part) * count),
        np.tile(np.arange(count), len(part)),
    )


def _in_order(chunks: list[_Chunk]) -> _Chunk:
    points, part, place, step = (
        np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("points", "part", "place", "step")
    )
    order = np.lexsort((step, place, part))
    return _Chunk(points[order], part[order], place[order], step[order])
