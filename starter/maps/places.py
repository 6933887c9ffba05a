"""Where the next object goes in osu!: spacing by gap, angles by pattern, never off the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from .levels import Level
from .sliders import BOTTOM, LEFT, RIGHT, TOP, Point, inside
from .styles import Style

_TURNS = {  # radians between two jumps of a pattern
    "flow": (0.35, 0.6, 0.9),
    "geometric": (2 * math.pi / 3, math.pi / 2, 4 * math.pi / 5),
    "linear": (0.0, math.pi),
}


@dataclass
class Walker:
    """Walks over the playfield, object by object."""

    rng: np.random.RandomState
    level: Level
    style: Style
    factor: float  # star calibration of the spacing
    position: Point = (256.0, 192.0)
    angle: float = 0.0
    turn: float = 0.5
    radius: float = field(init=False)

    def __post_init__(self) -> None:
        self.radius = 64 * (1 - 0.7 * (self.level.cs - 5) / 5) / 2

    def new_combo(self) -> None:
        """Start another figure."""
        turns = _TURNS[self.style.pattern]
        self.turn = turns[self.rng.randint(len(turns))] * (1 if self.rng.rand() < 0.5 else -1)
        if self.style.pattern == "flow" and self.level.stars >= 4 and self.rng.rand() < 0.3:
            self.turn = math.copysign(2.2, self.turn)

    def step(self, gap_beats: float, beat_ms: float, velocity: float) -> Point:
        """Move on after a gap in normalised beats of ``beat_ms``; ``velocity`` in osu! pixels per such beat."""
        distance = self._distance(gap_beats, velocity)
        if distance < 3:
            return self.position
        turn = math.copysign(min(abs(self.turn), 0.25), self.turn) if gap_beats < 0.3 else self.turn
        if not inside(self._at(distance, self.angle + turn)) and inside(self._at(distance, self.angle - turn)):
            turn, self.turn = -turn, -self.turn  # the figure goes on as its mirror image
        self.angle += turn
        self.position = self._fitting(distance)
        return self.position

    def move_to(self, position: Point, angle: float) -> None:
        """Continue from the end of a slider."""
        self.position, self.angle = position, angle

    def _distance(self, gap_beats: float, velocity: float) -> float:
        spacing = self.level.spacing * self.style.spacing * self.factor
        if self.level.stars < 2.7:  # time-distance equality of easy maps
            return float(np.clip(velocity * gap_beats * min(1.25, max(0.85, spacing * 1.3)), 0, 300))
        if gap_beats < 0.3:
            if self.rng.rand() < self.style.stacks:
                return 0.0
            return float(np.clip(self.radius * 1.0 * spacing, 12, 90))
        if gap_beats < 0.6:
            if self.rng.rand() < self.style.stacks * 0.5:
                return 0.0
            return float(np.clip(120 * spacing * self.rng.uniform(0.85, 1.15), 45, 330))
        return float(np.clip(150 * spacing * min(gap_beats, 2.0) ** 0.4, 60, 350))

    def _fitting(self, distance: float) -> Point:
        """The place at ``distance`` whose direction is nearest to the wanted one and on the screen."""
        for deviation in (0.0, 0.4, -0.4, 0.8, -0.8, 1.3, -1.3, 1.9, -1.9, 2.5, -2.5, math.pi):
            place = self._at(distance, self.angle + deviation)
            if inside(place):
                self.angle += deviation
                return self._snapped(place)
        self.angle = math.atan2(192 - self.position[1], 256 - self.position[0])
        x, y = self._at(distance, self.angle)
        return self._snapped((min(max(x, LEFT), RIGHT), min(max(y, TOP), BOTTOM)))

    def _at(self, distance: float, angle: float) -> Point:
        return self.position[0] + distance * math.cos(angle), self.position[1] + distance * math.sin(angle)

    def _snapped(self, point: Point) -> Point:
        grid = self.style.grid
        return float(round(point[0] / grid) * grid), float(round(point[1] / grid) * grid)
