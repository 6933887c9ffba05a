"""Keeps refined objects where players can see and reach them (spec 08, rules O01 and O02).

Circles and slider heads stay inside the 512 x 384 playfield; circles and slider bodies, drawn with their radius, stay
inside what a 4:3 screen shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .elements import Elements
from .guides import SliderGuide
from .paths import ControlPoints, ends_at, polylines

SCREEN = np.array([[-67.0, -60.0], [579.0, 428.0]])  # corners, px
PLAYFIELD = np.array([[0.0, 0.0], [512.0, 384.0]])
_ON_FIELD = (0, 1, 4, 5)  # types of circles and slider heads
_SPINNERS = (2, 3)


@dataclass(frozen=True)
class Bounds:
    """Boxes (2, 2) that object centres must lie in, corner by corner."""

    heads: np.ndarray
    bodies: np.ndarray


def bounds_of(circle_size: float | None) -> Bounds:
    """Boxes for a circle size (default 4): the screen less the radius, and its part inside the playfield."""
    radius = 54.4 - 4.48 * min(max(4.0 if circle_size is None else circle_size, 0.0), 10.0)
    # a pixel less: positions are rounded afterwards
    bodies = np.array([np.ceil(SCREEN[0] + radius), np.floor(SCREEN[1] - radius)])
    return Bounds(np.array([np.maximum(bodies[0], PLAYFIELD[0]), np.minimum(bodies[1], PLAYFIELD[1])]), bodies)


def keep_inside(
    positions: np.ndarray,
    elements: Elements,
    sliders: Sequence[SliderGuide],
    free: np.ndarray,
    circle_size: float | None,
) -> np.ndarray:
    """``positions`` (T, 2) with the ``free`` (T,) ones moved inside; other elements stay where they are.

    Sliders whose bodies bulge out are drawn towards their heads until they fit, then their ends follow their paths.
    """
    bounds = bounds_of(circle_size)
    result = positions.copy()
    for box, on_field in ((bounds.heads, True), (bounds.bodies, False)):
        chosen = free & (np.isin(elements.types, _ON_FIELD) == on_field) & ~np.isin(elements.types, _SPINNERS)
        result[chosen] = result[chosen].clip(*box)
    touched = [slider for slider in sliders if free[list(slider.entries[1:])].all() and free[slider.end]]
    moved = [slider for slider in touched if _changed(slider, positions, result)]
    bulging = _outside(touched, result, bounds.bodies)
    for _ in range(8):
        if not bulging:
            break
        moved += bulging
        for slider in bulging:
            inner = [entry for entry in dict.fromkeys(slider.entries[1:]) if entry != slider.entries[0]]
            head = result[slider.entries[0]]
            result[inner] = head + 0.75 * (result[inner] - head)
        bulging = _outside(bulging, result, bounds.bodies)
    _follow_paths(moved, result)
    return result


def _changed(slider: SliderGuide, before: np.ndarray, after: np.ndarray) -> bool:
    entries = list(slider.entries)
    return bool((before[entries] != after[entries]).any())


def _control(sliders: Sequence[SliderGuide]) -> tuple[ControlPoints, np.ndarray]:
    entries = np.array([entry for slider in sliders for entry in slider.entries], dtype=np.int64)
    owner = np.repeat(np.arange(len(sliders)), [len(slider.entries) for slider in sliders])
    return ControlPoints(owner, np.array([slider.kind for slider in sliders])), entries


def _outside(sliders: Sequence[SliderGuide], positions: np.ndarray, box: np.ndarray) -> list[SliderGuide]:
    """Sliders whose path leaves ``box``."""
    if not sliders:
        return []
    control, entries = _control(sliders)
    points, owner = polylines(control, positions[entries])
    out = (points < box[0] - 1e-6).any(axis=1) | (points > box[1] + 1e-6).any(axis=1)
    return [sliders[index] for index in np.unique(owner[out])]


def _follow_paths(sliders: Sequence[SliderGuide], positions: np.ndarray) -> None:
    """Put the ends of ``sliders`` back on their paths, in place."""
    if not sliders:
        return
    control, entries = _control(sliders)
    totals, ends = ends_at(control, positions[entries], np.array([slider.length for slider in sliders]))
    for slider, total, end in zip(sliders, totals, ends, strict=True):
        if total > 0:
            positions[slider.end] = end
