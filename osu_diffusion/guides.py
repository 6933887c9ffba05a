"""Where slider ends must lie: the length that each slider's duration and velocity ask for (spec 04 section 8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from osuT5.beatmap.timing_lines import TimingLine, line_at
from osuT5.events.event import EventType
from osuT5.events.groups import Group

BEZIER, PERFECT, CATMULL = "B", "P", "C"
_KINDS = {
    EventType.BEZIER_ANCHOR: BEZIER,
    EventType.RED_ANCHOR: BEZIER,
    EventType.LAST_ANCHOR: BEZIER,
    EventType.PERFECT_ANCHOR: PERFECT,
    EventType.CATMULL_ANCHOR: CATMULL,
}


@dataclass(frozen=True)
class SliderGuide:
    """One slider: elements of its control points (red ones twice), of its end, kind of curve, span length in px."""

    entries: tuple[int, ...]
    end: int
    kind: str
    length: float


def slider_guides(
    groups: Sequence[tuple[Group, int]], timing: Sequence[TimingLine], slider_multiplier: float
) -> list[SliderGuide]:
    """Guides of all sliders whose head has a scroll speed; ``groups`` are element groups with their elements."""
    guides = []
    open_slider: _OpenSlider | None = None
    for group, element in groups:
        if group.type is EventType.SLIDER_HEAD:
            open_slider = _OpenSlider(group, [element], None, None)
        elif open_slider is None:
            continue
        elif group.type in _KINDS:
            open_slider.take(group, element)
        elif group.type is EventType.SLIDER_END:
            guide = open_slider.guide(element, timing, slider_multiplier)
            guides += [guide] if guide else []
            open_slider = None
    return guides


@dataclass
class _OpenSlider:
    head: Group
    entries: list[int]
    kind: str | None  # by the second entry alone
    last: Group | None

    def take(self, group: Group, element: int) -> None:
        assert group.type is not None
        self.kind = self.kind or _KINDS[group.type]
        if group.type is EventType.LAST_ANCHOR:
            self.last = group
            if self.entries[-1] == element:  # the timed half of an anchor that is in the list
                return
        self.entries.extend([element] * (2 if group.type is EventType.RED_ANCHOR else 1))

    def guide(self, end: int, timing: Sequence[TimingLine], slider_multiplier: float) -> SliderGuide | None:
        if self.last is None or self.head.scroll_speed is None or not timing:
            return None
        red = line_at(timing, round(self.head.time) * 1000).red
        span = self.last.time - self.head.time
        if not red.beat_length:
            return None
        length = self.head.scroll_speed * span * 100 / red.beat_length * slider_multiplier
        if not math.isfinite(length):
            return None
        return SliderGuide(tuple(self.entries), end, self.kind or BEZIER, length)
