"""Settings that suit a star rating, for what the user left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..rules.level import level_of_stars
from ..rules.settings_table import AR, CS, HP, MULTIPLIER, OD, clamp_to_level

STARS = 4.0  # asked for where no difficulty is
PLAIN_STYLE = {"mapper_id": 101, "year": 2016}  # of its made-up mappers and years those without a habit of their own
_LEARNT = (6.8, 5.5, 6.8, 6.6)  # stars of the hardest maps that it has seen often, by mode
_AT = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
_TABLES: dict[str, tuple[float, ...]] = {
    MULTIPLIER: (1.0, 1.2, 1.4, 1.6, 1.8, 1.9, 2.0),
    AR: (3.0, 5.0, 7.0, 8.5, 9.2, 9.5, 9.7),
    OD: (2.0, 4.0, 6.0, 7.5, 8.5, 9.0, 9.2),
    HP: (2.0, 3.5, 5.0, 6.0, 5.5, 5.5, 5.5),
    CS: (3.0, 3.5, 3.8, 4.0, 4.0, 4.2, 4.2),
}
_TAIKO_MULTIPLIER = 1.4
TAIKO, CATCH = 1, 2


@dataclass(frozen=True)
class LevelSettings:
    """Settings of a map."""

    hp_drain_rate: float
    circle_size: float
    overall_difficulty: float
    approach_rate: float
    slider_multiplier: float


def settings_for(mode: int, stars: float) -> LevelSettings:
    """Settings between those of whole stars, inside what spec 08 section 5 recommends for the level."""
    level = level_of_stars(stars)
    values = {name: _between(stars, table) for name, table in _TABLES.items()}
    clamped = {name: round(clamp_to_level(mode, level, name, value), 1) for name, value in values.items()}
    if mode == CATCH:
        clamped[OD] = clamped[AR]
    if mode == TAIKO:
        clamped[MULTIPLIER] = _TAIKO_MULTIPLIER
    return LevelSettings(**clamped)


def told_stars(mode: int, stars: float) -> float:
    """What the shipped model is told where ``stars`` are asked for: beyond what it has learnt it makes easier maps again."""
    return min(stars, _LEARNT[mode])


def _between(stars: float, table: Sequence[float]) -> float:
    stars = min(max(stars, _AT[0]), _AT[-1])
    place = min(int(stars - _AT[0]), len(_AT) - 2)
    share = stars - _AT[place]
    return table[place] * (1 - share) + table[place + 1] * share
