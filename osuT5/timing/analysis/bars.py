"""Which beats begin a bar: meters of 3 to 7 beats, each with its phases, and what speaks for each.

Harmony moves at bar lines, kicks fall on them, backbeats beside them, new parts of a song begin there. The features of a
candidate go into a linear score (see :mod:`.weights`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .evidence import PARTS, Beats
from .level import hit_rows, likeness

METERS = (3, 4, 5, 6, 7)
_TYPICAL_BAR_MS = 2000.0
_AROUND = 8  # beats on either side, for where parts of a song begin
_EDGE = 3  # beats at the ends of the row, where no part can begin
_HEARD, _BELOW_LOUDEST = 0.7, 5.0  # what counts as the first beat that sounds
_LONGEST = max(METERS)

Floats = NDArray[np.float64]


def bar_candidates() -> list[tuple[int, int]]:
    """(meter, number of beats before the first bar line), in the order of :func:`bar_features`."""
    return [(meter, first) for meter in METERS for first in range(meter)]


def bar_features(beats: Beats) -> Floats:
    """(candidates, features)."""
    on, half = beats.hits[:, :, 0], beats.hits[:, :, PARTS // 2]
    parts, alike = _part_starts(beats), _bar_likeness(beats)
    first = int(np.argmax((on[4] > _HEARD) & (beats.loudness > beats.loudness.max() - _BELOW_LOUDEST)))
    rows = []
    for meter in METERS:
        folded = [np.stack([row[:, part::meter].mean(axis=1) for part in range(meter)], 1) for row in (on, half)]
        changes = np.stack([beats.changes[:, part::meter].mean(axis=1) for part in range(meter)], 1)
        accents = np.array([beats.accents[part::meter].mean() for part in range(meter)])
        common = [*_meter(meter, beats.beat), *alike[METERS.index(meter)]]
        for line in range(meter):
            turned = [np.roll(row, -line, axis=1) for row in folded]
            begun = parts[line::meter]
            start = [first % meter == line, (first - line) % meter == meter - 1]
            rows.append(
                np.concatenate(
                    [
                        common,
                        _stand_out(np.roll(changes, -line, axis=1)),
                        (turned[0][:, 0] - turned[0][:, 1:].mean(axis=1)),
                        [
                            accents[line] - np.delete(accents, line).mean(),
                            accents[line] - np.delete(accents, line).max(),
                        ],
                        [begun.sum() - 1 / meter, begun.max(initial=0), *start],
                        _pattern(meter, *turned),
                    ]
                )
            )
    return np.stack(rows)


def _meter(meter: int, beat: float) -> list[float]:
    longer = float(np.log2(meter * beat / _TYPICAL_BAR_MS))
    return [*(float(meter == other) for other in METERS), longer, longer**2]


def _stand_out(changes: Floats) -> Floats:
    """Changes of the harmony at the bar line against the mean and against the strongest of the other beats."""
    others = changes[:, 1:]
    return np.concatenate([changes[:, 0] - others.mean(axis=1), changes[:, 0] - others.max(axis=1)])


def _pattern(meter: int, on: Floats, half: Floats) -> Floats:
    """The hits of a bar, for the usual meter in full."""

    def centred(row: Floats, count: int) -> Floats:
        return np.asarray((row[:4, :count] - row[:4].mean(axis=1, keepdims=True)).ravel())

    if meter == 4:
        return np.concatenate([centred(on, 4), centred(half, 4), np.zeros(24)])
    if meter == 3:
        return np.concatenate([np.zeros(32), centred(on, 3), np.zeros(12)])
    return np.concatenate([np.zeros(44), centred(on, 3)])


def _part_starts(beats: Beats) -> Floats:
    """Weight of each beat as the start of a new part of the song, in all 1 (or 0 where the song has no parts)."""
    count = len(beats.times)
    hits = np.minimum(beats.hits[:4, :, :: PARTS // 2], 5).transpose(1, 0, 2).reshape(count, -1)
    rows = np.concatenate([hits, beats.loudness[:, None]], axis=1)
    rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 0.2)
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    here = np.arange(count)
    later, earlier = np.minimum(here + _AROUND, count), np.maximum(here - _AROUND, 0)
    after = (sums[later] - sums[here]) / (later - here)[:, None]
    before = (sums[here] - sums[earlier]) / np.maximum(1, here - earlier)[:, None]
    change = np.linalg.norm(after - before, axis=1) * ((here > _EDGE) & (here < count - _EDGE))
    top = (change >= np.roll(change, 1)) & (change >= np.roll(change, -1))
    top &= change > change.mean() + 0.5 * change.std()
    return np.asarray(change * top / ((change * top).sum() + 1e-6))


def _bar_likeness(beats: Beats) -> list[list[float]]:
    """For each meter how alike hits and changes are one and two bars apart, against other distances."""
    lags = tuple(range(1, 2 * _LONGEST + 1))
    centred = (beats.changes - beats.changes.mean(axis=1, keepdims=True)).T
    rows = [likeness(hit_rows(beats.hits), lags), likeness(centred, lags)]
    return [[row[bars * meter - 1] - row[1:8].mean() for row in rows for bars in (1, 2)] for meter in METERS]
