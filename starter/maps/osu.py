"""Objects of osu! maps (and, by their x, of catch maps) from a plan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from osuT5.beatmap.model import Circle, HitObject, Slider, Spinner

from .levels import Level
from .places import Walker
from .plan import Planned
from .rhythm import normal_beat
from .sliders import Point, draw_shape
from .sounds import addition, section_velocity
from .styles import Style

NEW_COMBO = 4


@dataclass
class Placer:
    """Turns planned objects into hit objects, one after the other."""

    rng: np.random.RandomState
    level: Level
    style: Style
    walker: Walker

    def place(self, plan: list[Planned]) -> list[HitObject]:
        """Hit objects in time order."""
        objects: list[HitObject] = []
        combo_start: float | None = None
        for i, item in enumerate(plan):
            fresh = self._starts_combo(item, plan[i - 1] if i else None, combo_start)
            if fresh:
                combo_start = item.start_ms
                self.walker.new_combo()
            objects.append(self._object(item, plan[i - 1] if i else None, fresh))
        return objects

    def _starts_combo(self, item: Planned, before: Planned | None, combo_start: float | None) -> bool:
        if before is None or combo_start is None or before.kind == "spinner":
            return True
        bar = item.edges[0].bar
        length = bar.meter * bar.beat_ms * self.style.combo_bars * (2 if self.level.stars < 2.7 else 1)
        since = item.start_ms - combo_start
        return since >= length - 5 and (item.edges[0].on_beat or since >= 1.5 * length)

    def _object(self, item: Planned, before: Planned | None, fresh: bool) -> HitObject:
        time = float(round(item.start_ms))
        combo = NEW_COMBO if fresh else 0
        sound = addition(item.edges[0], self.style)
        if item.kind == "spinner":
            self.walker.move_to((256.0, 192.0), 0.0)
            return Spinner(256.0, 192.0, time, 8 | NEW_COMBO, sound, "0:0:0:0:", end_time=float(round(item.end_ms)))
        place = self._next_place(item, before)
        if item.kind == "slider":
            slider = self._slider(item, place, time, combo, sound)
            if slider is not None:
                return slider
        return Circle(*place, time, 1 | combo, sound, "0:0:0:0:")

    def _next_place(self, item: Planned, before: Planned | None) -> Point:
        bar = item.edges[0].bar
        beat = normal_beat(bar.beat_ms)
        if before is None:
            start = (float(self.rng.randint(120, 392)), float(self.rng.randint(90, 294)))
            self.walker.move_to(start, self.rng.uniform(0, 2 * math.pi))
            return start
        return self.walker.step((item.start_ms - before.end_ms) / beat, beat, self._velocity(item) * beat / bar.beat_ms)

    def _velocity(self, item: Planned) -> float:
        """Slider pixels a beat of the red line."""
        bar = item.edges[0].bar
        return 100 * self.level.multiplier * section_velocity(bar, self.level, self.style)

    def _slider(self, item: Planned, place: Point, time: float, combo: int, sound: int) -> Slider | None:
        bar = item.edges[0].bar
        span_ms = (item.end_ms - item.start_ms) / item.slides
        length = self._velocity(item) * span_ms / bar.beat_ms
        shape = draw_shape(self.rng, place, self.walker.angle, length, self.style.curves)
        if shape is None:
            return None
        end = shape.end if item.slides % 2 else place
        tail = shape.points[-2] if len(shape.points) > 1 and shape.points[-2] != shape.end else place
        self.walker.move_to(end, math.atan2(shape.end[1] - tail[1], shape.end[0] - tail[0]))
        return Slider(
            *place,
            time,
            2 | combo,
            0,
            "0:0:0:0:",
            curves=((0, shape.letter),),
            points=list(shape.points),
            slides=item.slides,
            length=round(length, 6),
            edge_sounds=[sound, *(addition(edge, self.style) for edge in item.edges[1:])],
            edge_sets=["0:0"] * (item.slides + 1),
        )
