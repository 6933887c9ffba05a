"""Whether descriptors and mapper ids do what they say, and do more of it under guidance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .making import Made, Maker
from .marks import MANIA, MARKS, PLAIN_MAPPER, PLAIN_YEAR, STYLE_STARS, Mark
from .songs import HeldOut
from .table import MODES, Row

GUIDANCE = 2.0


@dataclass(frozen=True)
class Shift:
    """A mark's feature without and with the style, free and guided; means over maps."""

    mark: Mark
    plain: float
    marked: float
    plain_guided: float
    marked_guided: float

    @property
    def right(self) -> bool:
        return self.mark.moved(self.plain, self.marked)

    @property
    def right_guided(self) -> bool:
        return self.mark.moved(self.plain_guided, self.marked_guided)

    @property
    def more_guided(self) -> bool:
        """Guidance moves it the right way, and farther."""
        free = self.mark.shift(self.plain, self.marked)
        return self.mark.shift(self.plain_guided, self.marked_guided) > max(0.0, free)


def style_rows(shifts: Sequence[Shift]) -> list[Row]:
    """Descriptors and mapper ids, free and guided."""
    rows = []
    for what, kind in (("descriptors", str), ("mapper ids", int)):
        mine = [shift for shift in shifts if isinstance(shift.mark.style, kind)]
        if mine:
            rows.append(_row(f"{what}: defining feature moves the right way", [s.right for s in mine]))
            rows.append(_row(f"{what}: the same under guidance {GUIDANCE:g}", [s.right_guided for s in mine]))
            rows.append(_row(f"{what}: farther under guidance {GUIDANCE:g}", [s.more_guided for s in mine]))
    return rows


def wrong_styles(shifts: Sequence[Shift]) -> list[str]:
    """The styles whose feature does not move the right way, with their numbers."""
    return [
        f"{shift.mark.style} ({MODES[shift.mark.mode]}): {shift.mark.feature.__name__} "
        f"{shift.plain:.3g} to {shift.marked:.3g}, guided {shift.plain_guided:.3g} to {shift.marked_guided:.3g}"
        for shift in shifts
        if not (shift.right and shift.right_guided)
    ]


def measure_styles(maker: Maker, songs: Sequence[HeldOut], marks: Sequence[Mark] = MARKS) -> list[Shift]:
    """Maps of every mark on each song of one tempo, whose timing is given."""
    modes = sorted({mark.mode for mark in marks})
    keys: list[tuple[int, str | int | None, bool]] = [
        (mode, None, guided) for mode in modes for guided in (False, True)
    ]
    keys += [(mark.mode, mark.style, guided) for mark in marks for guided in (False, True)]
    made: dict[tuple[int, str | int | None, bool], list[Made]] = {key: [] for key in keys}
    for song in songs:
        for guided in (False, True):  # guided rows are decoded apart from others
            mine = [key for key in keys if key[2] == guided]
            results = maker.make(song.path, [_wish(song, *key) for key in mine], seed=100)
            for key, result in zip(mine, results, strict=True):
                made[key].append(result)
    return [_shift(mark, made) for mark in marks]


def _shift(mark: Mark, made: dict[tuple[int, str | int | None, bool], list[Made]]) -> Shift:
    keys = [(mark.mode, style, guided) for guided in (False, True) for style in (None, mark.style)]
    means = [float(np.mean([mark.feature(item.beatmap) for item in made[key]])) for key in keys]
    return Shift(mark, *means)


def _wish(song: HeldOut, mode: int, style: str | int | None, guided: bool) -> dict[str, Any]:
    bar = song.score.bars[0]
    wish: dict[str, Any] = {
        "gamemode": mode,
        "difficulty": STYLE_STARS[mode],
        "star_tries": 1,  # all are told the same stars
        "mapper_id": style if isinstance(style, int) else PLAIN_MAPPER,
        "year": PLAIN_YEAR,
        "descriptors": [style] if isinstance(style, str) else None,
        "cfg_scale": GUIDANCE if guided else 1.0,
        "bpm": 60000 / bar.beat_ms,
        "offset": round(bar.start_ms),
    }
    return wish | ({"keycount": 4} if mode == MANIA else {})


def _row(what: str, right: Sequence[bool]) -> Row:
    return Row(what, float(np.mean(right)), target=0.9, count=len(right))
