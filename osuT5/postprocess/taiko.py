"""Drum rolls (spec 03 section 14)."""

from __future__ import annotations

import math

WIDTH, ROW = 512, 192


def drum_roll_length(velocity: float, duration: int, beat_length: float, slider_multiplier: float) -> float:
    """Length in osu! pixels of a roll of ``duration`` ms."""
    return velocity * duration * 100 / beat_length * slider_multiplier


def drum_roll_points(length: float) -> str:
    """Control points of a straight path that goes to and fro over the playfield from its left edge."""
    count = math.ceil(length / WIDTH)
    return "|".join(f"{0 if index % 2 else WIDTH}:{ROW}" for index in range(count))
