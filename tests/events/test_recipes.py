"""Recipes of hit objects: the worked example of spec 01 section 16, and each rule of section 5."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osuT5.events import map_stream
from tests.events.maps import RED, beatmap, ids, layout, named, words

LINES = ("1000,500,4,2,1,70,1,0", "2000,-50,4,1,1,40,0,1")
CIRCLE = "256,192,1000,5,2,0:0:0:0:"
SLIDER = "100,100,1500,2,0,B|200:100|200:200|200:200|300:200,1,300,2|8,0:0|1:2"
REPEATED = "300,-40,3000,6,4,L|400:-40,2,140,2|0|8,0:0|3:0|0:0"


def tokens(line: str, version: str) -> list[int]:
    return ids(map_stream(beatmap([line], LINES), layout(version)), version)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v28", [3645, 117, 837, 853, 1972, 3470, 3504, 3614]),
        ("v29", [3645, 117, 837, 853, 1972, 3470, 3504, 3614]),
        ("v30", [103, 4606, 103, 3281, 3297, 4066, 4307, 4420, 4454, 4564, 4595]),
        ("v32", [109, 1648, 2142, 2621, 3896, 3930, 4040, 4071]),
    ],
)
def test_circle(version: str, expected: list[int]) -> None:
    assert tokens(CIRCLE, version) == expected


def test_slider_of_v32() -> None:
    assert tokens(SLIDER, "v32") == [
        *(159, 1648, 2038, 2655, 2995, 3930, 4040, 4074),
        *(2041, 2657, 4075),
        *(2140, 2689, 4078),
        *(2143, 2691, 4079),
        *(266, 1654, 3929, 4040, 4079),
        *(266, 1654, 2144, 2693, 3925, 4010, 4080),
    ]


def test_slider_of_v28_spreads_its_anchors() -> None:
    stream = map_stream(beatmap([SLIDER], LINES), layout("v28"))
    assert named(stream, "bezier_anchor", "red_anchor", "last_anchor", "slider_end") == [
        ("bezier_anchor", 0, 1767),
        ("red_anchor", 0, 2035),
        ("last_anchor", 0, 2571),
        ("slider_end", 0, 2571),
    ]
    assert named(stream, "t") == [("t", 1500, 1500), ("t", 2571, 2571), ("t", 2571, 2571)]


def test_beat_of_v30_is_sorted_between_the_anchors() -> None:
    stream = map_stream(beatmap([SLIDER], LINES), layout("v30"))
    kinds = ("bezier_anchor", "beat", "measure", "red_anchor", "slider_head")
    assert [name for name, _, _ in named(stream, *kinds)] == [
        *("measure", "beat", "slider_head", "bezier_anchor", "beat", "red_anchor", "beat"),
    ]


def test_repeated_slider() -> None:
    stream = map_stream(beatmap([REPEATED], LINES), layout("v32"))
    assert named(stream, "hitsound", "last_anchor", "slider_end") == [
        ("hitsound", 1, 3000),  # head: whistle, with the normal set of the green line
        ("last_anchor", 0, 3000),
        ("hitsound", 2, 3250),  # body
        ("hitsound", 64, 3250),  # repeat with the drum set
        ("last_anchor", 0, 3250),
        ("hitsound", 4, 3500),
        ("slider_end", 0, 3500),
    ]
    assert named(stream, "pos")[-1] == ("pos", 252, 3500)


def test_mania_of_v32() -> None:
    objects = ["64,192,0,1,0,0:0:0:0:", "192,192,100,128,4,8600:1:0:0:30:", "320,192,8600,1,0,0:0:0:0:"]
    stream = map_stream(beatmap(objects, ["0,500,4,2,1,55,1,0"], mode=3, difficulty="CircleSize:4"), layout("v32"))
    assert ids(stream, "v32") == [
        *(9, 1648, 2877, 3929, 4025, 4071),
        *(19, 1652, 2878, 3899, 4000, 4087),
        *(819, 2878, 4090),
        *(869, 1652, 2878, 4088),
        *(869, 1652, 2879, 3929, 4025, 4071),  # after the end of the hold at the same time
    ]


def test_taiko_of_v28() -> None:
    objects = ["256,192,0,1,4,0:0:0:0:", "256,192,500,2,0,L|396:192,1,140"]
    lines = ["0,500,4,2,1,70,1,0", "500,-80,4,2,1,60,0,0"]
    found = ids(map_stream(beatmap(objects, lines, mode=1), layout("v28")), "v28")
    assert found == [3645, 17, 837, 2569, 3505, 3614, 3663, 67, 837, 2594, 3503, 3604, 3664, 107, 841]


@pytest.mark.parametrize("first", [True, False])
def test_attributes_keep_their_order_on_either_side_of_the_type(first: bool) -> None:
    attributes = ["t1000", "snap1", "dist0", "pos478", "new_combo0", "hitsound33", "volume70"]
    stream = map_stream(beatmap([CIRCLE], LINES), replace(layout("v29"), types_first=first))
    assert words(stream) == (["circle0", *attributes] if first else [*attributes, "circle0"])
    assert stream.times == [1000] * 8


def test_switches_leave_attributes_out() -> None:
    bare = replace(layout("v29"), add_snapping=False, add_hitsounds=False, add_distances=False, add_positions=False)
    assert words(map_stream(beatmap([CIRCLE], LINES), bare)) == ["circle0", "t1000", "new_combo0"]


def test_spinner_has_a_sound_at_its_end_and_resets_the_position() -> None:
    objects = ["0,0,0,1,0,0:0:0:0:", "256,192,5000,12,4,15010,2:0:0:0:", "256,192,16000,1,0,0:0:0:0:"]
    stream = map_stream(beatmap(objects), replace(layout("v29"), sustain_interval=8000))
    assert words(stream)[7:17] == [
        *("spinner0", "t5000", "snap1", "spinner_sustain0", "t13000"),
        *("spinner_end0", "t15010", "snap0", "hitsound34", "volume70"),
    ]
    assert named(stream, "dist") == [("dist", 320, 0), ("dist", 0, 16000)]
    assert not named(stream, "new_combo")


def test_sustain_stops_ten_ms_before_the_end() -> None:
    def marks(end: int) -> int:
        return len(named(map_stream(beatmap([f"256,192,0,8,0,{end}"]), layout("v32")), "spinner_sustain"))

    assert [marks(end) for end in (8009, 8010, 8011, 16011)] == [0, 0, 1, 2]


def test_sustain_of_a_slider_in_both_versions() -> None:
    slow = beatmap(["100,100,0,2,0,L|240:100,2,140"], ["0,20000,4,2,0,70,1,0"])
    newer, older = layout("v32"), replace(layout("v32"), slider_version=1)
    kinds = ("slider_sustain", "slider_repeat_sustain")
    first = [("slider_sustain", 0, 8000), ("slider_sustain", 0, 16000)]
    repeat = [("slider_repeat_sustain", 0, 28000), ("slider_repeat_sustain", 0, 36000)]
    assert named(map_stream(slow, newer), *kinds) == first + repeat
    assert named(map_stream(slow, older), *kinds) == repeat


def test_sustain_of_taiko() -> None:
    objects = ["256,192,0,2,0,L|396:192,1,140", "256,192,30000,8,0,40000"]
    stream = map_stream(beatmap(objects, ["0,20000,4,2,0,70,1,0"], mode=1), layout("v32"))
    assert [(name, time) for name, _, time in named(stream, "drumroll_sustain", "denden_sustain")] == [
        ("drumroll_sustain", 8000),
        ("drumroll_sustain", 16000),
        ("denden_sustain", 38000),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("L|150:100|150:100|200:100", ["red_anchor", "red_anchor"]),
        ("C|150:100|150:100|200:100", ["catmull_anchor", "catmull_anchor"]),
        ("P|150:150|200:100", ["perfect_anchor"]),
        ("P|150:100|200:100", ["bezier_anchor"]),
        ("P|150:150|160:100|200:100", ["bezier_anchor", "bezier_anchor"]),
        ("B|150:100|150:100|200:100", ["red_anchor"]),
        ("B|150:100|150:100|150:100|200:100", ["red_anchor", "red_anchor"]),
        ("B|100:100|150:100|200:100", ["bezier_anchor"]),
        ("B|150:100|200:100|200:100", ["bezier_anchor", "red_anchor"]),
        ("B|200:100", []),
    ],
)
def test_inner_anchors(path: str, expected: list[str]) -> None:
    stream = map_stream(beatmap([f"100,100,0,2,0,{path},1,100"]), layout("v32"))
    kinds = ("red_anchor", "catmull_anchor", "perfect_anchor", "bezier_anchor")
    assert [name for name, _, _ in named(stream, *kinds)] == expected


def test_sliders_of_a_hundred_points_are_left_out() -> None:
    def slider(count: int) -> str:
        points = "|".join(f"{index}:{index * index % 300}" for index in range(1, count))
        return f"0,0,1000,2,0,B|{points},1,100"

    assert not named(map_stream(beatmap([slider(100)]), layout("v29")), "slider_head")
    assert named(map_stream(beatmap([slider(99)]), layout("v29")), "slider_head")
    stream = map_stream(beatmap(["0,0,0,1,0", slider(100), "3,4,2000,1,0"]), layout("v29"))
    assert named(stream, "dist")[1:] == [("dist", 5, 2000)]  # measured from the circle before


def test_last_edge_is_the_last_of_the_list() -> None:
    long = map_stream(beatmap(["0,0,0,2,0,L|100:0,2,100,0|2|4|8,0:0|0:0|0:0|3:3"]), layout("v32"))
    assert named(long, "hitsound")[-1][1] == 4 + 16 + 48
    short = map_stream(beatmap(["0,0,0,2,0,L|100:0,3,100,2|4"]), layout("v32"))
    # head, body, first and second repeat, end
    assert [value % 8 for _, value, _ in named(short, "hitsound")] == [1, 0, 2, 0, 2]


def test_objects_are_sorted_by_time_but_distances_follow_the_file() -> None:
    objects = ["0,0,2000,1,0,0:0:0:0:", "30,40,1000,1,2,0:0:0:0:", "60,80,1000,1,4,0:0:0:0:"]
    stream = map_stream(beatmap(objects), layout("v29"))
    assert [(value, time) for _, value, time in named(stream, "hitsound")] == [(33, 1000), (34, 1000), (32, 2000)]
    assert [value for _, value, _ in named(stream, "dist")] == [50, 50, 320]


def test_flips() -> None:
    found = beatmap(["100,50,0,1,0,0:0:0:0:", "0,0,1000,12,0,2000", "300,300,3000,1,0,0:0:0:0:"])

    def cells(flip: tuple[bool, bool]) -> list[tuple[str, int]]:
        stream = map_stream(found, layout("v31"), flip=flip)
        return [(name, value) for name, value, _ in named(stream, "pos_x", "pos_y", "dist")]

    assert cells((True, False))[:3] == [("dist", 210), ("pos_x", 103), ("pos_y", 12)]
    assert cells((True, True))[3:] == [("dist", 116), ("pos_x", 53), ("pos_y", 21)]


def test_speed() -> None:
    stream = map_stream(beatmap(["0,0,1001,1,0,0:0:0:0:"]), layout("v29"), speed=1.25)
    assert named(stream, "t", "snap") == [("t", 800, 800), ("snap", 1, 800)]


def test_foreign_objects_of_a_mania_map() -> None:
    objects = ["0,0,0,2,0,L|500:0,1,140", "256,192,3000,8,0,4000"]
    stream = map_stream(beatmap(objects, mode=3, difficulty="CircleSize:4\nSliderMultiplier:1.4"), layout("v29"))
    assert named(stream, "slider_head", "column", "scroll_speed")[:3] == [
        ("slider_head", 0, 0),
        ("column", 0, 0),
        ("scroll_speed", 100, 0),
    ]
    assert named(stream, "spinner_end") == [("spinner_end", 0, 4000)]


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_holds_outside_mania_are_left_out(mode: int) -> None:
    assert not map_stream(beatmap(["64,192,0,128,0,500:0:0:0:0:"], mode=mode), layout("v29")).events


def test_values_are_taken_as_written() -> None:
    """No early offset below version 5, no clamping of the slider multiplier."""
    slider = "0,0,1000,2,0,L|100:0,1,1000"
    stream = map_stream(beatmap([slider], [RED], version=4, difficulty="SliderMultiplier:10"), layout("v32"))
    assert named(stream, "t")[0] == ("t", 1000, 1000)
    assert named(stream, "slider_end") == [("slider_end", 0, 1500)]


def test_empty_map() -> None:
    assert map_stream(beatmap([]), layout("v29")).events == []
    grid = map_stream(beatmap([]), layout("v30"), song_length_ms=1100)
    assert words(grid) == ["t0", "measure0", "t500", "beat0", "t1000", "beat0"]
