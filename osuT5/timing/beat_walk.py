"""Walks from the strongest peaks of a beat signal, beat by beat, over the whole song (spec 03 section 11, step 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_JUMP_COST = 60
_TURN_COST = 300
_MARGIN_MS = 200


@dataclass(frozen=True)
class Peaks:
    """Peaks of the beat signal by time. ``defined``: the tempo was found at the peak and not taken from a neighbour."""

    times: NDArray[np.intp]  # ms
    weights: NDArray[np.float64]
    bpms: NDArray[np.float64]
    defined: NDArray[np.bool_]


def walk_beats(peaks: Peaks, length_ms: int) -> list[int]:
    """Times of beats in ms, in the order found."""
    return _Walk(peaks, length_ms).run() if len(peaks.times) else []


class _Walk:
    def __init__(self, peaks: Peaks, length_ms: int) -> None:
        self.peaks = peaks
        self.length_ms = length_ms
        self.open = np.ones(len(peaks.times), dtype=bool)
        self.processed: list[tuple[float, float]] = []
        self.beats: list[int] = []

    def run(self) -> list[int]:
        while self.open.any():
            start = int(np.argmax(np.where(self.open, self.peaks.weights, -np.inf)))
            self.beats.append(int(self.peaks.times[start]))
            for direction in (1, -1):
                self._go(start, direction)
        return self.beats

    def _go(self, start: int, direction: int) -> None:
        """One walk from a peak; closes every peak in the stretch it covers."""
        origin = float(self.peaks.times[start])
        time, bpm = origin, float(self.peaks.bpms[start])
        visited = {start}
        while True:
            step = direction * 60000 / bpm
            time += step
            if not 0 <= time < self.length_ms:
                self._close(time - step, time)
                break
            nearest, cost = self._nearest(time)
            if cost < _JUMP_COST:
                # A peak met again would be met for ever.
                if nearest in visited:
                    break
                visited.add(nearest)
                time, bpm = float(self.peaks.times[nearest]), float(self.peaks.bpms[nearest])
            elif cost < _TURN_COST and self.peaks.defined[nearest]:
                time -= step
                break
            if any(low <= time <= high for low, high in self.processed):
                break
            self.beats.append(int(time))
        ends = (origin - direction * _MARGIN_MS, time + direction * _MARGIN_MS)
        self.processed.append((min(ends), max(ends)))
        self._close(*ends)

    def _nearest(self, time: float) -> tuple[int, float]:
        costs = np.abs(self.peaks.times - time) / self.peaks.weights
        index = int(np.argmin(costs))
        return index, float(costs[index])

    def _close(self, a: float, b: float) -> None:
        low, high = min(a, b), max(a, b)
        self.open &= ~((self.peaks.times >= low) & (self.peaks.times <= high))
