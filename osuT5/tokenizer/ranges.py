"""Which events a layout can write, in which order, and the ids of its contexts (spec 01 section 12)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..config import DataLayout, Template
from ..events.event import ContextType, EventType
from .tables import ClassTables

FIRST_CONTEXT_ID = 3  # after PAD, SOS and EOS
FIRST_YEAR, UNKNOWN_YEAR = 2007, 2077


class TokenizerError(ValueError):
    """An event, id or file that the vocabulary does not cover."""


class EventRange(NamedTuple):
    """The values ``minimum..maximum`` (inclusive) of one event type; each value takes one id."""

    type: EventType
    minimum: int
    maximum: int

    @property
    def size(self) -> int:
        return self.maximum - self.minimum + 1


def context_ids(templates: Iterable[Template], with_outputs: bool) -> tuple[dict[ContextType, int], int]:
    """Start id of every context that has ids (its end id follows), and the first free id (section 12.2)."""
    starts: dict[ContextType, int] = {}
    for template in templates:
        for name in template.inputs + (template.outputs if with_outputs else ()):
            starts.setdefault(ContextType(name), FIRST_CONTEXT_ID + 2 * len(starts))
    return starts, FIRST_CONTEXT_ID + 2 * len(starts)


def output_ranges(layout: DataLayout) -> list[EventRange]:
    """Ranges that the model can write, in id order (section 12.3)."""
    ranges = _attribute_ranges(layout) + basic_ranges()
    if layout.add_timing_points:
        ranges.append(_flag(EventType.TIMING_POINT))
    if layout.add_kiai_special_token or layout.add_kiai or any("kiai" in t.outputs for t in layout.templates):
        ranges.append(EventRange(EventType.KIAI, 0, 1))
    sustain = bool(layout.sustain_interval)
    if sustain:
        ranges += _flags("SLIDER_SUSTAIN SLIDER_REPEAT_SUSTAIN SPINNER_SUSTAIN")
    if 3 in layout.gamemodes:
        ranges += _flags("HOLD_NOTE HOLD_NOTE_END SCROLL_SPEED_CHANGE" + " HOLD_NOTE_SUSTAIN" * sustain)
    if 1 in layout.gamemodes:
        ranges += _flags("DRUMROLL DRUMROLL_END DENDEN DENDEN_END" + " DRUMROLL_SUSTAIN DENDEN_SUSTAIN" * sustain)
    return ranges


def input_ranges(layout: DataLayout, tables: ClassTables, classes: int) -> list[EventRange]:
    """Ranges that only prompts use, in id order (section 12.4). ``classes`` is the number of style classes."""
    mania, scrolls = 3 in layout.gamemodes, writes_scroll_speed(layout)
    return [
        EventRange(kind, low, high)
        for present, kind, low, high in (
            (layout.add_gamemode_token, EventType.GAMEMODE, 0, 3),
            (layout.add_style_token, EventType.STYLE, 0, classes),
            (layout.add_difficulty_token, EventType.DIFFICULTY, 0, layout.num_diff_classes),
            (layout.add_mapper_token, EventType.MAPPER, 0, tables.num_mapper_classes),
            (layout.add_cs_token, EventType.CS, 0, layout.num_cs_classes),
            (layout.add_year_token, EventType.YEAR, FIRST_YEAR, UNKNOWN_YEAR),
            (layout.add_hitsounded_token, EventType.HITSOUNDED, 0, 1),
            (layout.add_song_length_token, EventType.SONG_LENGTH, 0, 60),
            (layout.add_song_position_token, EventType.SONG_POSITION, -1, 101),
            (layout.add_descriptors, EventType.DESCRIPTOR, 0, tables.num_descriptor_classes),
            (layout.add_keycount_token and mania, EventType.MANIA_KEYCOUNT, 1, 18),
            (layout.add_hold_note_ratio_token and mania, EventType.HOLD_NOTE_RATIO, -1, 12),
            (layout.add_scroll_speed_ratio_token and scrolls, EventType.SCROLL_SPEED_RATIO, -1, 12),
            (layout.add_global_sv_token, EventType.GLOBAL_SV, 40, 360),
        )
        if present
    ]


def default_ranges() -> list[EventRange]:
    """Output ranges that old files without ranges mean (section 15)."""
    return [
        EventRange(EventType.TIME_SHIFT, -512, 512),
        EventRange(EventType.SNAPPING, 0, 16),
        EventRange(EventType.DISTANCE, 0, 640),
        *basic_ranges(),
    ]


def basic_ranges() -> list[EventRange]:
    """The block that every layout has (row 6 of section 12.3)."""
    return [
        _flag(EventType.NEW_COMBO),
        EventRange(EventType.HITSOUND, 0, 72),
        EventRange(EventType.VOLUME, 0, 100),
        *_flags("CIRCLE SPINNER SPINNER_END SLIDER_HEAD BEZIER_ANCHOR PERFECT_ANCHOR CATMULL_ANCHOR RED_ANCHOR"),
        *_flags("LAST_ANCHOR SLIDER_END BEAT MEASURE"),
    ]


def writes_scroll_speed(layout: DataLayout) -> bool:
    """Whether SCROLL_SPEED is in the vocabulary."""
    return layout.add_sv or 1 in layout.gamemodes or 3 in layout.gamemodes


def _attribute_ranges(layout: DataLayout) -> list[EventRange]:
    steps = layout.max_time_shift
    relative = layout.add_pre_tokens or layout.add_pre_tokens_at_step >= 0
    ranges = [
        EventRange(EventType.TIME_SHIFT, -steps if relative else 0, steps),
        EventRange(EventType.SNAPPING, 0, 16),
    ]
    if layout.add_distances:
        ranges.append(EventRange(EventType.DISTANCE, 0, 640))
    if layout.add_positions:
        ranges += _position_ranges(layout)
    if 3 in layout.gamemodes:
        ranges.append(EventRange(EventType.MANIA_COLUMN, 0, 17))
    if writes_scroll_speed(layout):
        ranges.append(EventRange(EventType.SCROLL_SPEED, 0, 1000))
    return ranges


def _position_ranges(layout: DataLayout) -> list[EventRange]:
    left, right, top, bottom = (edge // layout.position_precision for edge in layout.position_range)
    if layout.position_split_axes:
        return [EventRange(EventType.POS_X, left, right), EventRange(EventType.POS_Y, top, bottom)]
    ranges = [EventRange(EventType.POS, 0, (right - left + 1) * (bottom - top + 1) - 1)]
    if layout.position_refinement:
        steps = layout.position_precision // layout.position_refinement
        ranges.append(EventRange(EventType.POS_REFINE, 0, steps * steps - 1))
    return ranges


def _flag(kind: EventType) -> EventRange:
    return EventRange(kind, 0, 0)


def _flags(names: str) -> list[EventRange]:
    return [_flag(EventType[name]) for name in names.split()]
