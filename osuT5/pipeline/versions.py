"""Names of the maps of one run: Easy to Expert by stars in a spread, and no name twice."""

from __future__ import annotations

from collections.abc import Sequence

from ..request import Request
from ..rules import level_name, level_of_stars

MANIA = 3


def versions_of(requests: Sequence[Request], stars: Sequence[float | None]) -> list[str]:
    """The version of each map; ``stars`` are what the maps got. Equal names are told apart by `` 2``, `` 3``, ...

    In a spread the stars that were asked for decide, or those that the map got where none were.
    """
    taken: set[str] = set()
    return [_free(_version(*pair), taken) for pair in zip(requests, stars, strict=True)]


def _version(request: Request, got: float | None) -> str:
    naming, options = request.naming, request.options
    asked = options.difficulty
    if naming is None:
        return request.settings.version
    rating = got if asked is None else asked
    level = "" if rating is None else level_name(level_of_stars(rating), options.gamemode, rating)
    keys = f"[{options.keycount}K]" if naming.with_keys and options.gamemode == MANIA else ""
    return " ".join(part for part in (naming.prefix, keys, level) if part) or request.settings.version


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free = f"{name} {number}"
        number += 1
    taken.add(free)
    return free
