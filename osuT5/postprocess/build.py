"""Events to the lines of a map: objects and timing (spec 03 section 14)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.compat import Compat
from osuT5.config import DataLayout
from osuT5.events.event import Event, EventType
from osuT5.events.groups import Group, group_events
from osuT5.events.objects import CircleDraft, KiaiDraft, ObjectAssembler, ScrollDraft, SliderDraft, SpanDraft
from osuT5.timing.changes import TimingSheet, kiai_change, to_us, velocity_change, volume_change

from .lines import ObjectLine, first, samples
from .mania import median_beat_length, set_scroll_speed
from .overlaps import snap_near_overlaps
from .positions import place_groups
from .settings import MapSettings
from .slider import FlatSliderError, SliderRules, build_slider, line_velocity
from .taiko import drum_roll_length, drum_roll_points

TAIKO, MANIA = 1, 3


class BuiltMap(NamedTuple):
    """Object lines in the order they complete, timing lines from the first red one on, and what went wrong."""

    objects: list[ObjectLine]
    timing: list[TimingLine]
    warnings: list[str]


def build_map(
    events: Sequence[Event],
    timing: Sequence[TimingLine] | None,
    settings: MapSettings,
    layout: DataLayout,
    rng: np.random.RandomState,
    *,
    near_overlaps: bool = True,
    stretch_sliders: bool = False,
    compat: Compat | None = None,
) -> BuiltMap:
    """Objects and timing lines of generated events (positions in pixels).

    ``timing``: red lines to start from, which are not changed; without, one at the settings' offset and bpm.
    ``near_overlaps``: objects that nearly overlap are moved onto each other. ``stretch_sliders``: paths too short for
    their velocity are stretched, else their sliders are slowed down. ``rng`` places groups that have a distance
    but no position.
    """
    compat = compat or Compat()
    groups = group_events(events, types_first=layout.types_first)
    if near_overlaps:
        snap_near_overlaps(groups)
    place_groups(groups, settings.mode, rng)
    rules = SliderRules(float(settings.slider_multiplier), layout.add_sv, layout.add_positions, stretch_sliders)
    builder = _Builder(timing, settings, layout, rules, max((group.time for group in groups), default=0.0))
    builder.add(groups, ObjectAssembler(compat.published("single_pending_hold")))
    return BuiltMap(builder.objects, builder.timing(), builder.warnings)


class _Builder:
    def __init__(
        self,
        timing: Sequence[TimingLine] | None,
        settings: MapSettings,
        layout: DataLayout,
        rules: SliderRules,
        last_time: float,
    ) -> None:
        self.settings, self.layout, self.rules = settings, layout, rules
        self.mode = settings.mode
        self.warnings: list[str] = []
        self.sheet = TimingSheet([settings.red_line()] if timing is None else self._usable(timing))
        self.median = median_beat_length(self.sheet.lines, last_time)
        self.objects: list[ObjectLine] = []

    def add(self, groups: Sequence[Group], assembler: ObjectAssembler) -> None:
        for group in groups:
            draft = assembler.feed(group)
            if isinstance(draft, CircleDraft):
                self._circle(draft.group)
            elif isinstance(draft, SliderDraft):
                self._slider(draft, assembler)
            elif isinstance(draft, SpanDraft):
                self._span(draft)
            elif isinstance(draft, KiaiDraft):
                self.sheet.apply(kiai_change(to_us(draft.group.time), bool(draft.group.value)))
            elif isinstance(draft, ScrollDraft):
                self._scroll(draft.group)
        assembler.close()
        self.warnings += assembler.warnings

    def timing(self) -> list[TimingLine]:
        lines = self.sheet.lines
        red = next((index for index, line in enumerate(lines) if line.parent is None), len(lines))
        return lines[red:]

    def _usable(self, lines: Sequence[TimingLine]) -> list[TimingLine]:
        """Lines without those that a tempo of 0, NaN or infinity makes useless."""
        good = [line for line in lines if math.isfinite(line.red.beat_length) and line.red.beat_length != 0]
        if len(good) < len(lines):
            self.warnings.append(f"{len(lines) - len(good)} timing lines without a usable beat length are left out")
        return good

    def _put(self, time: int, end_time: int, text: str) -> None:
        self.objects.append(ObjectLine(time, end_time, text))

    def _line_at(self, time: int) -> TimingLine:
        """The timing line in force. Timing without any line falls back to the settings' tempo."""
        if not len(self.sheet):
            self.sheet = TimingSheet([self.settings.red_line()])
            self.warnings.append(f"no timing lines: {self.settings.bpm} bpm from {self.settings.offset} ms is used")
        return self.sheet.at(time * 1000)

    def _set_volume(self, time: int, group: Group) -> None:
        if group.volumes:
            self.sheet.apply(volume_change(time * 1000, group.volumes[0]))

    def _set_velocity(self, time: int, velocity: float | None) -> None:
        if velocity:
            self.sheet.apply(velocity_change(time * 1000, velocity))

    def _circle(self, group: Group) -> None:
        time, kind = round(group.time), 5 if group.new_combo else 1
        volume = first(group.volumes) if self.mode == MANIA else 0
        place = f"{round(group.x or 0)},{round(group.y or 0)}"
        self._put(time, time, f"{place},{time},{kind},{first(group.hitsounds)},{samples(group)}:-1:{volume}:")
        if self.mode != MANIA:
            self._set_volume(time, group)
        if self.mode == TAIKO:
            self._set_velocity(time, group.scroll_speed)

    def _span(self, draft: SpanDraft) -> None:
        time, end = round(draft.start.time), round(draft.end.time)
        if draft.kind is EventType.HOLD_NOTE:
            self._hold(draft.start, time, end)
        elif draft.kind is EventType.DRUMROLL:
            self._drum_roll(draft.start, time, end)
        elif draft.kind is EventType.DENDEN:
            self._spinner(draft.start, time, end)
            self._set_volume(time, draft.start)
            if self.mode == TAIKO:
                self._set_velocity(time, draft.start.scroll_speed)
        else:
            self._spinner(draft.end, time, end)
            self._set_volume(end, draft.end)

    def _spinner(self, sounds: Group, time: int, end: int) -> None:
        self._put(time, end, f"256,192,{time},12,{first(sounds.hitsounds)},{end},{samples(sounds)}:-1:0:")

    def _hold(self, start: Group, time: int, end: int) -> None:
        volume = first(start.volumes) if self.mode == MANIA else 0
        text = f"{round(start.x or 0)},192,{time},128,{first(start.hitsounds)},{end}:{samples(start)}:-1:{volume}:"
        self._put(time, end, text)
        if self.mode != MANIA:
            self._set_volume(time, start)

    def _drum_roll(self, start: Group, time: int, end: int) -> None:
        if end - time < 1:
            self.warnings.append(f"drumroll at {time} ms has no duration, dropped")
            return
        self._set_volume(time, start)
        if self.mode == TAIKO:
            self._set_velocity(time, start.scroll_speed)
        line = self._line_at(time)
        length = drum_roll_length(
            line_velocity(line), end - time, line.red.beat_length, float(self.settings.slider_multiplier)
        )
        sound = f"{first(start.hitsounds)},L|{drum_roll_points(length)},1,{length!r},0|0,0:0|0:0,{samples(start)}"
        self._put(time, end, f"0,192,{time},2,{sound}:-1:0:")

    def _slider(self, draft: SliderDraft, assembler: ObjectAssembler) -> None:
        time = round(draft.head.time)
        if draft.last.time <= draft.head.time or draft.end.time <= draft.head.time:
            self.warnings.append(f"slider at {time} ms has no duration, dropped")
            return
        line = self._line_at(time)
        try:
            slider = build_slider(draft, line, self.rules)
        except FlatSliderError:
            assembler.reopen(draft)
            return
        self._put(time, round(draft.end.time), slider.text())
        if slider.velocity != line_velocity(line):
            self._set_velocity(time, slider.velocity)
        for at, volume in slider.volumes():
            self.sheet.apply(volume_change(at * 1000, volume))

    def _scroll(self, group: Group) -> None:
        if group.scroll_speed is None:
            return
        time = round(group.time)
        if not self.layout.mania_bpm_normalized_scroll_speed:
            self._set_velocity(time, group.scroll_speed)
        elif self.median == 0:
            self.warnings.append(f"scroll speed at {time} ms is written as it is: the map has no main tempo")
            self._set_velocity(time, group.scroll_speed)
        else:
            self._line_at(time)
            set_scroll_speed(self.sheet, time * 1000, group.scroll_speed, self.median)
