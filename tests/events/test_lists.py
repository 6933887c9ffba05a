"""Operations on streams, and positions back to pixels (spec 01 sections 8 and 9.3)."""

from __future__ import annotations

import pytest

from osuT5.events import (
    Event,
    EventStream,
    EventType,
    expand_columns,
    expand_positions,
    group_events,
    merge,
    of_type,
    speed_events,
    update_event_times,
    without_type,
)
from tests.events.maps import layout

WIRE = {"head": "slider_head", "bez": "bezier_anchor", "last": "last_anchor", "end": "slider_end"}


def events(text: str) -> list[Event]:
    """``t1000 snap head`` as events."""
    result = []
    for word in text.split():
        name = word.rstrip("0123456789-")
        result.append(Event(EventType(WIRE.get(name, name)), int(word[len(name) :] or 0)))
    return result


SPREAD = [1000] * 3 + [1200] * 2 + [1400] * 2 + [1600] * 4


@pytest.mark.parametrize(
    ("types_first", "text", "expected"),
    [
        (False, "t1000 snap head dist bez dist bez t1600 last t1600 end", SPREAD),
        (True, "head t1000 snap bez dist bez dist last t1600 end t1600", SPREAD),
        (False, "t1000 head pos bez pos last t1600 last t1600 pos end", [1000] * 6 + [1600] * 5),
    ],
)
def test_times_of_sliders(types_first: bool, text: str, expected: list[int]) -> None:
    times: list[int] = []
    update_event_times(events(text), times, None, types_first)
    assert times == expected


def test_times_go_on_from_known_ones() -> None:
    times = [1000, 1000]
    update_event_times(events("head t1000 bez dist"), times, 1500, True)
    assert times == [1000, 1000, 1250, 1250]
    update_event_times(events("head t1000 bez dist"), times, 9999, True)
    assert times == [1000, 1000, 1250, 1250]
    times = []
    update_event_times(events("dist bez t600 last"), times, 900, False)
    assert times == [300, 300, 600, 600]


def test_merge_prefers_the_first_stream() -> None:
    one = EventStream(events("beat t5 beat t9"), [5, 5, 9, 9])
    other = EventStream(events("circle t5 circle t7 circle t99"), [5, 5, 7, 7, 99, 99])
    merged = merge(one, other)
    assert merged.times == [5, 5, 5, 5, 7, 7, 9, 9, 99, 99]
    assert merged.events == events("beat t5 circle t5 circle t7 beat t9 circle t99")
    assert merge(EventStream(), other) == other == merge(other, EventStream())


def test_filters() -> None:
    stream = EventStream(events("circle t5 hitsound3 volume9"), [5, 5, 5, 5])
    sounds = (EventType.HITSOUND, EventType.VOLUME)
    assert without_type(stream, sounds) == EventStream(events("circle t5"), [5, 5])
    assert of_type(stream, sounds) == EventStream(events("hitsound3 volume9"), [5, 5])


def test_speed_truncates_and_leaves_the_input_alone() -> None:
    stream = EventStream(events("circle t1001 snap4 scroll_speed150"), [1001, 1001, 1001, 1001])
    assert speed_events(stream, 1.25) == EventStream(events("circle t800 snap4 scroll_speed150"), [800] * 4)
    assert stream.times == [1001] * 4


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("pos478 pos_refine0", 256, 192),
        ("pos308 pos_refine146", 100, 50),
        ("pos922 pos_refine255", 766, 638),
        ("pos956 pos_refine91", 790, 650),
        ("pos205 pos_refine0", -32, -64),
        ("pos272 pos_refine187", 22, 22),
        ("pos248 pos_refine198", 300, -8),
        ("pos478", 272, 208),
    ],
)
def test_joint_positions_as_pixels(text: str, x: int, y: int) -> None:
    cells = events(text)
    expanded = expand_positions(EventStream(cells, [7] * len(cells)), layout("v32"))
    assert expanded.events == [Event(EventType.POS_X, x), Event(EventType.POS_Y, y), *cells[1:]]
    assert expanded.times == [7] * len(expanded.events)


def test_split_positions_as_pixels() -> None:
    stream = EventStream(events("pos_x64 pos_y-10 dist4"), [1, 1, 1])
    assert expand_positions(stream, layout("v31")).events == events("pos_x256 pos_y-40 dist4")


def test_columns_as_pixels() -> None:
    stream = EventStream(events("column0 circle column3"), [1, 1, 2])
    expanded = expand_columns(stream, 4)
    assert expanded.events == events("pos_x64 pos_y192 circle pos_x448 pos_y192")
    assert expanded.times == [1, 1, 1, 2, 2]
    assert expand_columns(EventStream(events("column6"), [0]), 7).events[0].value == 475


def test_groups_of_both_orders() -> None:
    last = events("t100 hitsound33 volume70 circle t200 kiai1 snap2")
    groups = group_events(last, types_first=False)
    assert [(group.type, group.value, group.time) for group in groups] == [
        (EventType.CIRCLE, 0, 100),
        (EventType.KIAI, 1, 200),
    ]
    assert (groups[0].hitsounds, groups[0].sample_sets, groups[0].additions) == ([2], [2], [2])
    assert groups[1].indices == [4, 5, 6]
    first = group_events(events("circle t100 spinner_sustain t150 spinner_end t200"), types_first=True)
    assert [(group.type, group.time) for group in first] == [(EventType.CIRCLE, 150), (EventType.SPINNER_END, 200)]


def test_empty_streams_have_no_positions() -> None:
    for version in ("v29", "v31", "v32"):
        assert expand_positions(EventStream(), layout(version)).events == []
