"""A beatmap the way events take it: as the file says, in the order of the file (spec 01 section 2).

Reading for play sorts, clamps, adds the early offset of old files and fills in defaults; tokens do none of that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..beatmap import Beatmap, HitObject, Hold, Slider, Spinner
from ..beatmap.timing_lines import TimingLine, parse_timing_lines
from .slider_ends import Point, SliderPath, curve_class
from .timeline import Ints, Timeline

_MAX_DURATION_MS = 1e12


@dataclass(frozen=True)
class Span:
    """Timing of one slider in microseconds; ``span`` is one of its ``slides``."""

    end: int
    span: int


class Source:
    """The objects, lines and values of one map as written. Times are microseconds."""

    def __init__(self, beatmap: Beatmap) -> None:
        self.beatmap = beatmap
        self.mode = beatmap.mode
        self.objects: list[HitObject] = beatmap.hit_objects_in_file_order
        self.lines: Sequence[TimingLine] = parse_timing_lines(beatmap.timing_text)

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.lines)

    @cached_property
    def circle_size(self) -> float:
        return written_number(self.beatmap.difficulty.written, "CircleSize", self.beatmap.difficulty.circle_size)

    @property
    def columns(self) -> int:
        """Keys of a mania map, by circle size as written; may be 0 or less."""
        return int(self.circle_size)

    @cached_property
    def slider_multiplier(self) -> float:
        return written_number(self.beatmap.difficulty.written, "SliderMultiplier", 1.4)

    @cached_property
    def starts(self) -> list[int]:
        """Start of each object."""
        early = self.beatmap.early_offset
        return [round((item.time - early) * 1000) for item in self.objects]

    @cached_property
    def lines_at_starts(self) -> list[int]:
        """Index of the timing line in force at the start of each object."""
        starts: Ints = np.array(self.starts, dtype=np.int64)
        return self.timeline.at(starts).tolist() if self.objects else []

    def end_of(self, index: int) -> int:
        """End of an object; its start for circles and for sliders without a duration."""
        item, start = self.objects[index], self.starts[index]
        if isinstance(item, (Spinner, Hold)):
            return round((item.end_time - self.beatmap.early_offset) * 1000)
        if isinstance(item, Slider):
            span = self.slider_span(item, index)
            return start if span is None else span.end
        return start

    def slider_span(self, slider: Slider, index: int) -> Span | None:
        """When a slider ends; None when its duration is no number."""
        start = self.starts[index]
        line = self.lines[self.lines_at_starts[index]]
        percent = line.beat_length
        velocity = min(max(-100 / percent, 0.1), 10) if line.parent is not None and percent < 0 else 1
        length = natural_length(slider) if slider.length is None else slider.length
        try:
            beats = length * slider.slides / (self.slider_multiplier * 100 * velocity)
            duration = beats * line.red.beat_length + 1e-5
        except ZeroDivisionError:
            return None
        if not abs(duration) < _MAX_DURATION_MS:
            return None
        length_us = int(duration) * 1000
        return Span(start + length_us, divide(length_us, slider.slides))


def slider_path(slider: Slider) -> SliderPath:
    """Points, head first, truncated to whole pixels, with the curve class that they have."""
    points: list[Point] = [(int(slider.x), int(slider.y)), *((int(x), int(y)) for x, y in slider.points)]
    # several curve letters occur in files of newer editors only: one bezier path comes nearest
    letter = slider.curve if len(slider.curves) <= 1 else "B"
    length = natural_length(slider) if slider.length is None else slider.length
    return SliderPath(curve_class(letter, points), points, length)


def natural_length(slider: Slider) -> float:
    """Length of the control polygon in px, for files that state no length (the published reader refuses them)."""
    points = [(slider.x, slider.y), *slider.points]
    return sum(math.dist(one, other) for one, other in zip(points, points[1:], strict=False))


def divide(value: int, by: int) -> int:
    """Exact quotient, rounded half to even."""
    quotient, rest = divmod(value, by)
    if 2 * rest > by or (2 * rest == by and quotient % 2):
        quotient += 1
    return quotient


def written_number(written: dict[str, str], key: str, default: float) -> float:
    """A value as the file states it; ``default`` when it is missing or no finite number."""
    try:
        value = float(written[key])
    except (KeyError, ValueError):
        return default
    return value if math.isfinite(value) else default
