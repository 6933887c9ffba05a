"""Tempo and phase to the last ms: attacks folded over the beat, and how their place drifts through a stretch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .attacks import STEP_MS
from .onsets import HOP, SAMPLE_RATE

_REACH_MS = 40.0
_STEP_MS = 0.5
_WINDOW_S = 6.0
_ROUNDS = 3
_EDGE = 0.5  # of the height of the folded attacks: where on the rising side the beat is read
# The edge lies 4.7 ms before the sample at which a sudden sound begins. Mappers set their lines some ms ahead of that
# sample (6.5 ms in the song that this was checked with); half way between, both lie within 3.5 ms.
_EDGE_TO_ATTACK_MS = 4.7
_AHEAD_MS = 3.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Beats at ``phase + n * beat`` ms. ``spread`` (ms) is how far parts of the stretch are off it, ``error`` the relative error of ``beat``.

    ``times`` and ``lags`` in ms, of the windows: where a window's attacks lie against the grid. ``clearness`` is the
    height of the folded attacks over what lies between them.
    """

    beat: float
    phase: float
    spread: float
    error: float
    clearness: float
    times: Floats
    lags: Floats

    def near(self, time: float) -> float:
        """The beat nearest to ``time``."""
        return self.phase + round((time - self.phase) / self.beat) * self.beat


def fit_grid(attacks: NDArray[np.float32], beat: float, phase: float, start_ms: float, end_ms: float) -> Grid:
    """The grid of a stretch near ``beat`` and ``phase`` (ms), which are right to 1e-3 and to 30 ms in its middle."""
    times, lags, weights = np.zeros(1), np.zeros(1), np.ones(1)
    for number in range(_ROUNDS):
        reach = _REACH_MS if number == 0 else _REACH_MS / 2
        if number == 0:  # windows are compared with their mean, which may itself be off the middle
            folded = _folded(attacks, beat, phase, start_ms, end_ms, reach).mean(axis=0)
            phase += (int(folded.argmax()) - len(folded) // 2) * _STEP_MS
        times, lags, weights = _window_lags(attacks, beat, phase, start_ms, end_ms, reach)
        shift, slope = _line(times, lags, weights)
        middle = float(np.average(times, weights=weights))
        phase += shift + slope * (phase - middle)
        beat *= 1 + slope
        lags = lags - shift - slope * (times - middle)
    folded = _folded(attacks, beat, phase, start_ms, end_ms, _REACH_MS / 2).mean(axis=0)
    phase += _edge(folded) + _EDGE_TO_ATTACK_MS - _AHEAD_MS
    spread = float(np.sqrt(np.average((lags - np.average(lags, weights=weights)) ** 2, weights=weights)))
    clearness = float(folded.max() / (np.median(folded) + 1e-3))
    return Grid(beat, phase % beat, spread, _slope_error(times, weights, spread), clearness, times, lags)


def strongest_phase(strength: NDArray[np.float32], beat: float, start_ms: float, end_ms: float) -> float:
    """Phase with the most onset strength on the beat, in ms, in a stretch between two times."""
    frame_ms = HOP / SAMPLE_RATE * 1000
    first, last = int(start_ms / frame_ms), max(int(end_ms / frame_ms), int(start_ms / frame_ms) + 1)
    times = np.arange(first, min(last, len(strength))) * frame_ms
    bins = (times / beat % 1 * 128).astype(int)
    sums = np.bincount(bins, weights=strength[first : first + len(times)], minlength=128)
    smooth = sums + np.roll(sums, 1) + np.roll(sums, -1)
    return float((np.argmax(smooth) + 0.5) / 128 * beat)


def _folded(
    attacks: NDArray[np.float32], beat: float, phase: float, start_ms: float, end_ms: float, reach: float
) -> Floats:
    """Attacks around every beat: (beats, offsets from -reach to reach)."""
    first = np.ceil((start_ms - phase) / beat)
    beats = phase + (first + np.arange(max(1, int((end_ms - start_ms) / beat)))) * beat
    offsets = np.arange(-reach, reach + _STEP_MS / 2, _STEP_MS)
    places = (beats[:, None] + offsets) / STEP_MS
    return np.interp(places.ravel(), np.arange(len(attacks)), attacks).reshape(places.shape)


def _window_lags(
    attacks: NDArray[np.float32], beat: float, phase: float, start_ms: float, end_ms: float, reach: float
) -> tuple[Floats, Floats, Floats]:
    """Middles (ms), lags (ms) and weights of windows along the stretch."""
    count = max(1, round((end_ms - start_ms) / 1000 / _WINDOW_S))
    edges = np.linspace(start_ms, end_ms, count + 1)
    rows = []
    template = _folded(attacks, beat, phase, start_ms, end_ms, reach).mean(axis=0)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        folded = _folded(attacks, beat, phase, low, high, reach).mean(axis=0)
        rows.append(((low + high) / 2, *_lag(folded, template)))
    times, lags, weights = np.array(rows).T
    return times, lags, weights + 1e-6


def _lag(folded: Floats, template: Floats) -> tuple[float, float]:
    """Shift of ``folded`` against ``template`` in ms, and a weight."""
    centred = template - np.median(template)
    match = np.correlate(np.maximum(0, folded - np.median(folded)), np.maximum(0, centred), "same")
    top = int(match.argmax())
    return (top - len(folded) // 2) * _STEP_MS, float(match[top])


def _line(times: Floats, lags: Floats, weights: Floats) -> tuple[float, float]:
    """Value in the (weighted) middle and slope of a line through the lags, without those that lie far off it."""
    used = np.ones(len(times), bool)
    shift, slope = 0.0, 0.0
    for _ in range(3):
        shift, slope = _least_squares(times, lags, weights * used)
        middle = np.average(times, weights=weights)
        off = np.abs(lags - shift - slope * (times - middle))
        used = off <= max(3.0, 2.5 * float(np.median(off)))
    return shift, slope


def _least_squares(times: Floats, lags: Floats, weights: Floats) -> tuple[float, float]:
    total = weights.sum()
    if len(times) < 2 or total <= 0:
        return (float(np.average(lags, weights=weights)) if total > 0 else 0.0), 0.0
    centre, mean = np.average(times, weights=weights), np.average(lags, weights=weights)
    around = times - centre
    slope = float((weights * around * (lags - mean)).sum() / max((weights * around**2).sum(), 1e-9))
    return float(mean), slope


def _edge(folded: Floats) -> float:
    """Where the rising side of the highest peak passes half its height, in ms from the middle."""
    top = int(folded.argmax())
    level = np.median(folded) + _EDGE * (folded[top] - np.median(folded))
    below = np.flatnonzero(folded[:top] <= level)
    if not len(below):
        return (top - len(folded) // 2) * _STEP_MS - _EDGE_TO_ATTACK_MS
    left = int(below[-1])
    part = (level - folded[left]) / (folded[left + 1] - folded[left])
    return (left + part - len(folded) // 2) * _STEP_MS


def _slope_error(times: Floats, weights: Floats, spread: float) -> float:
    """Standard error of the relative beat length."""
    if len(times) < 3:
        return 1e-3
    width = np.sqrt(np.average((times - np.average(times, weights=weights)) ** 2, weights=weights))
    return float(max(spread, 0.3) / (width * np.sqrt(len(times))))
