"""What objects are in catch, and where the catcher must hyperdash (spec 07 section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from osuT5.beatmap.model import Circle, HitObject, Slider
from osuT5.beatmap.play import Play, SliderEvent

FIELD_WIDTH = 512.0
CATCHER_SIZE = 106.75
GRACE = 1000 / 240  # ms, a quarter of a frame
LONGEST_GAP = 100.0  # ms between tiny drops or bananas
SHORTEST_FILLED = 80  # ms
MAX_TINY = 100_000  # of one slider or spinner


class CatchKind(str, Enum):
    FRUIT = "fruit"
    DROP = "drop"
    TINY = "tiny"
    BANANA = "banana"


@dataclass(slots=True)
class CatchObject:
    """``x`` in osu! pixels, None where the game draws it at random."""

    kind: CatchKind
    time: float
    x: float | None
    hyperdash: bool = False


def catch_objects(play: Play) -> list[list[CatchObject]]:
    """What each of ``hit_objects`` is in catch, in order of time, with hyperdashes."""
    result = [_objects_of(play, item) for item in play.beatmap.hit_objects]
    caught = [item for group in result for item in group if item.kind in (CatchKind.FRUIT, CatchKind.DROP)]
    _mark_hyperdashes(caught, play.beatmap.difficulty.circle_size)
    return result


def _objects_of(play: Play, item: HitObject) -> list[CatchObject]:
    if isinstance(item, Circle):
        return [CatchObject(CatchKind.FRUIT, item.time, _in_field(item.x))]
    if isinstance(item, Slider):
        return _juice_stream(play, item)
    return _bananas(item.time, play.end_time(item))


def _in_field(x: float) -> float:
    return min(max(x, 0.0), FIELD_WIDTH)


def _juice_stream(play: Play, slider: Slider) -> list[CatchObject]:
    played = play.slider(slider)
    result: list[CatchObject] = []
    before: SliderEvent | None = None
    for event in played.events(nan_stops_ticks=False):
        if before is not None and len(result) < MAX_TINY:
            result += _tiny_drops(before.time, event.time)
        before = event
        if event.kind != "last_tick":
            kind = CatchKind.DROP if event.kind == "tick" else CatchKind.FRUIT
            x = _in_field(slider.x) + played.path.position(event.progress)[0]
            result.append(CatchObject(kind, event.time, _in_field(x)))
    return result


def _tiny_drops(start: float, end: float) -> list[CatchObject]:
    gap = int(end) - int(start)
    if gap <= SHORTEST_FILLED:
        return []
    step = _halved(gap)
    drops: list[CatchObject] = []
    at = step
    while at < gap and len(drops) < MAX_TINY:
        drops.append(CatchObject(CatchKind.TINY, start + at, None))
        at += step
    return drops


def _bananas(start: float, end: float) -> list[CatchObject]:
    first, last = int(start), int(end)
    step = _halved(end - start)
    bananas: list[CatchObject] = []
    if step <= 0:
        return bananas
    time = float(first)
    while time <= last and len(bananas) < MAX_TINY:
        bananas.append(CatchObject(CatchKind.BANANA, time, None))
        time += step
    return bananas


def _halved(gap: float) -> float:
    while gap > LONGEST_GAP:
        gap /= 2
    return gap


def _mark_hyperdashes(caught: list[CatchObject], circle_size: float) -> None:
    width = CATCHER_SIZE * (1 - 0.7 * (circle_size - 5) / 5) / 2
    ordered = sorted(caught, key=lambda item: item.time)
    excess, last_direction = width, 0
    for item, following in zip(ordered, ordered[1:], strict=False):
        x, next_x = item.x or 0.0, following.x or 0.0
        direction = 1 if next_x > x else -1
        distance = abs(next_x - x) - (excess if direction == last_direction else width)
        slack = int(following.time) - int(item.time) - GRACE - distance
        item.hyperdash = slack < 0
        excess = width if slack < 0 else min(slack, width)
        last_direction = direction
