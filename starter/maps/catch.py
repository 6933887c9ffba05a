"""Where the next fruit goes in catch: side to side, as far as the catcher of the level may be sent (spec 08 section 8)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from osuT5.beatmap.catch import GRACE
from osuT5.rules.catch_moves import Steps
from osuT5.rules.level import Level

from .places import Walker
from .sliders import LEFT, RIGHT, Point

_STARS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
_SPEED = (0.27, 0.4, 0.54, 0.7, 0.88, 1.08, 1.28)  # px per ms between fruits
_KEEPS = {"flow": 0.6, "geometric": 0.35, "linear": 0.1}  # chance to go on in the same direction
_LONGEST = 400.0  # ms of a gap that is used for moving
_SLACK = 3.0  # px that are left of what the level allows
_DASH_ROW = {Level.N: 1, Level.H: 3}
_DASH_MS = {Level.N: 250.0, Level.H: 130.0, Level.I: 70.0, Level.X: 0.0}  # shortest gap of a dash
_HYPER_ROW = {Level.H: 1, Level.I: 3, Level.X: 99}
_HYPER_MS = {Level.H: 260.0, Level.I: 140.0, Level.X: 70.0}


@dataclass
class CatchWalker(Walker):
    """Walks from fruit to fruit, and counts the dashes and hyperdashes in a row."""

    right: bool = True
    dashes: int = 0
    hypers: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        catcher = Steps(self.level.cs)
        self._half, self._width = catcher.half, catcher.width

    def new_combo(self) -> None:
        """Combos do not change the figure."""

    def move_to(self, position: Point, angle: float) -> None:
        """Continue from the end of a slider or spinner, after which no dash is under way."""
        super().move_to(position, angle)
        self.right = math.cos(angle) >= 0
        self.dashes = self.hypers = 0

    def step(self, gap_beats: float, beat_ms: float, velocity: float) -> Point:
        """Move on after a gap in normalised beats of ``beat_ms``."""
        distance = self._allowed(self._wanted(gap_beats, gap_beats * beat_ms), gap_beats * beat_ms)
        if self.rng.rand() > _KEEPS[self.style.pattern]:
            self.right = not self.right
        room = RIGHT - self.position[0] if self.right else self.position[0] - LEFT
        if distance > room:
            self.right = not self.right
            distance = min(distance, RIGHT - LEFT - room)
        self.angle = (0.0 if self.right else math.pi) + self.rng.uniform(-0.5, 0.5)
        self.position = self._towards(distance)
        return self.position

    def _wanted(self, gap_beats: float, gap_ms: float) -> float:
        if gap_beats < 0.6 and self.rng.rand() < 0.5 * self.style.stacks:
            return 0.0
        speed = float(np.interp(self.level.stars, _STARS, _SPEED)) * self.style.spacing * self.factor**0.8
        return speed * min(gap_ms, _LONGEST) * self.rng.uniform(0.6, 1.3)

    def _allowed(self, distance: float, gap_ms: float) -> float:
        """The distance, shortened to a dash or a walk, or lengthened to a full hyperdash, as the level wants it."""
        walk = self._half + 0.5 * gap_ms - _SLACK
        dash = max(0.0, gap_ms - GRACE - 4 * _SLACK)
        if distance <= min(walk, dash) or not self._may_dash(gap_ms):
            self.dashes = self.hypers = 0
            return min(distance, walk, dash)
        self.dashes += 1
        if distance <= dash or not self._may_hyper(gap_ms):
            self.hypers = 0
            return min(distance, dash)
        self.hypers += 1
        return max(distance, gap_ms + self._width + _SLACK)

    def _may_dash(self, gap_ms: float) -> bool:
        return gap_ms >= _DASH_MS.get(self.level.rank, math.inf) and self.dashes < _DASH_ROW.get(self.level.rank, 99)

    def _may_hyper(self, gap_ms: float) -> bool:
        return gap_ms >= _HYPER_MS.get(self.level.rank, math.inf) and self.hypers < _HYPER_ROW.get(self.level.rank, 0)

    def _towards(self, distance: float) -> Point:
        """The place at ``distance`` sideways, on the near side of the style's grid; heights wander about the middle."""
        grid = self.style.grid
        x = self.position[0] + (distance if self.right else -distance)
        x = math.floor(x / grid) * grid if self.right else math.ceil(x / grid) * grid
        y = float(np.clip(self.position[1] + self.rng.randint(-40, 41), 96, 288))
        return float(min(max(x, LEFT), RIGHT)), float(round(y / grid) * grid)
