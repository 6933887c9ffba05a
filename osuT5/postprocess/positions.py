"""Gives every group a position: drawn at its distance, carried over from the one before, or set by the mode (spec 03 section 14)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from osuT5.events.event import NON_TIMED, EventType
from osuT5.events.groups import Group

WIDTH, HEIGHT = 512, 384
CENTRE = (256.0, 192.0)
_ANGLES = 500
_MOVING = NON_TIMED | {EventType.CIRCLE, EventType.SLIDER_HEAD, EventType.LAST_ANCHOR, EventType.SLIDER_END}


def place_groups(groups: Iterable[Group], mode: int, rng: np.random.RandomState) -> None:
    """Fill in x and y of every group. Changes ``groups``; draws once for each that has a distance but no position."""
    last, spinning = CENTRE, False
    for group in groups:
        if group.distance is not None and group.x is None and group.y is None:
            group.x, group.y = _at_distance(last, group.distance, rng)
        if group.x is None or group.y is None:
            group.x, group.y = last
        if group.type in _MOVING:
            last = (group.x, group.y)
        elif group.type is EventType.SPINNER:
            spinning = True
        elif group.type is EventType.SPINNER_END and spinning:
            last, spinning = CENTRE, False
        if mode == 1:
            group.x, group.y = CENTRE
        elif mode == 3:
            group.y = CENTRE[1]


def _at_distance(last: tuple[float, float], distance: float, rng: np.random.RandomState) -> tuple[float, float]:
    angles = np.linspace(0, 2 * math.pi, _ANGLES)
    x, y = last[0] + distance * np.cos(angles), last[1] + distance * np.sin(angles)
    inside = np.flatnonzero((x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= HEIGHT))
    if not len(inside):
        corner = last[0] + last[1] > (WIDTH + HEIGHT) / 2
        return (float(WIDTH), float(HEIGHT)) if corner else (0.0, 0.0)
    index = inside[rng.randint(len(inside))]
    return float(x[index]), float(y[index])
