"""What a surprise is about, and what to say: the first rule that fits (spec 06 section 1.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..events.event import BEAT_TYPES, NON_TIMED, ContextType, Event, EventType
from .names import OBJECT_GROUPS, TIMING_GROUPS, type_name

COMPOSE, HIT_SOUNDS, KIAI, MISC, NEW_COMBOS = "Compose", "Hit Sounds", "Kiai", "Misc", "New Combos"
RHYTHM, SCROLL_SPEEDS, SLIDERS, TIMING = "Rhythm", "Scroll Speeds", "Sliders", "Timing"
CATEGORIES = (COMPOSE, HIT_SOUNDS, KIAI, MISC, NEW_COMBOS, RHYTHM, SCROLL_SPEEDS, SLIDERS, TIMING)

NEAR_BEAT = 10  # ms
_T = EventType
_POSITIONS = frozenset({_T.POS_X, _T.POS_Y, _T.POS})
_END_CATEGORIES = {ContextType.TIMING: TIMING, ContextType.KIAI: KIAI, ContextType.SV: SCROLL_SPEEDS}


@dataclass(frozen=True)
class Surprise:
    """One event beside the model's choice; ``actual_words`` and ``expected_words`` are their values."""

    actual: Event
    expected: Event
    actual_words: str
    expected_words: str
    context: ContextType
    group: EventType
    group_value: int = 0
    previous: str = "None"  # name of the nearest earlier group on the playfield
    mode: int = 0
    beats_inside: bool = False  # beats stand among the objects (v30)
    next_beat: float | None = None  # ms
    at_end: bool = False  # the actual event is the end of the context

    @property
    def pair(self) -> tuple[EventType, EventType]:
        return self.actual.type, self.expected.type

    @property
    def instead(self) -> str:
        return f"{self.expected_words} instead of {self.actual_words}"

    @property
    def type_instead(self) -> str:
        return f"{_article(self.expected.type)} instead of {_article(self.actual.type)}"


Advice = tuple[str, str]  # category and message


def advise(surprise: Surprise) -> Advice:
    """Category and message."""
    for rule in _RULES:
        found = rule(surprise)
        if found is not None:
            return found
    actual, expected = type_name(surprise.actual.type), type_name(surprise.expected.type)
    return MISC, f"Expected {expected} {surprise.expected_words} instead of {actual} {surprise.actual_words}."


def _article(kind: EventType) -> str:
    name = type_name(kind)
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _map_goes_on(surprise: Surprise) -> Advice | None:
    if not surprise.at_end:
        return None
    what = {KIAI: "kiai", SCROLL_SPEEDS: "scroll speed changes", TIMING: "beats"}
    category = _END_CATEGORIES.get(surprise.context, RHYTHM)
    kind = surprise.expected.type
    more = f"at {surprise.expected_words}" if kind is _T.TIME_SHIFT else _article(kind)
    return category, f"Expected the map to go on with more {what.get(category, 'objects')}, next {more}."


def _no_object(surprise: Surprise) -> Advice | None:
    if (
        not surprise.beats_inside
        or surprise.pair != (_T.TIME_SHIFT, _T.TIME_SHIFT)
        or surprise.group in TIMING_GROUPS
        or surprise.next_beat is None
        or abs(surprise.expected.value - surprise.next_beat) > NEAR_BEAT
    ):
        return None
    return RHYTHM, "Expected no object here."


def _types(surprise: Surprise) -> Advice | None:
    actual, expected = surprise.pair
    if actual is _T.LAST_ANCHOR and expected in NON_TIMED:
        return SLIDERS, "Expected additional anchors."
    if actual in NON_TIMED and expected is _T.LAST_ANCHOR:
        return SLIDERS, "Expected the slider path to end here."
    if actual in NON_TIMED and expected in NON_TIMED:
        return SLIDERS, f"Expected {surprise.type_instead}."
    if actual in OBJECT_GROUPS and expected in OBJECT_GROUPS:
        return RHYTHM, f"Expected {surprise.type_instead}."
    return None


_GROUP_WORDS = {RHYTHM: "an object", SCROLL_SPEEDS: "a scroll speed change", KIAI: "a kiai change", TIMING: "a beat"}


def _times(surprise: Surprise) -> Advice | None:
    category = _category_of_group(surprise.group)
    if surprise.pair == (_T.TIME_SHIFT, _T.TIME_SHIFT):
        return category, f"Expected {_GROUP_WORDS[category]} at {surprise.expected_words}."
    if surprise.pair == (_T.SNAPPING, _T.SNAPPING):
        return category, f"Expected snapping {surprise.instead}."
    return None


def _category_of_group(group: EventType) -> str:
    if group in OBJECT_GROUPS:
        return RHYTHM
    return {_T.SCROLL_SPEED_CHANGE: SCROLL_SPEEDS, _T.KIAI: KIAI}.get(group, TIMING)


def _speeds(surprise: Surprise) -> Advice | None:
    if surprise.pair != (_T.SCROLL_SPEED, _T.SCROLL_SPEED):
        return None
    if surprise.mode == 0:
        return SLIDERS, f"Expected slider velocity {surprise.instead}."
    return SCROLL_SPEEDS, f"Expected scroll speed {surprise.instead}."


def _end(surprise: Surprise) -> Advice | None:
    if surprise.expected.type is not _T.CONTROL:
        return None
    if _T.KIAI in (surprise.actual.type, surprise.group):  # types last: the surprise comes with the group's time
        value = surprise.actual.value if surprise.actual.type is _T.KIAI else surprise.group_value
        return KIAI, f"Unexpected kiai {'start' if value == 1 else 'end'}."
    return TIMING, "Expected the map to end here."


def _kiai(surprise: Surprise) -> Advice | None:
    if surprise.pair != (_T.KIAI, _T.KIAI):
        return None
    return KIAI, f"Expected kiai to {'start' if surprise.expected.value else 'end'} here."


def _paired(surprise: Surprise) -> Advice | None:
    found = _PAIRS.get(surprise.pair)
    if found is None:
        return None
    category, text = found
    return category, text.format(instead=surprise.instead, surprise=surprise)


_RULES: tuple[Callable[[Surprise], Advice | None], ...] = (
    _map_goes_on,
    _no_object,
    _types,
    _times,
    _speeds,
    _end,
    _kiai,
    _paired,
)

_COMBO = (NEW_COMBOS, "Expected new combo.")
_NO_COMBO = (NEW_COMBOS, "Unexpected new combo.")
_MORE_ANCHORS = (SLIDERS, "Expected additional anchors.")
_LAST_ANCHOR = (SLIDERS, "Expected the last anchor here.")
_REPEATS_END = (RHYTHM, "Expected end of slider repeats.")
_NO_BEAT = (TIMING, "Unexpected beat.")
_NO_MEASURE = (TIMING, "Unexpected new measure.")
_NO_TIMING_POINT = (TIMING, "Unexpected new timing point.")
_NEW_MEASURE = (TIMING, "Expected new measure.")
_NEW_TIMING_POINT = (TIMING, "Expected new timing point.")

_PAIRS: dict[tuple[EventType, EventType], Advice] = {
    (_T.DISTANCE, _T.DISTANCE): (
        COMPOSE,
        "Expected distance {surprise.expected_words} to previous {surprise.previous} instead of {surprise.actual_words}.",
    ),
    **{(kind, kind): (COMPOSE, "Expected position {instead}.") for kind in _POSITIONS},
    (_T.POS_REFINE, _T.POS_REFINE): (COMPOSE, "Expected place {instead} inside its cell."),
    (_T.MANIA_COLUMN, _T.MANIA_COLUMN): (COMPOSE, "Expected column {instead}."),
    (_T.HITSOUND, _T.HITSOUND): (HIT_SOUNDS, "Expected hitsound {instead}."),
    (_T.VOLUME, _T.VOLUME): (HIT_SOUNDS, "Expected volume {instead}."),
    (_T.HITSOUND, _T.NEW_COMBO): _COMBO,
    (_T.SCROLL_SPEED, _T.NEW_COMBO): _COMBO,  # a slider head with its velocity
    (_T.NEW_COMBO, _T.HITSOUND): _NO_COMBO,
    (_T.NEW_COMBO, _T.SCROLL_SPEED): _NO_COMBO,
    (_T.HITSOUND, _T.LAST_ANCHOR): _REPEATS_END,
    (_T.HITSOUND, _T.SLIDER_END): _REPEATS_END,
    # Types last: only inner anchors begin without a time. Their first token is the distance, or else the position.
    **{(_T.TIME_SHIFT, first): _MORE_ANCHORS for first in (_T.DISTANCE, _T.POS_X, _T.POS)},
    **{(first, _T.TIME_SHIFT): _LAST_ANCHOR for first in (_T.DISTANCE, _T.POS_X, _T.POS)},
    **{(_T.SNAPPING, beat): (TIMING, "Hit object likely not snapped to a beat.") for beat in BEAT_TYPES},
    (_T.BEAT, _T.SNAPPING): _NO_BEAT,
    (_T.BEAT, _T.MEASURE): _NEW_MEASURE,
    (_T.BEAT, _T.TIMING_POINT): _NEW_TIMING_POINT,
    (_T.MEASURE, _T.SNAPPING): _NO_MEASURE,
    (_T.MEASURE, _T.BEAT): _NO_MEASURE,
    (_T.MEASURE, _T.TIMING_POINT): _NEW_TIMING_POINT,
    (_T.TIMING_POINT, _T.SNAPPING): _NO_TIMING_POINT,
    (_T.TIMING_POINT, _T.BEAT): _NO_TIMING_POINT,
    (_T.TIMING_POINT, _T.MEASURE): _NO_TIMING_POINT,
}
