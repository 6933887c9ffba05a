"""Stacking of near objects in osu! (spec 07 section 9)."""

from __future__ import annotations

import math

from osuT5.beatmap.flatten import Point
from osuT5.beatmap.model import Beatmap, Circle, Slider, Spinner
from osuT5.beatmap.play import Play, single

NEAR = 3.0  # px
OLD_RULE_BELOW = 6  # file version
MAX_STEPS = 5_000_000  # comparisons of pairs, to bound the work on piled-up objects


def object_scale(circle_size: float) -> float:
    """Size of an object relative to the texture."""
    return (1 - 0.7 * (circle_size - 5) / 5) / 2 * 1.00041


def preempt(approach_rate: float) -> float:
    """Time in ms for which an object is visible before it is hit."""
    if approach_rate < 5:
        return 1800 - 120 * approach_rate
    return 1200 - 150 * (approach_rate - 5)


def stack_offset(beatmap: Beatmap, height: int) -> float:
    """How far an object of that height moves on both axes, in px."""
    return -6.4 * height * object_scale(beatmap.difficulty.circle_size)


def stack_heights(play: Play) -> list[int]:
    """The stack height of each of ``hit_objects``."""
    stacks = _Stacks(play)
    if play.beatmap.format_version < OLD_RULE_BELOW:
        stacks.old_rule()
    else:
        stacks.new_rule()
    return stacks.heights


class _Stacks:
    def __init__(self, play: Play) -> None:
        beatmap = play.beatmap
        self.objects = beatmap.hit_objects
        self.heights = [0] * len(self.objects)
        self._play = play
        self._heads: list[Point] = [(item.x, item.y) for item in self.objects]
        self._ends = [play.end_position(item) for item in self.objects]
        self._end_times = [play.end_time(item) for item in self.objects]
        self._steps = MAX_STEPS
        # 32-bit values, as in the game: whole thresholds are decided by their rounding
        visible = int(preempt(single(beatmap.difficulty.approach_rate)))
        self._threshold = single(visible * single(beatmap.general.stack_leniency))

    def new_rule(self) -> None:
        for index in range(len(self.objects) - 1, 0, -1):
            item = self.objects[index]
            if self.heights[index] or self._steps <= 0:
                continue
            if isinstance(item, Circle):
                self._stack_circle(index)
            elif isinstance(item, Slider):
                self._stack_slider(index)

    def _stack_circle(self, index: int) -> None:
        heights, base = self.heights, index
        for k in range(index - 1, -1, -1):
            self._steps -= 1
            before = self.objects[k]
            if isinstance(before, Spinner):
                continue
            if int(self.objects[base].time) - int(self._end_times[k]) > self._threshold:
                return
            if isinstance(before, Slider) and _near(self._ends[k], self._heads[base]):
                self._put_below(k, index, heights[base] - heights[k] + 1)
                return
            if _near(self._heads[k], self._heads[base]):
                heights[k] = heights[base] + 1
                base = k

    def _put_below(self, k: int, index: int, offset: int) -> None:
        """Objects after slider ``k`` up to ``index`` that lie at its end go below it."""
        for j in range(k + 1, index + 1):
            self._steps -= 1
            if _near(self._ends[k], self._heads[j]):
                self.heights[j] -= offset

    def _stack_slider(self, index: int) -> None:
        base = index
        for k in range(index - 1, -1, -1):
            self._steps -= 1
            if isinstance(self.objects[k], Spinner):
                continue
            if self.objects[base].time - self.objects[k].time > self._threshold:
                return
            if _near(self._ends[k], self._heads[base]):
                self.heights[k] = self.heights[base] + 1
                base = k

    def old_rule(self) -> None:
        objects, heights, heads = self.objects, self.heights, self._heads
        for index, item in enumerate(objects):
            if heights[index] and not isinstance(item, Slider):
                continue
            end_time, below = self._end_times[index], 0
            path_end = self._play.slider(item).place(1) if isinstance(item, Slider) else heads[index]
            for j in range(index + 1, len(objects)):
                self._steps -= 1
                if objects[j].time - self._threshold > end_time or self._steps <= 0:
                    break
                if _near(heads[j], heads[index]):
                    heights[index] += 1
                    end_time = objects[j].time
                elif _near(heads[j], path_end):
                    below += 1
                    heights[j] -= below
                    end_time = objects[j].time


def _near(a: Point, b: Point) -> bool:
    return math.hypot(a[0] - b[0], a[1] - b[1]) < NEAR
