"""All that is heard of a song, and what of it falls on a given row of beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import harmony
from .attacks import STEP_MS, find_attacks
from .onsets import HOP, SAMPLE_RATE, find_onsets

FRAME_MS = HOP / SAMPLE_RATE * 1000
PARTS = 12  # places looked at in a beat: quarters and thirds are among them
LEAST_BEATS = 6
_POOLED = 7  # frames; an onset counts where it is up to 15 ms off
_ACCENT_MS = (0.0, 10.0, 20.0)  # after a beat, where its loudness is read
_LOUDEST_CHANGE = 4.0  # times the mean

Array = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Frames are those of :mod:`.onsets`; ``attacks`` has a value for each ms; ``changes`` are harmonic."""

    strength: Array
    groups: Array  # (5, frames), the strongest within 15 ms
    loudness: Array  # log energy
    attacks: Array
    changes: Array  # (2, frames of :mod:`.harmony`)

    @property
    def length_ms(self) -> float:
        return (len(self.attacks) - 1) * STEP_MS


@dataclass(frozen=True)
class Beats:
    """What falls on n beats.

    ``hits`` (5, n, PARTS) by group and place in the beat, mean 1; ``changes`` (2, n) of the harmony, mean 1, and
    ``half_changes`` likewise at the half beats; ``loudness`` (n,) is the log energy in the middle of the beats,
    ``accents`` (n,) that just after they begin.
    """

    beat: float  # ms
    times: Floats
    hits: Floats
    changes: Floats
    half_changes: Floats
    loudness: Floats
    accents: Floats


def gather(samples: Array) -> Evidence:
    """Mono samples at ``SAMPLE_RATE``."""
    from scipy.ndimage import maximum_filter1d

    onsets = find_onsets(samples)
    groups = maximum_filter1d(onsets.groups, _POOLED, axis=1)
    loudness = np.log(onsets.loudness + np.float32(1e-6))
    return Evidence(onsets.strength, groups, loudness, find_attacks(samples), harmony.harmonic_changes(samples))


def beats_of(evidence: Evidence, beat: float, phase: float, start: float, end: float) -> Beats | None:
    """Beats at ``phase + n * beat`` between ``start`` and ``end`` (all ms); ``None`` for fewer than six."""
    first = np.ceil((start - phase) / beat)
    count = int((end - phase) / beat - first)
    if count < LEAST_BEATS:
        return None
    times = phase + (first + np.arange(count)) * beat
    places = times[:, None] + np.arange(PARTS) / PARTS * beat
    hits = evidence.groups[:, _indices(places / FRAME_MS, evidence.groups.shape[1])].astype(float)
    halves = places[:, [0, PARTS // 2]]
    changes = evidence.changes[:, _indices(halves / harmony.FRAME_MS, evidence.changes.shape[1])].astype(float)
    hits /= hits.mean(axis=(1, 2), keepdims=True) + 1e-6
    changes = np.minimum(changes / (changes.mean(axis=(1, 2), keepdims=True) + 1e-6), _LOUDEST_CHANGE)
    inside = evidence.loudness[_indices((times + beat / 2) / FRAME_MS, len(evidence.loudness))].astype(float)
    just_after = _indices((times[:, None] + np.array(_ACCENT_MS)) / FRAME_MS, len(evidence.loudness))
    accents = evidence.loudness[just_after].max(axis=1).astype(float)
    return Beats(beat, times, hits, changes[..., 0], changes[..., 1], inside, accents)


def _indices(places: Floats, count: int) -> NDArray[np.intp]:
    return np.clip(np.round(places).astype(np.intp), 0, count - 1)
