"""Levels of difficulty: from stars, from names, and their names in each mode (spec 08 section 1)."""

from __future__ import annotations

import re
from enum import IntEnum

MARGIN = 0.005  # stars, downwards
EXPERT_PLUS = 6.5


class Level(IntEnum):
    """E Easy, N Normal, H Hard, I Insane, X Expert; taiko and catch have names of their own."""

    E = 0
    N = 1
    H = 2
    I = 3  # noqa: E741
    X = 4


_FROM = ((5.3, Level.X), (4.0, Level.I), (2.7, Level.H), (2.0, Level.N))
_NAMES: dict[int, tuple[str, ...]] = {
    0: ("Easy", "Normal", "Hard", "Insane", "Expert"),
    1: ("Kantan", "Futsuu", "Muzukashii", "Oni", "Inner Oni"),
    2: ("Cup", "Salad", "Platter", "Rain", "Overdose"),
    3: ("Easy", "Normal", "Hard", "Insane", "Expert"),
}
# at the end of a name, longest first
_SHARED = {"beginner": 0, "easy": 0, "normal": 1, "hard": 2, "insane": 3, "expert": 4, "extra": 4, "extreme": 4}
_KNOWN: dict[int, dict[str, int]] = {
    0: _SHARED,
    1: {**_SHARED, "kantan": 0, "futsuu": 1, "muzukashii": 2, "oni": 3, "inner oni": 4, "ura oni": 4, "hell oni": 4},
    2: {**_SHARED, "cup": 0, "salad": 1, "platter": 2, "rain": 3, "overdose": 4, "deluge": 4},
    3: {**_SHARED, "ez": 0, "nm": 1, "hd": 2, "mx": 3, "sc": 4},
}
_TAIL = re.compile(r"(?:\s+\d+|\++)$")  # " 2" of equal names, "Expert+"


def level_of_stars(stars: float) -> Level:
    """The level of a star rating; a rating up to 0.005 below a border counts as having reached it."""
    return next((level for border, level in _FROM if round(stars + MARGIN, 6) >= border), Level.E)


def level_of_name(name: str, mode: int) -> Level | None:
    """The level that a difficulty name says (``"Ann's Hard"``, ``"[4K] Insane"``, ``"Expert+"``); None for other names."""
    words = re.sub(r"[\[\]()]", " ", name).lower()
    words = _TAIL.sub("", " ".join(words.split()))
    for known, level in sorted(_KNOWN[mode].items(), key=lambda item: -len(item[0])):
        if words == known or words.endswith(f" {known}"):
            return Level(level)
    return None


def level_name(level: Level, mode: int, stars: float | None = None) -> str:
    """The name that players use, e.g. ``Muzukashii``; ``Expert+`` from 6.5 stars in osu! and mania."""
    if level is Level.X and mode in (0, 3) and stars is not None and stars >= EXPERT_PLUS - MARGIN:
        return "Expert+"
    return _NAMES[mode][level]


def decide_level(name: str, mode: int, stars: float | None, level: Level | str | None = None) -> Level | None:
    """The level that the rules take: ``level``, else what the name says, else the star band; None when nothing is known.

    Raises ``ValueError`` for a level that is none of E, N, H, I, X.
    """
    if level is not None:
        return parse_level(level)
    named = level_of_name(name, mode)
    if named is not None:
        return named
    return None if stars is None else level_of_stars(stars)


def parse_level(level: Level | str) -> Level:
    """A level from its letter or one of its names. Raises ``ValueError``."""
    if isinstance(level, Level):
        return level
    if level.upper() in Level.__members__:
        return Level[level.upper()]
    for mode in _NAMES:
        named = level_of_name(level, mode)
        if named is not None:
            return named
    raise ValueError(f"level: {level!r} is none of E, N, H, I, X or the names of difficulties")
