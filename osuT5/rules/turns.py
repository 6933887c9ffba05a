"""Sliders of another shape: turned about the head, straight, or an arc; their lengths stay."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

from osuT5.beatmap import Slider
from osuT5.beatmap.flatten import Point


def angles(step: int, most: int) -> Iterator[float]:
    """Radians to both sides, the smallest first."""
    for degrees in range(step, most + 1, step):
        yield from (math.radians(degrees), -math.radians(degrees))


def turned(slider: Slider, angle: float) -> Slider:
    """A copy whose path is turned by ``angle`` about its head; anchors in whole px."""
    cosine, sine = math.cos(angle), math.sin(angle)
    result = copy.copy(slider)
    result.points = []
    for x, y in slider.points:
        dx, dy = x - slider.x, y - slider.y
        result.points.append(_whole(slider, dx * cosine - dy * sine, dx * sine + dy * cosine))
    return result


def mirrored(slider: Slider, across: float) -> Slider:
    """A copy mirrored at the line through its head in the direction ``across``."""
    cosine, sine = math.cos(2 * across), math.sin(2 * across)
    result = copy.copy(slider)
    result.points = []
    for x, y in slider.points:
        dx, dy = x - slider.x, y - slider.y
        result.points.append(_whole(slider, dx * cosine + dy * sine, dx * sine - dy * cosine))
    return result


def straight(slider: Slider, length: float, angle: float) -> Slider:
    """A copy that is a line of ``length`` px in the direction ``angle``."""
    return _reshaped(slider, "L", [_whole(slider, length * math.cos(angle), length * math.sin(angle))])


def arc(slider: Slider, length: float, angle: float, bend: float) -> Slider:
    """A copy that is an arc of ``length`` px: its chord points to ``angle``, it turns by ``bend`` radians from end to end."""
    if abs(bend) < 0.05:
        return straight(slider, length, angle)
    radius = length / abs(bend)
    chord, height = 2 * radius * math.sin(abs(bend) / 2), radius * (1 - math.cos(bend / 2))
    side = -height if bend > 0 else height
    cosine, sine = math.cos(angle), math.sin(angle)
    middle = _whole(slider, cosine * chord / 2 - sine * side, sine * chord / 2 + cosine * side)
    return _reshaped(slider, "P", [middle, _whole(slider, cosine * chord, sine * chord)])


def _reshaped(slider: Slider, letter: str, points: list[Point]) -> Slider:
    result = copy.copy(slider)
    result.curves, result.points = ((0, letter),), points
    return result


def _whole(slider: Slider, dx: float, dy: float) -> Point:
    return float(round(slider.x + dx)), float(round(slider.y + dy))
