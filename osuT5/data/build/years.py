"""The year in which a beatmap set was probably submitted: ids of the site grow with time (spec 05 section 13)."""

from __future__ import annotations

from bisect import bisect_right

# About the first set id of each year, from 2008 on; rounded, so that an id near one of them may be a year off.
_FIRST_IDS = (
    *(200, 4_500, 12_000, 24_500, 42_000, 73_000, 138_000, 250_000, 395_000, 553_000),  # 2008 to 2017
    *(713_000, 905_000, 1_091_000, 1_330_000, 1_670_000, 1_910_000, 2_110_000, 2_300_000, 2_490_000),  # to 2026
)
_FIRST_YEAR = 2007


def estimated_year(set_id: int) -> int | None:
    """Year for an id of the site; None for made-up (negative) ids and those beyond what is known."""
    if set_id < 1 or set_id >= _FIRST_IDS[-1]:
        return None
    return _FIRST_YEAR + bisect_right(_FIRST_IDS, set_id)
