"""What a level of catch allows from one fruit to the next (C01 to C06 of spec 08), fruit by fruit."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence

from osuT5.beatmap.catch import GRACE

from .catch import (
    DASH_RUN,
    EDGE,
    FIELD,
    HYPER_RUN,
    SHORTEST_DASH,
    SHORTEST_HYPER,
    SLACK,
    WALL,
    dash_limit,
    hyper_row,
    other_snap,
)
from .catch_moves import DASH, WALK, Caught, Move, Steps
from .level import Level

ROOM = 0.5  # px that a walk stays below what would be a dash or hyperdash


class Catcher:
    """The catcher on his way through a map of ``level``; ``go`` takes him on."""

    def __init__(self, circle_size: float, level: Level | None) -> None:
        self.level = level
        self.steps = Steps(circle_size)
        self.at: Caught | None = None
        self.low = self.high = 0.0  # where he can be
        self.dashes: list[Move] = []  # the run so far
        self.hypers: list[Move] = []

    def go(self, stream: Sequence[Caught]) -> None:
        for item in stream:
            if self.at is None:
                self.low, self.high = item.x - self.steps.half, item.x + self.steps.half
            else:
                self._take(self.steps.move(self.at, item))
            self.at = item

    def may_go(self, stream: Sequence[Caught]) -> bool:
        """Whether all of ``stream`` is within what the level allows."""
        ahead = copy.copy(self)
        ahead.steps = copy.copy(self.steps)
        for item in stream:
            if ahead.at is not None and not ahead._allows(ahead.steps.move(ahead.at, item)):
                return False
            ahead.go([item])
        return True

    def places(self, wish: Caught) -> Iterator[float]:
        """Where a fruit may lie, in px: where it is, if that is allowed, else nearer; at last within a walk."""
        if self.at is None:
            yield wish.x
            return
        walk = self._towards(wish, self._walk(wish))
        for x in (wish.x, min(max(wish.x, WALL), FIELD - WALL), self._towards(wish, self._dash(wish))):
            if abs(x - self.at.x) > abs(walk - self.at.x) and self.may_go([wish.at(x)]):
                yield x
        yield walk

    def _dash(self, wish: Caught) -> float:
        return self._reach(wish) - EDGE

    def _walk(self, wish: Caught) -> float:
        assert self.at is not None
        slow = self.steps.half + WALK * (wish.time - self.at.time)
        return min(slow, self._reach(wish)) - ROOM

    def _reach(self, wish: Caught) -> float:
        """The farthest px that he gets without a hyperdash."""
        assert self.at is not None
        direction = 1 if wish.x > self.at.x else -1
        got = self.high - self.at.x if direction > 0 else self.at.x - self.low
        farthest = got + DASH * (wish.time - self.at.time) + GRACE + self.steps.half
        return min(self.steps.reach(int(wish.time) - int(self.at.time), direction), farthest)

    def _towards(self, wish: Caught, distance: float) -> float:
        """``wish``, or the whole px before it that is at most ``distance`` away."""
        assert self.at is not None
        start = self.at.x
        if abs(wish.x - start) <= distance:
            return wish.x
        distance = max(distance, 0.0)
        return float(math.floor(start + distance) if wish.x > start else math.ceil(start - distance))

    def _allows(self, move: Move) -> bool:
        if not move.hyper and not self._reaches(move):
            return False
        level = self.level
        if level is None or not move.dash:
            return True
        if level is Level.E or not self._long_enough(move, level):
            return False
        if not move.hyper and move.margin < EDGE and (level in (Level.N, Level.H) or self.hypers):
            return False
        if level in DASH_RUN and len(self.dashes) + 1 > dash_limit([*self.dashes, move], level):
            return False
        return not move.hyper or self._allows_hyper(move, level)

    def _long_enough(self, move: Move, level: Level) -> bool:
        shortest = (SHORTEST_HYPER if move.hyper else SHORTEST_DASH).get(level, 0.0)
        return move.duration >= shortest - SLACK

    def _allows_hyper(self, move: Move, level: Level) -> bool:
        if level is Level.N:
            return False
        if level is Level.H:
            odd = any(part != "fruit" for part in move.parts)
            if odd or (self.hypers and other_snap(self.hypers[-1], move)):
                return False
        return level not in HYPER_RUN or hyper_row([*self.hypers, move], level) is None

    def _reaches(self, move: Move) -> bool:
        low, high = self._span(move)
        return low <= high

    def _span(self, move: Move) -> tuple[float, float]:
        reach = DASH * move.duration + GRACE
        return max(self.low - reach, move.x - self.steps.half), min(self.high + reach, move.x + self.steps.half)

    def _take(self, move: Move) -> None:
        low, high = self._span(move)
        if move.hyper or low > high:
            low, high = move.x - self.steps.half, move.x + self.steps.half
        self.low, self.high = low, high
        self.dashes = [*self.dashes, move] if move.dash else []
        self.hypers = [*self.hypers, move] if move.hyper else []
        self.steps.take(move)
