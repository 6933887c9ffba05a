"""Events: the typed integers that a beatmap is written in before it becomes tokens (spec 01, section 1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class EventType(str, Enum):
    """Kind of an event; the value is the name used in ``tokenizer.json``."""

    TIME_SHIFT = "t"
    SNAPPING = "snap"
    DISTANCE = "dist"
    POS_X = "pos_x"
    POS_Y = "pos_y"
    POS = "pos"
    POS_REFINE = "pos_refine"
    MANIA_COLUMN = "column"
    NEW_COMBO = "new_combo"
    HITSOUND = "hitsound"
    VOLUME = "volume"
    SCROLL_SPEED = "scroll_speed"

    CIRCLE = "circle"
    SPINNER = "spinner"
    SPINNER_END = "spinner_end"
    SLIDER_HEAD = "slider_head"
    BEZIER_ANCHOR = "bezier_anchor"
    PERFECT_ANCHOR = "perfect_anchor"
    CATMULL_ANCHOR = "catmull_anchor"
    RED_ANCHOR = "red_anchor"
    LAST_ANCHOR = "last_anchor"
    SLIDER_END = "slider_end"
    BEAT = "beat"
    MEASURE = "measure"
    TIMING_POINT = "timing_point"
    KIAI = "kiai"
    HOLD_NOTE = "hold_note"
    HOLD_NOTE_END = "hold_note_end"
    SCROLL_SPEED_CHANGE = "scroll_speed_change"
    DRUMROLL = "drumroll"
    DRUMROLL_END = "drumroll_end"
    DENDEN = "denden"
    DENDEN_END = "denden_end"

    SLIDER_SUSTAIN = "slider_sustain"
    SLIDER_REPEAT_SUSTAIN = "slider_repeat_sustain"
    SPINNER_SUSTAIN = "spinner_sustain"
    HOLD_NOTE_SUSTAIN = "hold_note_sustain"
    DRUMROLL_SUSTAIN = "drumroll_sustain"
    DENDEN_SUSTAIN = "denden_sustain"

    GAMEMODE = "gamemode"
    STYLE = "style"
    DIFFICULTY = "difficulty"
    MAPPER = "mapper"
    CS = "cs"
    YEAR = "year"
    HITSOUNDED = "hitsounded"
    SONG_LENGTH = "song_length"
    SONG_POSITION = "song_position"
    GLOBAL_SV = "global_sv"
    MANIA_KEYCOUNT = "keycount"
    HOLD_NOTE_RATIO = "hold_note_ratio"
    SCROLL_SPEED_RATIO = "scroll_speed_ratio"
    DESCRIPTOR = "descriptor"

    CONTROL = "control"


class ContextType(str, Enum):
    """A named stream of events; the value is the name used in options and in ``tokenizer.json``."""

    NONE = "none"
    TIMING = "timing"
    NO_HS = "no_hs"
    GD = "gd"
    MAP = "map"
    KIAI = "kiai"
    SV = "sv"


class Event(NamedTuple):
    """One event. Times in TIME_SHIFT are absolute ms before windowing, 10 ms steps after."""

    type: EventType
    value: int = 0


@dataclass
class EventStream:
    """Events and, in a parallel list of equal length, the absolute time of each in ms."""

    events: list[Event] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.events)


BEAT_TYPES = frozenset({EventType.BEAT, EventType.MEASURE, EventType.TIMING_POINT})
TIMING_TYPES = BEAT_TYPES | {EventType.TIME_SHIFT}

# Inner slider anchors: the only type events that carry no time of their own.
NON_TIMED = frozenset(
    {
        EventType.BEZIER_ANCHOR,
        EventType.PERFECT_ANCHOR,
        EventType.CATMULL_ANCHOR,
        EventType.RED_ANCHOR,
    }
)

TYPE_EVENTS = (
    NON_TIMED
    | BEAT_TYPES
    | {
        EventType.CIRCLE,
        EventType.SPINNER,
        EventType.SPINNER_END,
        EventType.SLIDER_HEAD,
        EventType.LAST_ANCHOR,
        EventType.SLIDER_END,
        EventType.KIAI,
        EventType.HOLD_NOTE,
        EventType.HOLD_NOTE_END,
        EventType.SCROLL_SPEED_CHANGE,
        EventType.DRUMROLL,
        EventType.DRUMROLL_END,
        EventType.DENDEN,
        EventType.DENDEN_END,
    }
)
TIMED = TYPE_EVENTS - NON_TIMED
