"""What a star rating asks of a map: density, shortest gaps, sliders, spacing and settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osuT5.config import Conditions
from osuT5.request.by_level import settings_for
from osuT5.rules.level import Level as RuleLevel
from osuT5.rules.level import level_of_stars

_STARS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
_TABLES: dict[str, tuple[float, ...]] = {
    "per_second": (0.9, 1.7, 2.9, 4.2, 5.4, 6.4, 7.4),  # objects in a full section
    "slider_share": (0.65, 0.6, 0.5, 0.45, 0.38, 0.33, 0.3),
    "spacing": (0.55, 0.7, 0.85, 1.0, 1.15, 1.3, 1.45),
}
_TAIKO_DENSITY = (1.5, 2.6, 4.0, 5.6, 7.2, 8.6, 10.0)
_TAIKO_RUN = 5  # notes of a 1/4 run below four stars (K04 of spec 08)
_MANIA_DENSITY = (2.0, 3.5, 5.5, 8.0, 11.0, 14.0, 17.0)


@dataclass(frozen=True)
class Level:
    """A difficulty as the rule mapper understands it; gaps in parts of the normalised beat (120 to 240 BPM)."""

    stars: float
    per_second: float
    slider_share: float
    spacing: float
    multiplier: float  # SliderMultiplier
    ar: float
    od: float
    hp: float
    cs: float
    min_gap: float  # beats; the shortest gap in common use
    burst_gap: float  # beats; the shortest gap for a few notes
    rank: RuleLevel  # whose limits the map keeps
    longest_run: int | None = None  # notes in a row at less than min_gap

    def conditions(self, gamemode: int, keycount: int = 4) -> Conditions:
        """The settings as generation conditions."""
        return Conditions(
            gamemode=gamemode,
            difficulty=self.stars,
            hp_drain_rate=self.hp,
            circle_size=float(keycount) if gamemode == 3 else self.cs,
            overall_difficulty=self.od,
            approach_rate=self.ar,
            slider_multiplier=self.multiplier,
            slider_tick_rate=1.0,
            keycount=keycount,
        )


def level_for(stars: float, mode: int = 0, limit: float | None = None) -> Level:
    """The level for a star rating from 1 to 7, interpolated between whole stars.

    ``limit``: stars whose rules the map has to keep, where it turned out easier than asked.
    """
    allowed = stars if limit is None else min(stars, limit)
    values = {name: float(np.interp(stars, _STARS, table)) for name, table in _TABLES.items()}
    if mode in (1, 3):
        values["per_second"] = float(np.interp(stars, _STARS, _TAIKO_DENSITY if mode == 1 else _MANIA_DENSITY))
    settings = settings_for(mode, stars)
    min_gap, burst_gap = _gaps(allowed if mode == 1 else stars, mode)
    return Level(
        stars=stars,
        rank=level_of_stars(allowed),
        min_gap=min_gap,
        burst_gap=burst_gap,
        longest_run=_TAIKO_RUN if mode == 1 and burst_gap < min_gap else None,
        multiplier=settings.slider_multiplier,
        ar=settings.approach_rate,
        od=settings.overall_difficulty,
        hp=settings.hp_drain_rate,
        cs=settings.circle_size,
        **values,
    )


def _gaps(stars: float, mode: int) -> tuple[float, float]:
    if stars < 2.0:
        return (1.0, 1.0) if mode in (0, 2) or stars < 1.4 and mode == 3 else (0.5, 0.5)
    if stars < 2.7:
        return 0.5, 0.5
    if stars < 4.0:
        return 0.5, 0.25
    return 0.25, 0.25
