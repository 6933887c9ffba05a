"""How far red lines are from the true ones: tempo, phase and first downbeat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..beatmap.timing_lines import TimingLine

STEP_MS = 100.0  # at which tempi are compared


def red_lines(lines: Iterable[TimingLine]) -> list[TimingLine]:
    """The uninherited lines with a usable tempo, by time."""
    red = [line for line in lines if line.parent is None and line.beat_length > 0]
    return sorted(red, key=lambda line: line.offset_us)


def relative_error(found: float, true: float) -> float:
    """``|found / true - 1|``: double and half are errors of 1 and 0.5."""
    return abs(found / true - 1)


def phase_error(found_ms: float, true_ms: float, period_ms: float) -> float:
    """Signed distance in ms modulo ``period_ms``, in (-period / 2, period / 2]; positive where ``found_ms`` is late."""
    rest = (found_ms - true_ms) % period_ms
    return rest - period_ms if rest > period_ms / 2 else rest


def tempo_share(
    found: Sequence[TimingLine], true: Sequence[TimingLine], start_ms: float, end_ms: float, tolerance: float
) -> float:
    """Share of the time from ``start_ms`` to ``end_ms`` in which the tempo found is within ``tolerance`` (0.005: 0.5%).

    0 without lines. Raises ``ValueError`` without true lines.
    """
    if not true:
        raise ValueError("true: no red lines to compare with")
    times = np.arange(start_ms, max(end_ms, start_ms + STEP_MS), STEP_MS)
    if not found:
        return 0.0
    ratio = _beat_lengths(true, times) / _beat_lengths(found, times)  # tempo found over true tempo
    return float((np.abs(ratio - 1) <= tolerance).mean())


def downbeat_error(found: Sequence[TimingLine], true: Sequence[TimingLine]) -> float:
    """Distance in ms from the first line found to the nearest true bar line, as the first true line counts bars.

    Infinite without lines.
    """
    if not found or not true:
        return float("inf")
    first = true[0]
    return abs(phase_error(found[0].offset_ms, first.offset_ms, first.beat_length * first.meter))


def _beat_lengths(lines: Sequence[TimingLine], times: NDArray[np.float64]) -> NDArray[np.float64]:
    starts = np.array([line.offset_ms for line in lines])
    lengths = np.array([line.beat_length for line in lines])
    return lengths[np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)]
