"""Tempi that people choose: whole BPM, then halves, then hundredths, as far as the fit allows them."""

from __future__ import annotations

_STEPS = (1, 2, 4, 10, 100)  # a tempo is tried as a multiple of 1/step BPM
_SIGMAS = 4.0
_MOST_ERROR, _LEAST_ERROR = 1e-3, 4e-6  # relative
_DRIFT_MS = 1.0  # the rounded tempo may run off by this over half of the stretch in any case


def rounded_bpm(bpm: float, error: float, length_ms: float) -> float:
    """``bpm`` or the simplest number near it. ``error`` is its relative standard error, ``length_ms`` that of the stretch."""
    allowed = bpm * max(min(_SIGMAS * error, _MOST_ERROR), _DRIFT_MS / max(length_ms / 2, 10000.0), _LEAST_ERROR)
    for step in _STEPS:
        simple = round(bpm * step) / step
        if abs(simple - bpm) <= allowed:
            return simple
    return round(bpm, 3)
