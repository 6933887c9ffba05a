"""Stretches of one tempo: the likeliest path through (tempo, phase) states, where every change has its price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .onsets import FRAME_RATE
from .pulse import HARMONICS, WEIGHTS, Blocks, blocks_of, tempo_candidates

PHASES = 32
BLOCK = 50  # frames, about 0.25 s
CHANGE_COST = 200.0  # what a change of tempo or phase costs; a clear beat earns 40 to 90 a second
SLIP_COST = 25.0  # moving on by one phase

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stretch:
    """``start`` and ``end`` in s; ``bpm`` of the pulse; ``gain`` is the score a second."""

    start: float
    end: float
    bpm: float
    gain: float


def find_stretches(strength: NDArray[np.float32]) -> list[Stretch]:
    """Stretches of steady pulse in order, without gaps. Empty for a song shorter than two blocks."""
    if len(strength) < 2 * BLOCK:
        return []
    tempi = tempo_candidates(strength)
    if not len(tempi):
        return []
    phases = np.arange(PHASES) / PHASES
    blocks = [blocks_of(strength, bpm, BLOCK) for bpm in tempi]
    scores = np.stack([block.phase_score(phases) for block in blocks], axis=1)
    states = _best_path(scores)
    tempo, seconds = states // PHASES, BLOCK / FRAME_RATE
    earned = scores.reshape(len(states), -1)[np.arange(len(states)), states]
    starts = np.flatnonzero(np.diff(tempo, prepend=-1)).tolist()
    ends = [*starts[1:], len(tempo)]
    return [
        Stretch(
            start * seconds,
            end * seconds,
            refined_bpm(_part(blocks[tempo[start]], start, end), float(tempi[tempo[start]])),
            float(earned[start:end].sum() / (seconds * (end - start))),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def refined_bpm(blocks: Blocks, bpm: float) -> float:
    """The tempo near ``bpm`` at which the blocks turn the same way, to about 1e-4."""
    span = float(np.ptp(blocks.times)) + BLOCK / FRAME_RATE
    reach = min(0.004 * bpm, 40.0 / span)
    offsets = np.linspace(-reach, reach, 161)
    turns = np.exp(2j * np.pi * HARMONICS[:, None, None] * offsets[:, None] / 60 * blocks.times)
    scores = WEIGHTS @ np.abs(np.einsum("hb,hob->ho", blocks.sums, turns))
    return bpm + float(offsets[np.argmax(scores)])


def _part(blocks: Blocks, start: int, end: int) -> Blocks:
    return Blocks(blocks.sums[:, start:end], blocks.times[start:end])


def _best_path(scores: Floats) -> NDArray[np.intp]:
    """Viterbi over (blocks, tempi, phases): one state for each block."""
    count, tempi, phases = scores.shape
    stay = np.arange(tempi * phases).reshape(tempi, phases)
    sources = np.stack([stay, np.roll(stay, 1, axis=1), np.roll(stay, -1, axis=1), stay])
    value = scores[0].copy()
    back = np.empty((count, tempi, phases), np.intp)
    for block in range(1, count):
        best = int(value.argmax())
        sources[3] = best
        slipped = [np.roll(value, step, axis=1) - SLIP_COST for step in (1, -1)]
        options = np.stack([value, *slipped, np.full_like(value, value.flat[best] - CHANGE_COST)])
        choice = options.argmax(axis=0)[None]
        back[block] = np.take_along_axis(sources, choice, axis=0)[0]
        value = np.take_along_axis(options, choice, axis=0)[0] + scores[block]
    path = np.empty(count, np.intp)
    path[-1] = value.argmax()
    for block in range(count - 1, 0, -1):
        path[block - 1] = back[block].flat[path[block]]
    return path
