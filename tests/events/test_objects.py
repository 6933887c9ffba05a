"""Events to groups and groups to objects."""

from __future__ import annotations

from osuT5.events.event import Event, EventType
from osuT5.events.groups import Group, group_events
from osuT5.events.objects import CircleDraft, ObjectAssembler, SliderDraft, SpanDraft, assemble

E = EventType
ATTRIBUTES = [
    Event(E.TIME_SHIFT, 500),
    Event(E.SNAPPING, 4),
    Event(E.DISTANCE, 30),
    Event(E.POS_X, 10),
    Event(E.POS_Y, 20),
    Event(E.NEW_COMBO),
    Event(E.SCROLL_SPEED, 150),
    Event(E.HITSOUND, 71),
    Event(E.VOLUME, 60),
]


def check(group: Group) -> None:
    assert (group.type, group.time, group.distance, group.x, group.y) == (E.CIRCLE, 500, 30, 10, 20)
    assert (group.new_combo, group.scroll_speed, group.volumes) == (True, 1.5, [60])
    assert (group.hitsounds, group.sample_sets, group.additions) == ([14], [3], [3])  # 71 = 7 + 8 * 2 + 24 * 2


def test_types_first_and_last() -> None:
    (first,) = group_events([Event(E.CIRCLE), *ATTRIBUTES], types_first=True)
    (last,) = group_events([*ATTRIBUTES, Event(E.CIRCLE)], types_first=False)
    check(first)
    check(last)
    assert first.indices == last.indices == list(range(10))


def test_attributes_without_a_type() -> None:
    assert group_events(ATTRIBUTES, types_first=True) == group_events(ATTRIBUTES, types_first=False) == []
    (before,) = group_events([*ATTRIBUTES, Event(E.CIRCLE)], types_first=True)
    check(before)
    (dropped,) = group_events([Event(E.CIRCLE), *ATTRIBUTES], types_first=False)
    assert (dropped.time, dropped.x, len(dropped.indices)) == (0, None, 10)


def test_sustain_markers_flow_into_the_next_group() -> None:
    events = [Event(E.TIME_SHIFT, 5), Event(E.SLIDER_SUSTAIN), Event(E.TIME_SHIFT, 9), Event(E.SLIDER_END)]
    assert [(group.type, group.time) for group in group_events(events, types_first=False)] == [(E.SLIDER_END, 9)]


def test_given_times_win() -> None:
    events = [Event(E.BEZIER_ANCHOR), Event(E.POS_X, 1), Event(E.CIRCLE), Event(E.TIME_SHIFT, 9)]
    assert [group.time for group in group_events(events, [3, 3, 8, 8])] == [3, 8]


def test_slider_of_both_layouts() -> None:
    head, anchor = Group(E.SLIDER_HEAD, time=1, x=0, y=0), Group(E.CATMULL_ANCHOR, x=5, y=5)
    last, end = Group(E.LAST_ANCHOR, time=2, x=9, y=9), Group(E.SLIDER_END, time=3, x=9, y=9)
    once = list(assemble([head, anchor, last, end], False))
    assert once == [SliderDraft(head, "C", [(5, 5), (9, 9)], last, end)]
    placed = Group(E.LAST_ANCHOR, x=9, y=9)
    assert list(assemble([head, anchor, placed, last, end], False)) == once


def test_starts_and_ends_pair_up() -> None:
    roll, end = Group(E.DRUMROLL, time=1), Group(E.DRUMROLL_END, time=2)
    circle = Group(E.CIRCLE, time=1)
    drafts = list(assemble([end, roll, circle, end, end], False))
    assert drafts == [CircleDraft(circle), SpanDraft(E.DRUMROLL, roll, end)]


def test_what_never_ends_is_reported() -> None:
    assembler = ObjectAssembler(False)
    for group in (Group(E.SPINNER, time=5), Group(E.SPINNER, time=7), Group(E.SLIDER_HEAD, time=8)):
        assert assembler.feed(group) is None
    assembler.close()
    assert assembler.warnings == [
        "spinner at 5 ms has no end before the next at 7 ms, dropped",
        "spinner at 7 ms never ends, dropped",
        "slider_head at 8 ms never ends, dropped",
    ]
