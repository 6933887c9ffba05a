"""How a long map is cut for the refiner (spec 04 section 8). Pure numbers."""

from __future__ import annotations


def window_bounds(length: int, max_length: int, overlap: int, short_maps: bool = True) -> list[tuple[int, int]]:
    """Start and end of each window over ``length`` elements; neighbours share ``2 * overlap``.

    ``short_maps`` False leaves maps of at most ``2 * overlap`` elements without a window, as published.
    """
    if length <= 0:
        return []
    if short_maps and length <= 2 * overlap:
        return [(0, length)]
    stride = max_length - 2 * overlap
    return [(start, min(start + max_length, length)) for start in range(0, length - 2 * overlap, stride)]
