"""Ticks of the beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..beatmap.timing_lines import TimingLine

_TIE = 1e-6  # ticks


def grid_points(lines: Sequence[TimingLine], start_ms: float, end_ms: float, divisor: int = 4) -> NDArray[np.float64]:
    """The ticks of 1/``divisor`` of a beat from ``start_ms`` to ``end_ms``; the first line also counts backwards."""
    parts = []
    for number, line in enumerate(lines):
        step = line.beat_length / divisor
        begin = max(line.offset_ms, start_ms) if number else start_ms
        first = np.ceil((begin - line.offset_ms) / step - _TIE)
        stop = np.floor((end_ms - line.offset_ms) / step + _TIE) + 1
        if number + 1 < len(lines):  # the next line's first tick is its own
            stop = min(stop, np.ceil((lines[number + 1].offset_ms - line.offset_ms) / step - _TIE))
        parts.append(line.offset_ms + step * np.arange(first, max(first, stop)))
    return np.concatenate(parts) if parts else np.zeros(0)
