"""What objects are in mania: notes and holds in columns (spec 07 section 10)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from osuT5.beatmap.model import Circle, HitObject
from osuT5.beatmap.play import Play, single

FIELD_WIDTH = 512.0


@dataclass(frozen=True, slots=True)
class ManiaObject:
    """A note when ``hold`` is False. A spinner becomes a hold in the column that its x points to."""

    hold: bool
    time: float
    end_time: float
    column: int


def column_of(x: float, key_count: int) -> int:
    """The column, from 0, of an object at ``x`` px."""
    return min(max(math.floor(x / single(FIELD_WIDTH / key_count)), 0), key_count - 1)


def column_x(column: int, key_count: int) -> int:
    """The x in px that the game writes for ``column``."""
    return math.floor((column + 0.5) * FIELD_WIDTH / key_count)


def mania_object(play: Play, item: HitObject) -> ManiaObject:
    """What ``item`` of a mania map is."""
    column = column_of(item.x, play.beatmap.difficulty.key_count)
    return ManiaObject(not isinstance(item, Circle), item.time, play.end_time(item), column)
