"""Formulas of single attributes (spec 01 sections 2.1 and 6)."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.events.event import EventType
from osuT5.events.positions import column_events, position_events
from osuT5.events.slider_ends import SliderPath, curve_class, end_positions
from osuT5.events.sounds import sound_events
from osuT5.events.timeline import Timeline, all_event_ms, event_ms
from tests.events.maps import layout


@pytest.mark.parametrize(("us", "ms"), [(0, 0), (1001000, 1001), (999999, 999), (-10000, -9), (-1000, 0), (-500000, -499), (1000990, 1000)])  # fmt: skip
def test_times_are_truncated_a_hair_above(us: int, ms: int) -> None:
    assert event_ms(us) == ms
    assert all_event_ms(np.array([us])).tolist() == [ms]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0,500", {250: 2, 125: 4, 167: 3, 166: 3, 165: 3, 62: 8, 63: 8, 100: 5, 71: 7, 31: 16, 60: 0, 499: 1, 498: 0, 502: 0, -250: 2}),
        (f"0,{60000 / 180!r}", {111: 3, 41: 8, 21: 15}),
    ],
)  # fmt: skip
def test_snapping(line: str, expected: dict[int, int]) -> None:
    timeline = Timeline(parse_timing_lines([line]))
    assert timeline.snappings(np.array(list(expected)) * 1000) == list(expected.values())


def test_lines_are_found_in_file_order() -> None:
    timeline = Timeline(parse_timing_lines(["1000,500", "3000,-50,4,1,0,40,0", "2000,-25,4,1,0,30,0"]))
    at = timeline.at(np.array([0, 1000, 1999, 2000, 2999, 3000, 9000]) * 1000)
    assert at.tolist() == [0, 0, 0, 2, 2, 2, 2]


def test_scroll_speeds_of_lines() -> None:
    lines = [
        "0,500",
        "1,-50,4,1,0,70,0",
        "2,100,4,1,0,70,0",
        "3,nan,4,1,0,70,0",
        "4,-1,4,1,0,70,0",
        "5,-100000,4,1,0,70,0",
    ]
    assert Timeline(parse_timing_lines(lines)).scroll_speeds == [100, 200, 100, 100, 1000, 1]


@pytest.mark.parametrize(
    ("place", "cell", "fine"),
    [
        ((256, 192), 478, 0),
        ((0, 0), 272, 0),
        ((100.9, 50.2), 308, 146),
        ((767, 639), 922, 255),
        ((768, 640), 956, 0),
        ((790, 650), 956, 91),
        ((-32, -64), 205, 0),
        ((-10, -10), 272, 187),
        ((300, -40), 248, 198),
    ],
)
def test_joint_cells(place: tuple[float, float], cell: int, fine: int) -> None:
    cells, refinements = position_events(np.array([place], dtype=float), layout("v32"))
    assert [(event.type, event.value) for event in (cells[0], refinements[0])] == [
        (EventType.POS, cell),
        (EventType.POS_REFINE, fine),
    ]


def test_split_cells() -> None:
    x, y = position_events(np.array([(256.0, 192.0), (-7.0, 9999.0), (-9999.0, -3.9)]), layout("v31"))
    assert [event.value for event in x] == [64, -1, -64]
    assert [event.value for event in y] == [48, 160, 0]


def test_columns() -> None:
    x = np.array([-5.0, 0.0, 127.9, 128.0, 511.0, 900.0])
    assert [event.value for event in column_events(x, 4)] == [0, 0, 0, 1, 3, 3]
    assert column_events(np.array([300.0]), 0)[0].value == -1


@pytest.mark.parametrize(
    ("bits", "sample", "hitsound", "volume"),
    [
        (2, "0:0:0:0:", 33, 40),
        (15, "2:3:0:140", 63, 100),
        (0, "0:5:0:0:", 8, 40),
        (0, "-1:0:0:0:", 0, 40),
        (8, "1:2:0:30:file.wav", 28, 30),
        (0, "", 32, 40),
        (0, "x:0:0:y:", 32, 40),
        (0, "3", 64, 40),
        (0, "00:0:0:-4", 0, 0),
    ],
)
def test_sounds(bits: int, sample: str, hitsound: int, volume: int) -> None:
    timeline = Timeline(parse_timing_lines(["0,500,4,2,0,40,1"]))
    assert [event.value for event in sound_events([(0, bits, sample)], timeline)] == [hitsound, volume]


def test_sounds_look_five_ms_ahead_and_no_set_means_soft() -> None:
    timeline = Timeline(parse_timing_lines(["0,500,4,0,0,40,1", "1005,-100,4,3,0,20,0"]))
    events = sound_events([(999000, 0, "0:0"), (1000000, 0, "0:0")], timeline)
    assert [event.value for event in events] == [32, 40, 64, 20]


@pytest.mark.parametrize(
    ("curve", "points", "length", "expected"),
    [
        ("L", [(0, 0), (100, 0), (200, 0)], 50, (100, 0)),
        ("B", [(100, 100), (200, 100), (200, 200)], 300, (128.04695839, 441.60331907)),
        ("L", [(300, -40), (400, -40)], 140, (440, -40)),
        ("B", [(0, 0), (100, 0), (100, 0), (200, 0)], 120, (120, 0)),
        ("C", [(0, 0), (50, 50), (100, 0)], 7, (100, 0)),
        ("P", [(0, 0), (50, 50), (100, 0)], 9999, (100, 0)),
        ("P", [(0, 0), (50, 50), (100, 0)], 25 * np.pi, (50, 50)),
        ("P", [(0, 0), (50, -50), (100, 0)], 25 * np.pi, (50, -50)),
        ("L", [(7, 8)], 100, (7, 8)),
        ("B", [(7, 8), (7, 8)], 100, (7, 8)),
    ],
)
def test_slider_ends(
    curve: str, points: list[tuple[float, float]], length: float, expected: tuple[float, float]
) -> None:
    assert end_positions([SliderPath(curve, points, length)])[0] == pytest.approx(expected, abs=1e-6)


def test_slider_ends_of_many_paths_equal_those_of_one() -> None:
    paths = [
        SliderPath("B", [(10, 10), (99, 55), (33, 200)], 150),
        SliderPath("P", [(0, 0), (50, 50), (100, 0)], 60),
        SliderPath("L", [(0, 0), (100, 0), (100, 100)], 180),
        SliderPath("B", [(1, 2), (3, 40), (3, 40), (80, 90), (120, 10)], 170),
        SliderPath("C", [(5, 5), (9, 9)], 20),
    ]
    assert end_positions(paths) == [end_positions([path])[0] for path in paths]


def test_curve_classes() -> None:
    corner = [(0, 0), (50, 50), (100, 0)]
    assert [curve_class(letter, corner) for letter in ("L", "B", "B3", "C", "P", "X", "")] == list("LBBCPCC")
    assert curve_class("P", [(0, 0), (50, 0), (100, 0)]) == "B"
    assert curve_class("P", [(0, 0), (0, 0), (100, 50)]) == "B"
    assert curve_class("P", corner[:2]) == curve_class("P", [*corner, (1, 1)]) == "B"
