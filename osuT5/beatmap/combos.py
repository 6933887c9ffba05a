"""Where combos start in play, and their colours (spec 07 sections 4 and 7)."""

from __future__ import annotations

from osuT5.beatmap.model import Beatmap, Circle, HitObject, Hold, Slider, Spinner


def combo_starts(beatmap: Beatmap) -> list[bool]:
    """For each of ``hit_objects``: whether it starts a combo, by its flag, its place in the file, or a break."""
    forced = _forced_by_place(beatmap.hit_objects_in_file_order)
    breaks = beatmap.events.breaks
    starts: list[bool] = []
    passed = 0
    for item in beatmap.hit_objects:
        start = id(item) in forced or (item.new_combo and not isinstance(item, Hold))
        while passed < len(breaks) and breaks[passed].end < item.time:
            start = True
            passed += 1
        starts.append(start)
    return starts


def combo_numbers(beatmap: Beatmap) -> list[int]:
    """For each of ``hit_objects``: the running number of its combo colour, skips included; the first combo is 1."""
    numbers: list[int] = []
    number = 0
    before: HitObject | None = None
    for item, start in zip(beatmap.hit_objects, combo_starts(beatmap), strict=True):
        if not isinstance(item, Spinner) and (start or before is None or isinstance(before, Spinner)):
            number += 1 + skipped_colours(item)
        numbers.append(number)
        before = item
    return numbers


def skipped_colours(item: HitObject) -> int:
    """Colours that ``item`` skips in play: only with its own new combo flag, never for spinners and holds."""
    return item.combo_skip if item.new_combo and isinstance(item, (Circle, Slider)) else 0


def _forced_by_place(in_file_order: list[HitObject]) -> set[int]:
    """Circles and sliders that come first in the file or follow a spinner there."""
    forced: set[int] = set()
    before: HitObject | None = None
    for item in in_file_order:
        if (before is None or isinstance(before, Spinner)) and isinstance(item, (Circle, Slider)):
            forced.add(id(item))
        before = item
    return forced
