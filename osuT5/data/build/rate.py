"""Stars of a map at the seven rates of a data set, and its highest combo."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import rosu_pp_py as rosu

from ..errors import BadTrack
from ..rows import RATES


def rating_source() -> str:
    """Who computed the stars."""
    return f"rosu-pp-py {version('rosu-pp-py')}"


@dataclass(frozen=True)
class Rating:
    """Native stars at RATES, not rounded; counts as the site shows them."""

    stars: tuple[float, ...]
    max_combo: int


def rate(data: bytes, name: str) -> Rating:
    """Rate a map. Raises ``BadTrack`` for one that the calculator refuses or calls suspicious."""
    try:
        beatmap = rosu.Beatmap(bytes=data)
        if beatmap.is_suspicious():
            raise BadTrack("suspicious", f"{name}: the star calculator refuses it as too large or absurd")
        found = [rosu.Difficulty(clock_rate=speed).calculate(beatmap) for speed in RATES]
    except BadTrack:
        raise
    except Exception as error:  # the library's own errors share no other base
        raise BadTrack("not_rated", f"{name}: {error}") from error
    return Rating(tuple(float(result.stars) for result in found), int(found[2].max_combo))
