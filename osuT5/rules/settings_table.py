"""Recommended settings of each level (spec 08 section 5), and the ranges that clients accept."""

from __future__ import annotations

from .level import Level

Range = tuple[float, float]

HP, CS, OD, AR = "hp_drain_rate", "circle_size", "overall_difficulty", "approach_rate"
MULTIPLIER, TICK_RATE = "slider_multiplier", "slider_tick_rate"
SHORT_NAMES = {HP: "HP", CS: "CS", OD: "OD", AR: "AR", MULTIPLIER: "SliderMultiplier", TICK_RATE: "SliderTickRate"}
KEYS = {HP: "HPDrainRate", CS: "CircleSize", OD: "OverallDifficulty", AR: "ApproachRate",
        MULTIPLIER: "SliderMultiplier", TICK_RATE: "SliderTickRate"}  # fmt: skip
ACCEPTED: dict[str, Range] = {
    HP: (0, 10), CS: (0, 10), OD: (0, 10), AR: (0, 10), MULTIPLIER: (0.4, 3.6), TICK_RATE: (0.5, 8)
}  # fmt: skip
KEY_COUNTS = (4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18)
_TOP = 10.0

_OSU: dict[Level, dict[str, Range]] = {
    Level.E: {AR: (0, 5), OD: (1, 3), HP: (1, 3), CS: (0, 4)},
    Level.N: {AR: (4, 6), OD: (3, 5), HP: (3, 5), CS: (0, 5)},
    Level.H: {AR: (6, 8), OD: (5, 7), HP: (4, 6), CS: (0, 6)},
    Level.I: {AR: (7, 9.3), OD: (7, 9), HP: (5, 8), CS: (0, 7)},
    Level.X: {AR: (8, _TOP), OD: (8, _TOP), HP: (5, _TOP), CS: (0, 7)},
}
_TAIKO: dict[Level, dict[str, Range]] = {
    Level.E: {OD: (0, 3), HP: (8, _TOP)},
    Level.N: {OD: (0, 4), HP: (7, _TOP)},
    Level.H: {OD: (0, 5), HP: (6, _TOP)},
    Level.I: {OD: (5, _TOP), HP: (5, _TOP)},
    Level.X: {OD: (6, _TOP), HP: (5, _TOP)},
}
_CATCH: dict[Level, dict[str, Range]] = {
    Level.E: {AR: (0, 6), OD: (0, 6), HP: (2, 3), CS: (0, 2.5)},
    Level.N: {AR: (0, 7), OD: (0, 7), HP: (3, 4), CS: (0, 3)},
    Level.H: {AR: (0, 8), OD: (0, 8), HP: (4, 5), CS: (0, 3.5)},
    Level.I: {AR: (0, 9), OD: (0, 9), HP: (5, 6), CS: (0, 4)},
    Level.X: {AR: (9, _TOP), OD: (9, _TOP), HP: (5, _TOP), CS: (4, _TOP)},
}
_MANIA: dict[Level, dict[str, Range]] = {
    Level.E: {HP: (0, 7), OD: (0, 7)},
    Level.N: {HP: (0, 7.5), OD: (0, 7.5)},
    Level.H: {HP: (0, 8), OD: (0, 8)},
    Level.I: {},
    Level.X: {},
}
_TABLES = (_OSU, _TAIKO, _CATCH, _MANIA)


def recommended(mode: int, level: Level) -> dict[str, Range]:
    """The recommended range of each setting, by field name of ``Difficulty``; settings without one are left out."""
    return _TABLES[mode][level]


def clamp_to_level(mode: int, level: Level, name: str, value: float) -> float:
    """``value`` of the field ``name``, moved into the recommended range: for use before a map is made (D04)."""
    low, high = recommended(mode, level).get(name, (value, value))
    return min(max(value, low), high)
