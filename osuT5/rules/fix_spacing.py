"""Even spacing for osu!, where it was asked for: equal times apart, equal ways apart (O08 of spec 08)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from osuT5.beatmap import HitObject, Slider, Spinner
from osuT5.beatmap.flatten import Point
from osuT5.beatmap.path import slider_path

from .context import Facts
from .draft import Draft
from .finding import Finding
from .fix_osu import shift
from .osu_places import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from .osu_spacing import MAX_GAP, STACKED
from .turns import angles, mirrored, turned

LEAST, MOST = 0.85, 1.15  # of the slider velocity
FASTEST = 0.45  # px per ms; beyond it the playfield is too small for the longest gaps
VARIETY = 0.07  # part by which a way may differ from the usual one
MARGIN = 8.0  # px from the edge of the screen, for what stacking moves
INNER = 24.0  # px from the edge of the playfield that are better left free
FAR = 200.0  # px from where it was that weigh as much as a turn of 1 radian
SAME_PLACE = 6.0  # px
SEEN, SEEN_OBJECTS = 1500.0, 4  # ms for which earlier objects are kept clear of, and how many of them
OVERLAP_COST, SAME_PLACE_COST, TURN_COST, EDGE_COST = 1.2, 5.0, 0.5, 0.2


@dataclass(frozen=True)
class Shape:
    """How far an object reaches from its head, and where it ends; ``cost`` of turning it so."""

    item: HitObject
    left: float
    top: float
    right: float
    bottom: float
    middle: Point
    end: Point
    cost: float

    def points(self, head: Point) -> list[Point]:
        """Head, middle and end, where the head is ``head``."""
        if not isinstance(self.item, Slider):
            return [head]
        return [head, *((head[0] + x, head[1] + y) for x, y in (self.middle, self.end))]


def respace(draft: Draft, finding: Finding) -> str:
    """One pass over the map: distances follow the gaps, directions stay where the screen has room."""
    if not draft.once("O08"):
        return ""
    pass_ = _Pass(draft, _usual_speed(draft.facts))
    moved = sum(pass_.place(index) for index in range(len(draft.objects)))
    return f"{moved} objects moved or turned" if moved else ""


def _usual_speed(facts: Facts) -> float:
    """Px per ms from object to object: what the map uses, near its slider velocity."""
    velocity = median(facts.velocity(time) for time in facts.starts)
    speeds = [distance / gap for gap, distance in zip(facts.gaps, facts.distances, strict=True) if _held(gap, distance)]
    usual = median(speeds) if speeds else velocity
    return min(max(usual, LEAST * velocity), MOST * velocity, FASTEST)


def _held(gap: float, distance: float) -> bool:
    return 0 < gap <= MAX_GAP and distance > STACKED


class _Pass:
    """From object to object. ``places``: when each object ends, and where its parts are."""

    def __init__(self, draft: Draft, speed: float) -> None:
        self.draft, self.facts, self.speed = draft, draft.facts, speed
        self.end: Point = (0.0, 0.0)
        self.places: list[tuple[float, list[Point]]] = []

    def place(self, index: int) -> bool:
        """Put one object; whether it changed."""
        item = self.draft.objects[index]
        before = (item.x, item.y)
        shape = self.shape_of(item)
        head, chosen = before, shape
        if index and not isinstance(item, Spinner):
            head, chosen = self._wish(index, item, shape)
        changed = head != before or chosen is not shape
        if changed:
            result = chosen.item if chosen is not shape else item
            shift(result, head[0] - result.x, head[1] - result.y)
            self.draft.put(index, result)
        self.end = (head[0] + chosen.end[0], head[1] + chosen.end[1])
        self.places.append((self.facts.ends[index], chosen.points(head)))
        return changed

    def _wish(self, index: int, item: HitObject, shape: Shape) -> tuple[Point, Shape]:
        gap, distance = self.facts.gaps[index - 1], self.facts.distances[index - 1]
        home = (item.x, item.y)
        old_end = self.facts.play.end_position(self.facts.objects[index - 1])
        step = (home[0] - old_end[0], home[1] - old_end[1])
        if not 0 <= gap <= MAX_GAP or distance < 0:
            return home, shape
        if distance <= STACKED:
            head = (float(round(self.end[0] + step[0])), float(round(self.end[1] + step[1])))
            return self._best(index, shape, [(0.0, head)]) or (home, shape)
        usual = self.speed * gap
        way = min(max(distance, (1 - VARIETY) * usual), (1 + VARIETY) * usual)
        heads = list(self._heads(way, home, step))
        return self._best(index, shape, heads) or (home, shape)

    def _heads(self, way: float, home: Point, step: Point) -> Iterator[tuple[float, Point]]:
        """Places ``way`` px on, in every direction, with what they cost."""
        x0, y0 = self.end
        pull = (home[0] - x0, home[1] - y0)
        wish = math.atan2(*(pull if math.hypot(*pull) > INNER else step)[::-1])
        for turn in (0.0, *angles(12, 180)):
            head = (float(round(x0 + way * math.cos(wish + turn))), float(round(y0 + way * math.sin(wish + turn))))
            if 0 <= head[0] <= WIDTH and 0 <= head[1] <= HEIGHT:
                inner = INNER <= head[0] <= WIDTH - INNER and INNER <= head[1] <= HEIGHT - INNER
                yield abs(turn) + math.dist(head, home) / FAR + (0.0 if inner else EDGE_COST), head

    def _best(self, index: int, shape: Shape, heads: list[tuple[float, Point]]) -> tuple[Point, Shape] | None:
        """The cheapest of ``heads`` where the object stays on screen; other shapes only where there is none."""
        for shapes in ([shape], self._others(shape)):
            fitting = [
                (cost + other.cost, head, other) for other in shapes for cost, head in heads if self._fits(head, other)
            ]
            if fitting:
                near = self._near(index)
                _, head, chosen = min(fitting, key=lambda entry: entry[0] + self._crowd(entry[1], entry[2], near))
                return head, chosen
        return None

    def _others(self, shape: Shape) -> list[Shape]:
        item = shape.item
        if not isinstance(item, Slider):
            return []
        axes = [mirrored(item, 0.0), mirrored(item, math.pi / 2)]
        return [
            self.shape_of(other, TURN_COST) for other in (*axes, *(turned(item, angle) for angle in angles(30, 180)))
        ]

    def _fits(self, head: Point, shape: Shape) -> bool:
        room = self.facts.radius + MARGIN
        if not isinstance(shape.item, Slider):
            return True
        return (
            head[0] + shape.left >= LEFT + room
            and head[0] + shape.right <= RIGHT - room
            and head[1] + shape.top >= TOP + room
            and head[1] + shape.bottom <= BOTTOM - room
        )

    def _near(self, index: int) -> list[Point]:
        """Parts of the objects just before, but for the end that it comes from: how far that is, is settled."""
        since = self.facts.starts[index] - SEEN
        latest = self.places[-SEEN_OBJECTS:]
        return [place for end, places in latest if end >= since for place in places if place != self.end]

    def _crowd(self, head: Point, shape: Shape, near: list[Point]) -> float:
        """What overlaps cost: the more the nearer."""
        cost, reach = 0.0, 2 * self.facts.radius
        for x, y in shape.points(head):
            for other_x, other_y in near:
                distance = math.hypot(x - other_x, y - other_y)
                if distance < SAME_PLACE:
                    cost += SAME_PLACE_COST
                elif distance < reach:
                    cost += OVERLAP_COST * (1 - distance / reach)
        return cost

    def shape_of(self, item: HitObject, cost: float = 0.0) -> Shape:
        if not isinstance(item, Slider):
            return Shape(item, 0.0, 0.0, 0.0, 0.0, (0.0, 0.0), (0.0, 0.0), cost)
        path = slider_path(item, self.facts.beatmap.format_version)
        xs, ys = [x for x, _ in path.vertices] or [0.0], [y for _, y in path.vertices] or [0.0]
        middle, end = path.position(0.5), path.position(item.slides % 2)
        return Shape(item, min(xs), min(ys), max(xs), max(ys), middle, end, cost)


GAMEPLAY = {"O08": respace}
