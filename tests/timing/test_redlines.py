"""Red lines from beats: literal cases of the text, a plain version, and recorded lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.events.event import Event, EventType
from osuT5.postprocess.lines import timing_text
from osuT5.timing.redlines import Marker, markers_from_events, red_lines_from_events, red_lines_from_markers, tempo_fit
from tests.postprocess.reference import events_of, lines_of
from tests.shared_data import cases, load_json


def quantised(time: float) -> int:
    return int(time // 10 * 10 + 5)


def beats(count: int, bpm: float, start: float, meter: int = 4) -> list[Event]:
    events = []
    for index in range(count):
        kind = EventType.MEASURE if index % meter == 0 else EventType.BEAT
        kind = EventType.TIMING_POINT if index == 0 else kind
        events += [Event(kind), Event(EventType.TIME_SHIFT, quantised(start + index * 60000 / bpm))]
    return events


def texts(events: list[Event], leniency: float) -> list[str]:
    return [timing_text(line) for line in red_lines_from_events(events, True, leniency)]


def test_one_tempo() -> None:
    assert texts(beats(40, 175, 1000), 20) == ["1005,342.85714285714283,4,2,-1,100,1,0"]


def test_quantised_beats_split_under_a_small_leniency() -> None:
    assert len(texts(beats(40, 175, 1000), 3)) == 26


def test_second_tempo_at_a_timing_point() -> None:
    lines = texts(beats(40, 175, 1000) + beats(40, 128.5, 1000 + 40 * 60000 / 175), 20)
    assert [line.split(",")[:2] for line in lines] == [["1005", "342.85714285714283"], ["14715", "466.9260700389105"]]


def test_measures_of_three() -> None:
    assert texts(beats(30, 140, 500, meter=3), 20) == ["505,428.57142857142856,3,2,-1,100,1,0"]


def test_no_beats_no_lines() -> None:
    assert red_lines_from_events([], True, 20) == []
    assert red_lines_from_events([Event(EventType.CIRCLE), Event(EventType.TIME_SHIFT, 5)], True, 20) == []


def test_types_last_looks_at_the_event_before_and_wraps_round() -> None:
    events = [
        Event(EventType.BEAT),
        Event(EventType.TIME_SHIFT, 20),
        Event(EventType.MEASURE),
        Event(EventType.TIME_SHIFT, 10),
    ]
    assert markers_from_events(events, False) == [Marker(10, False, False), Marker(20, True, False)]
    assert markers_from_events(events, True) == [Marker(10, True, False), Marker(20, False, False)]


def test_tempo_fit_prefers_round_tempos() -> None:
    assert tempo_fit(1000, 2, 0) == 500.0
    assert tempo_fit(1001, 2, 3) == 500.0
    assert tempo_fit(1001, 2, 0) == 500.5
    assert tempo_fit(0, 2, 0) == tempo_fit(100, 0, 0) == tempo_fit(70000, 1, 0) == 1000.0


def test_markers_at_one_time_do_not_break_the_fit() -> None:
    markers = [Marker(0, False, True), Marker(0, True, False), Marker(500, False, False), Marker(500, False, False)]
    assert red_lines_from_markers(markers, 20)[0].offset_us == 0


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/postprocess/*/*.json.gz"))
def test_recorded_red_lines(path: Path) -> None:
    case = load_json(path)
    types_first = VERSIONS[case["config"]].layout.types_first
    for key, recorded in case["generated_timing"].items():
        source, leniency = key.split("_leniency")
        found = red_lines_from_events(events_of(case["sources"][source]["events"]), types_first, float(leniency))
        wanted = lines_of(recorded)
        assert [timing_text(line) for line in found] == [timing_text(line) for line in wanted], key
        assert [line.offset_us for line in found] == [line.offset_us for line in wanted], key
