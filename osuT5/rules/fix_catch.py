"""Repairs of catch that were asked for: fruits nearer to the one before, steeper sliders (C01 to C06 of spec 08)."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

from osuT5.beatmap import Circle, Slider, Spinner
from osuT5.beatmap.path import slider_path
from osuT5.beatmap.play import SliderPlay

from .catch_moves import Caught
from .catcher import Catcher
from .context import Facts
from .draft import Draft
from .finding import Finding
from .fix_osu import shift
from .turns import angles, straight, turned

FIELD, HEIGHT = 512.0, 384.0
SLOPES = (0.75, 0.5, 0.25, 0.0)  # width of a straight slider, of its length


def nearer(draft: Draft, finding: Finding) -> str:
    """One pass over the map: what needs more than the level allows is moved towards what comes before it.

    Places stay where they can; sliders are moved as a whole, else turned about the head, else made straight and steep.
    """
    if not draft.once("catch"):
        return ""
    catcher = Catcher(draft.facts.beatmap.difficulty.circle_size, draft.facts.level)
    changed = sum(_place(draft, catcher, index) for index in range(len(draft.objects)))
    return f"{changed} objects moved or turned" if changed else ""


def _place(draft: Draft, catcher: Catcher, index: int) -> bool:
    """Put one object where the catcher may go; whether it changed."""
    item = draft.objects[index]
    if isinstance(item, Circle):
        fruit = Caught(item.time, min(max(item.x, 0.0), FIELD), index, "fruit")
        place = next(catcher.places(fruit))
        catcher.go([fruit.at(place)])
        moved = place != fruit.x
        item.x = place if moved else item.x
        return moved
    if isinstance(item, Spinner) or not isinstance(item, Slider):
        return False
    slider, places = _fitting(draft, catcher, index, item)
    catcher.go(places)
    if slider is not item:
        draft.put(index, slider)
    return slider is not item


def _fitting(draft: Draft, catcher: Catcher, index: int, slider: Slider) -> tuple[Slider, list[Caught]]:
    """The slider as it is, else moved, else of another shape."""
    stream = caught_in(draft.facts, index, slider)
    heads = list(catcher.places(stream[0]))
    for head in heads:
        moved, places = slider, stream
        if head != stream[0].x:
            moved = copy.copy(slider)
            shift(moved, round(head) - slider.x, 0.0)
            places = caught_in(draft.facts, index, moved)
        if catcher.may_go(places) and (moved is slider or _in_field(draft.facts, moved)):
            return moved, places
    moved = copy.copy(slider)
    shift(moved, round(heads[0]) - slider.x, 0.0)
    for other in _shapes(draft.facts, moved):
        places = caught_in(draft.facts, index, other)
        if _in_field(draft.facts, other) and catcher.may_go(places):
            return other, places
    return slider, stream


def _shapes(facts: Facts, slider: Slider) -> Iterator[Slider]:
    """The slider turned ever more, then straight and ever steeper; in a playfield's height where it fits."""
    for angle in angles(15, 90):
        yield _in_height(facts, turned(slider, angle))
    length = slider_path(slider, facts.beatmap.format_version).length
    for slope in SLOPES:
        for side in (1.0, -1.0) if slope else (1.0,):
            angle = math.acos(side * slope)
            yield _in_height(facts, straight(slider, length, angle))


def _in_height(facts: Facts, slider: Slider) -> Slider:
    """Heights mean nothing in catch: the slider is put between the top and the bottom."""
    ys = [slider.y + y for _, y in slider_path(slider, facts.beatmap.format_version).vertices]
    low, high = min(ys, default=slider.y), max(ys, default=slider.y)
    if high - low <= HEIGHT:
        shift(slider, 0.0, float(math.ceil(max(-low, 0.0)) - math.ceil(max(high - HEIGHT, 0.0))))
    return slider


def _in_field(facts: Facts, slider: Slider) -> bool:
    xs = [slider.x + x for x, _ in slider_path(slider, facts.beatmap.format_version).vertices]
    return not xs or (min(xs) >= 0 and max(xs) <= FIELD)


def caught_in(facts: Facts, index: int, slider: Slider) -> list[Caught]:
    """The fruits and drops of a slider that need not be in the map."""
    path = slider_path(slider, facts.beatmap.format_version)
    played = SliderPlay(slider, path, facts.beatmap, facts.timing)
    result: list[Caught] = []
    head = min(max(slider.x, 0.0), FIELD)
    for event in played.events(nan_stops_ticks=False):
        if event.kind != "last_tick":
            part = {"tick": "drop", "repeat": "repeat"}.get(event.kind, "fruit")
            x = min(max(head + path.position(event.progress)[0], 0.0), FIELD)
            result.append(Caught(event.time, x, index, part))
    return result


GAMEPLAY = dict.fromkeys(("C01", "C02", "C03", "C04", "C05", "C06"), nearer)
