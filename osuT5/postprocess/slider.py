"""Sliders: path, velocity, length and sounds of a draft (spec 03 sections 14.1 to 14.3)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.events.objects import Point, SliderDraft

from .lines import first, samples
from .paths import SliderPath

_SHORTEST = 1e-4  # osu! pixels
_BODY_VOLUME_DELAY_MS = 6


class FlatSliderError(ValueError):
    """The wanted end lies at the start of the path."""


@dataclass(frozen=True)
class SliderRules:
    """What decides a slider's length: the map's multiplier and what the model says."""

    slider_multiplier: float
    has_velocities: bool
    has_positions: bool
    stretches: bool = False  # a path too short for the velocity that the model says is stretched, not slowed down


@dataclass(frozen=True)
class Slider:
    """A finished slider: ``velocity`` is the one it needs; ``anchors`` are scaled to its length. ``span`` in ms."""

    draft: SliderDraft
    anchors: list[Point]
    slides: int
    span: float
    length: float
    velocity: float

    @property
    def time(self) -> int:
        return round(self.draft.head.time)

    def text(self) -> str:
        """The line of [HitObjects]."""
        draft = self.draft
        head, last = draft.head, draft.last
        points = "|".join(f"{round(x)}:{round(y)}" for x, y in self.anchors)
        sounds = "|".join(map(str, self._nodes("hitsounds")))
        pairs = zip(self._nodes("sample_sets"), self._nodes("additions"), strict=True)
        sets = "|".join(f"{sample}:{addition}" for sample, addition in pairs)
        kind = 6 if head.new_combo else 2
        return (
            f"{round(head.x or 0)},{round(head.y or 0)},{self.time},{kind},{first(last.hitsounds)},"
            f"{draft.curve}|{points},{self.slides},{self.length!r},{sounds},{sets},{samples(last)}:-1:0:"
        )

    def volumes(self) -> Iterator[tuple[int, int]]:
        """Changes of volume: (ms, volume) at each node, and in the body where it differs."""
        nodes, body = self._nodes("volumes"), self.draft.last.volumes
        for index, volume in enumerate(nodes[: self.slides + 1]):
            time = round(self.draft.head.time + self.span * index)
            yield time, volume
            if body and body[0] != volume and index < self.slides and self.span > _BODY_VOLUME_DELAY_MS:
                yield time + _BODY_VOLUME_DELAY_MS, body[0]

    def _nodes(self, name: str) -> list[int]:
        """Values of head, repeats and end. The first of the last anchor is the body's."""
        draft = self.draft
        return [*getattr(draft.head, name), *getattr(draft.last, name)[1:], *getattr(draft.end, name)]


def build_slider(draft: SliderDraft, line: TimingLine, rules: SliderRules) -> Slider:
    """Find velocity and length of a draft; ``line`` is the timing line in force at its head.

    Raises ``FlatSliderError`` when the end lies at the start of the path. Span and duration must be positive.
    """
    head = draft.head
    origin = (head.x or 0.0, head.y or 0.0)
    total = draft.end.time - head.time
    slides = max(round(total / (draft.last.time - head.time)), 1)
    span = total / slides
    path = SliderPath(draft.curve, [origin, *draft.anchors])
    velocity, length = _fit_length(draft, path, span, line, rules)
    anchors = draft.anchors
    if length > path.length + _SHORTEST:
        scale = length / path.length
        anchors = [((x - origin[0]) * scale + origin[0], (y - origin[1]) * scale + origin[1]) for x, y in anchors]
    return Slider(draft, anchors, slides, span, length, velocity)


def line_velocity(line: TimingLine) -> float:
    """Slider velocity that a timing line puts in force."""
    return 1.0 if line.parent is None else -100 / line.beat_length


def _fit_length(
    draft: SliderDraft, path: SliderPath, span: float, line: TimingLine, rules: SliderRules
) -> tuple[float, float]:
    beat, multiplier = line.red.beat_length, rules.slider_multiplier
    if rules.has_velocities and draft.head.scroll_speed is not None:
        velocity = draft.head.scroll_speed
    else:
        required = _required_length(draft, path, rules.has_positions)
        if required < _SHORTEST:
            raise FlatSliderError(f"slider at {draft.head.time} ms has no length")
        velocity = required / 100 / span * beat / multiplier
        velocity = _near_velocity(velocity, line_velocity(line), 0.05 if draft.head.new_combo else 0.15)
    length = velocity * span * 100 / beat * multiplier
    if length > 1.5 * path.length and not (rules.stretches and path.length >= _SHORTEST):
        velocity = round(20 * (path.length / 100 / span * beat / multiplier)) / 20
        length = velocity * span * 100 / beat * multiplier
    return velocity, length


def _required_length(draft: SliderDraft, path: SliderPath, has_positions: bool) -> float:
    end = (draft.end.x or 0.0, draft.end.y or 0.0)
    if has_positions:
        return path.length * path.progress_near(end)
    dx, dy = end[0] - (draft.last.x or 0.0), end[1] - (draft.last.y or 0.0)
    return path.length - math.sqrt(dx * dx + dy * dy)


def _near_velocity(velocity: float, last: float, tolerance: float) -> float:
    """The velocity in force if it is near enough, else the nearest round one."""
    if last != 0 and abs(velocity - last) / last <= tolerance:
        return last
    coarse = round(20 * velocity) / 20
    if coarse >= 0.1:
        return coarse
    fine = round(100 * velocity) / 100
    return fine if fine > 1e-5 else velocity
