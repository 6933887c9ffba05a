"""Whether a song divides its beats by two or by three, heard from its attacks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..beatmap.timing_lines import TimingLine
from .grid import grid_points

BINARY, TERNARY = 4, 3
STEP_MS = 5.0
SURER = 1.3  # thirds must be so much stronger: most songs are binary
_FLOOR = 0.02  # of the song's mean energy
_NEAR = 2  # steps around a place that count as there

Floats = NDArray[np.float64]


def beat_division(samples: NDArray[np.float32], sample_rate: int, lines: Sequence[TimingLine]) -> int:
    """4, or 3 for songs whose attacks lie on thirds of the beats of ``lines`` (red ones); mono ``samples``."""
    rise = _attacks(samples, sample_rate)
    length_ms = len(samples) / sample_rate * 1000
    at = {place: _strength(rise, lines, length_ms, *place) for place in ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4))}
    halves = max(at[1, 2], (at[1, 4] + at[3, 4]) / 2)
    thirds = max(at[2, 3], (at[1, 3] + at[2, 3]) / 2)
    return TERNARY if thirds > SURER * halves else BINARY


def _attacks(samples: NDArray[np.float32], sample_rate: int) -> Floats:
    """Rise of the log energy of high frequencies over 10 ms (steps,) >= 0."""
    step = int(sample_rate * STEP_MS / 1000)
    bright = np.diff(samples, prepend=samples[:1])
    whole = bright[: len(bright) // step * step].reshape(-1, step).astype(np.float64)
    energy = np.einsum("ij,ij->i", whole, whole)
    level = np.log(energy + _FLOOR * energy.mean() + 1e-12)
    return np.maximum(0.0, level - np.concatenate([level[:2], level[:-2]]))


def _strength(rise: Floats, lines: Sequence[TimingLine], length_ms: float, part: int, divisor: int) -> float:
    """Mean attack at one place of the beat."""
    found = []
    for number, line in enumerate(lines):
        end = lines[number + 1].offset_ms if number + 1 < len(lines) else length_ms
        beats = grid_points([line], line.offset_ms, min(end, length_ms), 1)
        found.append(((beats + line.beat_length * part / divisor) / STEP_MS).astype(int))
    places = np.concatenate(found)[:, None] + np.arange(-_NEAR, _NEAR + 1)
    places = places[(places[:, -1] < len(rise)) & (places[:, 0] >= 0)]
    return float(rise[places].max(1).mean()) if len(places) else 0.0
