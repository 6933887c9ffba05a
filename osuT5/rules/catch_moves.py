"""Catch: from fruit to fruit, as the checks and the repairs see it (spec 07 section 10, 08 section 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from osuT5.beatmap.catch import CATCHER_SIZE, GRACE, CatchKind, CatchObject, catch_objects

from .context import Facts

CATCH_WIDTH = 85.4  # px at circle size 5
WALK, DASH = 0.5, 1.0  # px per ms


@dataclass(frozen=True, slots=True)
class Move:
    """From one fruit or drop to the next. ``margin``: px to spare of a dash, as the game reckons hyperdashes."""

    index: int  # object it starts from
    to: int
    time: float
    duration: float
    dx: float
    x: float  # where it ends
    dash: bool
    hyper: bool
    margin: float
    parts: tuple[str, str]  # what it leaves and reaches: fruit, drop or repeat

    @property
    def in_slider(self) -> bool:
        return self.index == self.to

    @property
    def word(self) -> str:
        return "hyperdash" if self.hyper else "dash"


@dataclass(frozen=True, slots=True)
class Caught:
    """A fruit or drop. ``part``: fruit, drop or repeat; ``index``: object it belongs to."""

    time: float
    x: float
    index: int
    part: str

    def at(self, x: float) -> Caught:
        return replace(self, x=x)


def _caught(facts: Facts) -> list[Caught]:
    """The fruits and drops in order of time."""
    groups = catch_objects(facts.play)
    result = [item for index, group in enumerate(groups) for item in caught_of(index, group)]
    result.sort(key=lambda item: item.time)
    return result


def caught_of(index: int, group: list[CatchObject]) -> list[Caught]:
    """The fruits and drops of one object."""
    result = []
    fruits = [item for item in group if item.kind in (CatchKind.FRUIT, CatchKind.DROP)]
    for item in fruits:
        inner = item is not fruits[0] and item is not fruits[-1]
        part = "drop" if item.kind is CatchKind.DROP else "repeat" if inner else "fruit"
        result.append(Caught(item.time, item.x or 0.0, index, part))
    return result


class Steps:
    """From fruit to fruit, as the game reckons hyperdashes: what a dash leaves over helps the next one of its direction."""

    def __init__(self, circle_size: float) -> None:
        scale = 1 - 0.7 * (circle_size - 5) / 5
        self.half = CATCH_WIDTH * scale / 2
        self.width = CATCHER_SIZE * scale / 2
        self.excess, self.last = self.width, 0

    def reach(self, duration: int, direction: int) -> float:
        """The farthest px without a hyperdash."""
        return duration - GRACE + (self.excess if direction == self.last else self.width)

    def move(self, start: Caught, end: Caught) -> Move:
        dx = end.x - start.x
        margin = self.reach(int(end.time) - int(start.time), 1 if dx > 0 else -1) - abs(dx)
        duration = end.time - start.time
        dash = margin < 0 or abs(dx) - self.half > WALK * duration
        parts = start.part, end.part
        return Move(start.index, end.index, start.time, duration, dx, end.x, dash, margin < 0, margin, parts)

    def take(self, move: Move) -> None:
        """Go on after ``move``."""
        self.excess = self.width if move.margin < 0 else min(max(move.margin, 0.0), self.width)
        self.last = 1 if move.dx > 0 else -1


def moves_of(facts: Facts) -> list[Move]:
    steps = Steps(facts.beatmap.difficulty.circle_size)
    caught = _caught(facts)
    moves = []
    for start, end in zip(caught, caught[1:], strict=False):
        moves.append(steps.move(start, end))
        steps.take(moves[-1])
    return moves
