"""Where a suggestion points: the object, its combo number or column, and the editor's link (spec 06 section 1.9)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ..beatmap import Beatmap, HitObject, Spinner
from ..beatmap.mania import column_of
from ..beatmap.play import Play
from .words import clock

LINK = "osu://edit/"
SAME_TIME = 1  # ms
MAX_SELECTED = 24  # objects in one link
COMBO_GAP = 10_000  # ms without an object that end a combo
MANIA = 3


@dataclass(frozen=True)
class Target:
    """What a suggestion is about. ``combo`` counts from 1, ``column`` from 0; both None where there is no object."""

    time: int  # ms, start of the object or the event's own time
    combo: int | None = None
    column: int | None = None
    objects: tuple[str, ...] = ()  # each as the editor writes it: a combo number, or ``time|column``

    @property
    def selection(self) -> str:
        """What the editor puts behind the time: `` (2)``, `` (12345|0)`` in mania, or nothing."""
        return f" ({','.join(self.objects)})" if self.objects else ""

    @property
    def link(self) -> str:
        return f"{LINK}{clock(self.time)}{self.selection}".replace(" ", "%20")


class ObjectFinder:
    """Finds the object of a time in one map. ``columns`` selects mania notes by column instead of combo number."""

    def __init__(self, beatmap: Beatmap, columns: bool) -> None:
        self.objects = beatmap.hit_objects
        self.times = [item.time for item in self.objects]
        self.combos = combo_counts(beatmap)
        self.keys = int(beatmap.difficulty.circle_size) if columns and beatmap.mode == MANIA else 0

    def at(self, time: float, column: int | None = None) -> Target:
        """The last object not later than ``time`` (1 ms of slack); in mania the last one of ``column``, if given."""
        place = bisect_right(self.times, time + SAME_TIME) - 1
        if self.keys and column is not None:
            place = self._in_column(place, column)
        return self.of([place] if place >= 0 else [], time)

    def of(self, objects: Sequence[int], time: float) -> Target:
        """Several objects (places in ``hit_objects``), selected together as far as a link goes; without any, the time."""
        if not objects:
            return Target(int(time))
        objects = objects[:MAX_SELECTED]
        items = [self.objects[place] for place in objects]
        return Target(
            int(items[0].time),
            self.combos[objects[0]],
            self._column(items[0]) if self.keys else None,
            tuple(self._word(item, self.combos[place]) for item, place in zip(items, objects, strict=True)),
        )

    def _word(self, item: HitObject, combo: int) -> str:
        """One object as the editor writes it in a selection."""
        return f"{int(item.time)}|{self._column(item)}" if self.keys else str(combo)

    def _in_column(self, place: int, column: int) -> int:
        while place >= 0 and self._column(self.objects[place]) != column:
            place -= 1
        return place

    def _column(self, item: HitObject) -> int:
        return column_of(item.x, self.keys)


def combo_counts(beatmap: Beatmap) -> list[int]:
    """The number of each of ``hit_objects`` inside its combo, from 1."""
    play = Play(beatmap)
    counts: list[int] = []
    before: HitObject | None = None
    for item in beatmap.hit_objects:
        restart = (
            before is None
            or item.new_combo
            or isinstance(item, Spinner)
            or isinstance(before, Spinner)
            or item.time - play.end_time(before) > COMBO_GAP
        )
        counts.append(1 if restart else counts[-1] + 1)
        before = item
    return counts
