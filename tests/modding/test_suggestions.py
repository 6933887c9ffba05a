"""From scores to suggestions: faults of a hand-made map, each with its category and object (spec 06 section 11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osuT5.beatmap import Beatmap, parse_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.events.event import ContextType, Event, EventStream, EventType
from osuT5.events.streams import context_stream
from osuT5.modding.filters import worth_telling
from osuT5.modding.links import ObjectFinder, combo_counts
from osuT5.modding.names import StreamGroups
from osuT5.modding.scoring import EndScore, Score, ScoredContext, expected_event
from osuT5.modding.suggestion import Suggester, Suggestion
from osuT5.tokenizer import Tokenizer

from .maps import BEAT, lines, map_text

_T = EventType
CALM, SURE = 1.0, 200.0  # relative surprisal


def judged(version: str, faulty: Beatmap, clean: Beatmap, compat: str = "corrected") -> list[Suggestion]:
    """Suggestions of a model that expects the clean map, event by event."""
    layout = VERSIONS[version].layout
    found = context_stream(ContextType.MAP, faulty, layout)
    wanted = context_stream(ContextType.MAP, clean, layout)
    assert len(found) == len(wanted)
    scores: list[Score | None] = [
        Score(20.0, 0.1, CALM if actual == expected else SURE, expected)
        for actual, expected in zip(found.events, wanted.events, strict=True)
    ]
    context = ScoredContext(ContextType.MAP, found, scores)
    return Suggester(faulty, layout, Tokenizer.build(layout), Compat(compat)).suggestions(context)


def changed(mode: int, number: int, place: int, value: str) -> tuple[Beatmap, Beatmap]:
    """A map with one field of one object changed, and the clean map."""
    objects = lines(mode)
    fields = objects[number].split(",")
    fields[place] = value
    return parse_beatmap(map_text(mode, [*objects[:number], ",".join(fields), *objects[number + 1 :]])), parse_beatmap(
        map_text(mode)
    )


@pytest.mark.parametrize("version", ["v29", "v30", "v31", "v32", "starter"])
def test_a_moved_object(version: str) -> None:
    """Object 5 stands on beat 7 and is moved by a quarter beat: its time and its snapping surprise."""
    faulty, clean = changed(0, 6, 2, str(8 * BEAT + BEAT // 4))
    found = judged(version, faulty, clean)
    assert {item.category for item in found} == {"Rhythm"}
    assert {item.target.time for item in found} == {8 * BEAT + BEAT // 4}
    assert any(item.message == "Expected an object at 00:04:000." for item in found)
    assert {item.target.link for item in found} == {"osu://edit/00:04:125%20(3)"}


@pytest.mark.parametrize("version", ["v29", "v30", "v31", "v32", "starter"])
def test_a_wrong_hitsound(version: str) -> None:
    faulty, clean = changed(0, 1, 4, "8")
    found = judged(version, faulty, clean)
    assert [(item.category, item.target.link) for item in found] == [("Hit Sounds", "osu://edit/00:01:500%20(2)")]
    assert found[0].message == "Expected hitsound soft:soft-none instead of soft:soft-clap."


def test_a_wrong_combo() -> None:
    """The events shift by one: the model expects the sound where the map has a new combo."""
    layout = VERSIONS["v32"].layout
    faulty, _ = changed(0, 2, 3, "5")
    stream = context_stream(ContextType.MAP, faulty, layout)
    place = [index for index, event in enumerate(stream.events) if event.type is _T.NEW_COMBO][1]
    scores: list[Score | None] = [None] * len(stream)
    scores[place] = Score(12.0, 0.1, 120.0, stream.events[place + 1])
    suggester = Suggester(faulty, layout, Tokenizer.build(layout), Compat())
    (found,) = suggester.suggestions(ScoredContext(ContextType.MAP, stream, scores))
    assert (found.category, found.message) == ("New Combos", "Unexpected new combo.")
    assert found.target.link == "osu://edit/00:02:000%20(1)"
    assert round(found.importance) == 12


@pytest.mark.parametrize("version", ["v29", "v31", "v32", "starter"])
def test_a_mania_note_in_another_column(version: str) -> None:
    """The link selects by time and column; published links by combo number."""
    faulty, clean = changed(3, 1, 0, "64")
    (found,) = judged(version, faulty, clean)
    assert (found.category, found.message) == ("Compose", "Expected column 4 instead of 1.")
    assert found.target.link == "osu://edit/00:01:500%20(1500|0)"
    (published,) = judged(version, faulty, clean, "published")
    assert published.target.link == "osu://edit/00:01:500%20(2)"


def test_a_displaced_circle_of_split_and_joint_axes() -> None:
    faulty, clean = changed(0, 0, 0, "464")
    split = judged("v30", faulty, clean)
    assert {item.category for item in split} == {"Compose"}
    joint = judged("v32", faulty, clean)
    assert [item.category for item in joint] == ["Compose"]
    assert joint[0].message == "Expected position x:144 y:144 instead of x:464 y:144."


def test_ends_of_sliders_are_not_judged_by_place() -> None:
    layout = VERSIONS["v32"].layout
    stream = context_stream(ContextType.MAP, parse_beatmap(map_text(0)), layout)
    groups = StreamGroups(stream, layout.types_first)
    ends = [group for group in groups.groups if group.type is _T.SLIDER_END]
    heads = [group for group in groups.groups if group.type is _T.SLIDER_HEAD]
    move = (Event(_T.POS, 5), Event(_T.POS, 9))
    assert ends and not worth_telling(*move, ends[0], None)
    assert worth_telling(*move, heads[0], None)


def test_times_within_a_step_are_the_same() -> None:
    layout = VERSIONS["v32"].layout
    groups = StreamGroups(context_stream(ContextType.MAP, parse_beatmap(map_text(0)), layout), layout.types_first)
    group = groups.groups[0]
    assert not worth_telling(Event(_T.TIME_SHIFT, 1000), Event(_T.TIME_SHIFT, 1010), group, None)
    assert worth_telling(Event(_T.TIME_SHIFT, 1000), Event(_T.TIME_SHIFT, 1011), group, None)


@pytest.mark.parametrize(("gap", "told"), [(2, False), (3, True)])
def test_order_of_beat_and_object_at_one_time(gap: int, told: bool) -> None:
    stream = EventStream(
        [Event(_T.TIME_SHIFT, 1000), Event(_T.SNAPPING, 1), Event(_T.CIRCLE), Event(_T.TIME_SHIFT, 1000 + gap), Event(_T.BEAT)],
        [1000, 1000, 1000, 1000 + gap, 1000 + gap],
    )  # fmt: skip
    groups = StreamGroups(stream, types_first=False)
    group = groups.of(1)
    assert worth_telling(Event(_T.SNAPPING, 1), Event(_T.BEAT), group, groups.after(group)) == told


def test_names_of_slider_parts() -> None:
    """Body and repeats by their sounds, anchors by their number from the head, beats between them left aside."""
    events = [
        Event(_T.TIME_SHIFT, 0), Event(_T.HITSOUND, 0), Event(_T.SLIDER_HEAD),
        Event(_T.POS_X, 1), Event(_T.BEZIER_ANCHOR),
        Event(_T.TIME_SHIFT, 5), Event(_T.BEAT),
        Event(_T.POS_X, 2), Event(_T.RED_ANCHOR),
        Event(_T.TIME_SHIFT, 10), Event(_T.HITSOUND, 0), Event(_T.VOLUME, 50), Event(_T.HITSOUND, 0), Event(_T.VOLUME, 50),
        Event(_T.HITSOUND, 0), Event(_T.LAST_ANCHOR),
        Event(_T.TIME_SHIFT, 20), Event(_T.HITSOUND, 0), Event(_T.SLIDER_END),
    ]  # fmt: skip
    groups = StreamGroups(EventStream(events, [0] * len(events)), types_first=False)
    assert [group.name for group in groups.groups] == [
        "Slider Head", "Bezier Anchor #2", "Beat", "Red Anchor #3", "Last Anchor", "Slider End",
    ]  # fmt: skip
    assert [groups.name_at(index) for index in (9, 10, 11, 12, 13, 14, 15)] == [
        "Last Anchor", "Slider Body", "Slider Body", "Slider Repeat #1", "Slider Repeat #1", "Slider Repeat #2",
        "Last Anchor",
    ]  # fmt: skip
    assert groups.name_at(17) == "Slider End"
    previous = groups.placed_before(groups.of(10))
    assert previous is not None and previous.name == "Red Anchor #3"


def test_combo_numbers() -> None:
    objects = [
        "10,10,1000,1,0,0:0:0:0:",
        "10,10,1500,1,0,0:0:0:0:",
        "10,10,2000,5,0,0:0:0:0:",  # new combo
        "256,192,2500,12,0,3500,0:0:0:0:",  # spinner
        "10,10,4000,1,0,0:0:0:0:",  # after a spinner
        "10,10,4500,1,0,0:0:0:0:",
        "10,10,14600,1,0,0:0:0:0:",  # after more than 10 s
        "10,10,24600,1,0,0:0:0:0:",
    ]
    assert combo_counts(parse_beatmap(map_text(0, objects))) == [1, 2, 1, 1, 1, 2, 1, 2]


def test_the_object_of_a_time() -> None:
    finder = ObjectFinder(parse_beatmap(map_text(0)), columns=True)
    assert finder.at(999).time == 1000  # a millisecond of slack
    assert finder.at(1499.5).time == 1500
    assert finder.at(1400).time == 1000
    assert finder.at(500).objects == () and finder.at(500).time == 500
    assert finder.of([0, 1], 0).link == "osu://edit/00:01:000%20(1,2)"


def test_the_end_of_a_map() -> None:
    beatmap, layout = parse_beatmap(map_text(0)), VERSIONS["v32"].layout
    stream = context_stream(ContextType.MAP, beatmap, layout)
    end = EndScore(stream.times[-1], 4000, Score(20, 0.1, 200, Event(_T.TIME_SHIFT, 10_005)))
    suggester = Suggester(beatmap, layout, Tokenizer.build(layout), Compat())
    context = ScoredContext(ContextType.MAP, stream, [None] * len(stream), end)
    (found,) = suggester.suggestions(context)
    assert (found.category, found.index, found.time) == ("Rhythm", -1, 9500)
    assert found.message == "Expected the map to go on with more objects, next at 00:10:005."
    calm = replace(end, score=replace(end.score, relative=19.9))
    assert suggester.suggestions(replace(context, end=calm)) == []


def test_expected_events_have_absolute_times() -> None:
    tokenizer = Tokenizer.build(VERSIONS["v32"].layout)
    start = tokenizer.event_start[_T.TIME_SHIFT]
    assert expected_event(tokenizer, start + 7, 4000) == Event(_T.TIME_SHIFT, 4075)
    assert expected_event(tokenizer, tokenizer.eos_id, 4000) == Event(_T.CONTROL, tokenizer.eos_id)
