"""Which generated objects fit between what stays of a map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from osuT5.beatmap import BeatmapError, parse_beatmap
from osuT5.beatmap.play import Play

from .lines import ObjectLine

SEAM_MS = 10  # one time step of the models: how far a time may lie beside the place that is meant
_MANIA, _WIDTH = 3, 512


@dataclass(frozen=True)
class Kept:
    """An object of the map that stays: times in ms and, in mania, its column (elsewhere 0)."""

    start: float
    end: float
    column: int


def kept_objects(reference: bytes, low: float, high: float) -> tuple[list[Kept], int]:
    """Objects of the map that start outside ``low``..``high`` ms, and its number of columns (0: not mania)."""
    try:
        beatmap = parse_beatmap(reference)
    except BeatmapError:
        return [], 0
    columns = beatmap.difficulty.key_count if beatmap.mode == _MANIA else 0
    play, shift = Play(beatmap), beatmap.early_offset  # lines hold times without the offset of old versions
    kept = []
    for item in beatmap.hit_objects:
        start = item.time - shift
        if not low <= start <= high:
            kept.append(Kept(start, play.end_time(item) - shift, _column(item.x, columns)))
    return kept, columns


def fitting(
    objects: Iterable[ObjectLine], kept: Sequence[Kept], columns: int, low: float, high: float
) -> list[ObjectLine]:
    """The objects of ``low``..``high`` ms by time, without those that an object which stays already is or overlaps.

    An object up to ``SEAM_MS`` outside the range is meant to lie in it: rounding moved it.
    """
    before: dict[int, float] = {}
    after: dict[int, float] = {}
    for item in kept:
        if item.start < low:
            before[item.column] = max(before.get(item.column, -math.inf), item.end)
        else:
            after[item.column] = min(after.get(item.column, math.inf), item.start)
    fits = []
    for line in sorted(objects, key=lambda line: line.time):
        column = _column(float(line.text.split(",", 1)[0]), columns)
        free_from = before.get(column, -math.inf) + SEAM_MS
        free_until = after.get(column, math.inf) - SEAM_MS
        if low - SEAM_MS <= line.time <= high + SEAM_MS and free_from < line.time and line.end_time < free_until:
            fits.append(line)
    return fits


def _column(x: float, columns: int) -> int:
    return min(max(int(x * columns // _WIDTH), 0), columns - 1) if columns else 0
