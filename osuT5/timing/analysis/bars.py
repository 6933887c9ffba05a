"""Which beats begin a bar: meters of 3 to 7 beats, each with its phases, and what speaks for each.

Harmony moves at bar lines, kicks fall on them, backbeats beside them, new parts of a song begin there. The features of a
candidate go into a linear score (see :mod:`.weights`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .evidence import PARTS, Beats
from .level import hit_rows, likeness

METERS = (3, 4, 5, 6, 7)
_TYPICAL_BAR_MS = 2000.0
_AROUND = 8  # beats on either side, for where parts of a song begin
_EDGE = 3  # beats at the ends of the row, where no part can begin
_HEARD = 0.7  # hits of a beat that sounds
_BELOW_LOUD = (4.5, 3.0)  # log energy below the loud beats: what begins the song softly, and in earnest
_REMEMBERED = 4  # beats; a beat louder than all of these is an entry
_LONGEST = max(METERS)

Floats = NDArray[np.float64]


def bar_candidates() -> list[tuple[int, int]]:
    """(meter, number of beats before the first bar line), in the order of :func:`bar_features`."""
    return [(meter, first) for meter in METERS for first in range(meter)]


def bar_features(beats: Beats) -> Floats:
    """(candidates, features)."""
    parts, alike, entries = _part_starts(beats), _bar_likeness(beats), _entries(beats.loudness)
    firsts = _first_beats(beats)
    rows = []
    for meter, likenesses in zip(METERS, alike, strict=True):
        folded = _Folded.of(beats, meter)
        common = [*_meter(meter, beats.beat), *likenesses]
        for line in range(meter):
            begun = parts[line::meter]
            start = [(first - line) % meter == place % meter for first in firsts for place in (0, -1)]
            begins = [begun.sum() - 1 / meter, begun.max(initial=0), entries[line::meter].sum() - 1 / meter, *start]
            rows.append(np.concatenate([common, folded.stand_out(line), begins, folded.pattern(line)]))
    return np.stack(rows)


@dataclass(frozen=True)
class _Folded:
    """Mean bar: hits on beats and halves (groups, meter), harmonic changes (2, meter), accents (meter,)."""

    on: Floats
    half: Floats
    changes: Floats
    accents: Floats

    @classmethod
    def of(cls, beats: Beats, meter: int) -> _Folded:
        rows = (beats.hits[:, :, 0], beats.hits[:, :, PARTS // 2], beats.changes, beats.accents[None])
        on, half, changes, accents = (
            np.stack([row[:, part::meter].mean(axis=1) for part in range(meter)], axis=1) for row in rows
        )
        return cls(on, half, changes, accents[0])

    def stand_out(self, line: int) -> Floats:
        """Changes, hits and accents at the bar line against those of the other beats, some against the strongest."""
        others = np.delete(self.changes, line, axis=1)
        changes, hits, accent = self.changes[:, line], self.on[:, line], self.accents[line]
        quieter = np.delete(self.accents, line)
        return np.concatenate(
            [
                changes - others.mean(axis=1),
                changes - others.max(axis=1),
                hits - np.delete(self.on, line, axis=1).mean(axis=1),
                [accent - quieter.mean(), accent - quieter.max()],
            ]
        )

    def pattern(self, line: int) -> Floats:
        """The hits of a bar from the line on, for the usual meter in full."""
        meter = self.on.shape[1]
        on, half = (np.roll(row[:4], -line, axis=1) for row in (self.on, self.half))
        on, half = (row - row.mean(axis=1, keepdims=True) for row in (on, half))
        if meter == 4:
            return np.concatenate([on.ravel(), half.ravel(), np.zeros(24)])
        beginning = on[:, :3].ravel()
        before, after = (32, 12) if meter == 3 else (44, 0)
        return np.concatenate([np.zeros(before), beginning, np.zeros(after)])


def _first_beats(beats: Beats) -> list[int]:
    """The beat with which the song begins: softly, and in earnest."""
    loud = float(np.percentile(beats.loudness, 90))
    sounding = beats.hits[4, :, 0] > _HEARD
    return [int(np.argmax(sounding & (beats.loudness > loud - below))) for below in _BELOW_LOUD]


def _meter(meter: int, beat: float) -> list[float]:
    longer = float(np.log2(meter * beat / _TYPICAL_BAR_MS))
    return [*(float(meter == other) for other in METERS), longer, longer**2]


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


def _entries(loudness: Floats) -> Floats:
    """How much louder each beat is than the last ones, in all 1."""
    before = np.lib.stride_tricks.sliding_window_view(loudness, _REMEMBERED).max(axis=1)[:-1]
    rises = np.concatenate([np.zeros(_REMEMBERED), np.maximum(0, loudness[_REMEMBERED:] - before)])
    return np.asarray(rises / (rises.sum() + 1e-6))


def _bar_likeness(beats: Beats) -> list[list[float]]:
    """For each meter how alike hits and changes are one and two bars apart, against other distances."""
    lags = tuple(range(1, 2 * _LONGEST + 1))
    centred = (beats.changes - beats.changes.mean(axis=1, keepdims=True)).T
    rows = [likeness(hit_rows(beats.hits), lags), likeness(centred, lags)]
    return [[row[bars * meter - 1] - row[1:8].mean() for row in rows for bars in (1, 2)] for meter in METERS]
