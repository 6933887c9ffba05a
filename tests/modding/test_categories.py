"""Category and message of pairs of events (spec 06 section 1.8)."""

from __future__ import annotations

from typing import Any

import pytest

from osuT5.events.event import ContextType, Event, EventType
from osuT5.modding.categories import Surprise, advise

_T = EventType


def surprise(actual: EventType, expected: EventType, group: EventType = _T.CIRCLE, **more: Any) -> Surprise:
    parts: dict[str, Any] = {
        "actual": Event(actual, more.pop("value", 0)),
        "expected": Event(expected, more.pop("wanted", 0)),
        "actual_words": "A",
        "expected_words": "B",
        "context": ContextType.MAP,
        "group": group,
    }
    return Surprise(**{**parts, **more})


@pytest.mark.parametrize(
    ("actual", "expected", "group", "category", "message"),
    [
        (_T.LAST_ANCHOR, _T.RED_ANCHOR, _T.LAST_ANCHOR, "Sliders", "Expected additional anchors."),
        (_T.BEZIER_ANCHOR, _T.LAST_ANCHOR, _T.BEZIER_ANCHOR, "Sliders", "Expected the slider path to end here."),
        (
            _T.RED_ANCHOR,
            _T.BEZIER_ANCHOR,
            _T.RED_ANCHOR,
            "Sliders",
            "Expected a Bezier Anchor instead of a Red Anchor.",
        ),
        (_T.SLIDER_HEAD, _T.CIRCLE, _T.SLIDER_HEAD, "Rhythm", "Expected a Circle instead of a Slider Head."),
        (_T.LAST_ANCHOR, _T.SLIDER_END, _T.LAST_ANCHOR, "Rhythm", "Expected a Slider End instead of a Last Anchor."),
        (_T.TIME_SHIFT, _T.TIME_SHIFT, _T.CIRCLE, "Rhythm", "Expected an object at B."),
        (_T.TIME_SHIFT, _T.TIME_SHIFT, _T.BEAT, "Timing", "Expected a beat at B."),
        (_T.TIME_SHIFT, _T.TIME_SHIFT, _T.KIAI, "Kiai", "Expected a kiai change at B."),
        (_T.TIME_SHIFT, _T.TIME_SHIFT, _T.SCROLL_SPEED_CHANGE, "Scroll Speeds", "Expected a scroll speed change at B."),
        (_T.SNAPPING, _T.SNAPPING, _T.HOLD_NOTE, "Rhythm", "Expected snapping B instead of A."),
        (_T.DISTANCE, _T.DISTANCE, _T.CIRCLE, "Compose", "Expected distance B to previous None instead of A."),
        (_T.POS_X, _T.POS_X, _T.CIRCLE, "Compose", "Expected position B instead of A."),
        (_T.POS_Y, _T.POS_Y, _T.CIRCLE, "Compose", "Expected position B instead of A."),
        (_T.POS, _T.POS, _T.CIRCLE, "Compose", "Expected position B instead of A."),
        (_T.POS_REFINE, _T.POS_REFINE, _T.CIRCLE, "Compose", "Expected place B instead of A inside its cell."),
        (_T.MANIA_COLUMN, _T.MANIA_COLUMN, _T.CIRCLE, "Compose", "Expected column B instead of A."),
        (_T.HITSOUND, _T.HITSOUND, _T.CIRCLE, "Hit Sounds", "Expected hitsound B instead of A."),
        (_T.VOLUME, _T.VOLUME, _T.CIRCLE, "Hit Sounds", "Expected volume B instead of A."),
        (_T.HITSOUND, _T.NEW_COMBO, _T.CIRCLE, "New Combos", "Expected new combo."),
        (_T.NEW_COMBO, _T.HITSOUND, _T.CIRCLE, "New Combos", "Unexpected new combo."),
        (_T.HITSOUND, _T.LAST_ANCHOR, _T.LAST_ANCHOR, "Rhythm", "Expected end of slider repeats."),
        (_T.HITSOUND, _T.SLIDER_END, _T.LAST_ANCHOR, "Rhythm", "Expected end of slider repeats."),
        (_T.TIME_SHIFT, _T.DISTANCE, _T.LAST_ANCHOR, "Sliders", "Expected additional anchors."),
        (_T.DISTANCE, _T.TIME_SHIFT, _T.RED_ANCHOR, "Sliders", "Expected the last anchor here."),
        (_T.TIME_SHIFT, _T.POS, _T.LAST_ANCHOR, "Sliders", "Expected additional anchors."),
        (_T.SNAPPING, _T.BEAT, _T.CIRCLE, "Timing", "Hit object likely not snapped to a beat."),
        (_T.SNAPPING, _T.MEASURE, _T.CIRCLE, "Timing", "Hit object likely not snapped to a beat."),
        (_T.SNAPPING, _T.TIMING_POINT, _T.CIRCLE, "Timing", "Hit object likely not snapped to a beat."),
        (_T.BEAT, _T.SNAPPING, _T.BEAT, "Timing", "Unexpected beat."),
        (_T.BEAT, _T.MEASURE, _T.BEAT, "Timing", "Expected new measure."),
        (_T.BEAT, _T.TIMING_POINT, _T.BEAT, "Timing", "Expected new timing point."),
        (_T.MEASURE, _T.BEAT, _T.MEASURE, "Timing", "Unexpected new measure."),
        (_T.MEASURE, _T.SNAPPING, _T.MEASURE, "Timing", "Unexpected new measure."),
        (_T.MEASURE, _T.TIMING_POINT, _T.MEASURE, "Timing", "Expected new timing point."),
        (_T.TIMING_POINT, _T.BEAT, _T.TIMING_POINT, "Timing", "Unexpected new timing point."),
        (_T.CIRCLE, _T.CONTROL, _T.CIRCLE, "Timing", "Expected the map to end here."),
        (_T.NEW_COMBO, _T.SNAPPING, _T.CIRCLE, "Misc", "Expected Snap B instead of New Combo A."),
    ],
)
def test_pairs(actual: EventType, expected: EventType, group: EventType, category: str, message: str) -> None:
    assert advise(surprise(actual, expected, group)) == (category, message)


@pytest.mark.parametrize(("mode", "category"), [(0, "Sliders"), (1, "Scroll Speeds"), (3, "Scroll Speeds")])
def test_scroll_speed_depends_on_the_mode(mode: int, category: str) -> None:
    assert advise(surprise(_T.SCROLL_SPEED, _T.SCROLL_SPEED, mode=mode))[0] == category


@pytest.mark.parametrize(
    ("wanted", "inside", "group", "message"),
    [
        (1009, True, _T.CIRCLE, "Expected no object here."),  # the model wants the beat at 1000 next
        (1011, True, _T.CIRCLE, "Expected an object at B."),
        (1000, False, _T.CIRCLE, "Expected an object at B."),
        (1000, True, _T.BEAT, "Expected a beat at B."),
    ],
)
def test_no_object_expected_before_a_beat(wanted: int, inside: bool, group: EventType, message: str) -> None:
    found = surprise(_T.TIME_SHIFT, _T.TIME_SHIFT, group, wanted=wanted, beats_inside=inside, next_beat=1000)
    assert advise(found)[1] == message


@pytest.mark.parametrize(("value", "message"), [(1, "Unexpected kiai start."), (0, "Unexpected kiai end.")])
def test_kiai_where_the_map_was_to_end(value: int, message: str) -> None:
    types_first = surprise(_T.KIAI, _T.CONTROL, _T.KIAI, value=value)
    types_last = surprise(_T.TIME_SHIFT, _T.CONTROL, _T.KIAI, group_value=value)
    assert advise(types_first) == advise(types_last) == ("Kiai", message)


@pytest.mark.parametrize(
    ("context", "category"),
    [
        (ContextType.MAP, "Rhythm"),
        (ContextType.TIMING, "Timing"),
        (ContextType.KIAI, "Kiai"),
        (ContextType.SV, "Scroll Speeds"),
    ],
)
def test_the_map_should_go_on(context: ContextType, category: str) -> None:
    found = advise(surprise(_T.CONTROL, _T.CIRCLE, _T.CONTROL, context=context, at_end=True))
    assert found[0] == category
    assert "go on" in found[1]
