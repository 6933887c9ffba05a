"""Beats, kiai and mania scroll speeds (spec 01 section 7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.events import ContextType, context_stream, kiai_stream, map_stream, scroll_speed_stream, timing_stream
from tests.events.maps import RED, beatmap, layout, named, words

NOTE = "64,192,{},1,0,0:0:0:0:"


def test_grid_of_a_bare_list() -> None:
    lines = parse_timing_lines(["100.7,333.333"])
    stream = timing_stream(lines, layout("v29"), 1130)
    assert words(stream) == ["timing_point0", "t100", "beat0", "t434", "beat0", "t767", "beat0", "t1100"]
    assert stream.times == [100, 100, 434, 434, 767, 767, 1100, 1100]
    without_length = timing_stream(lines, layout("v29"))
    assert words(without_length) == ["timing_point0", "t100"]


def test_grid_of_close_reds() -> None:
    reds = ["0,500,4,2,0,70,1,0", "5,400,4,2,0,70,1,0", "1000,400,3,2,0,70,1,0"]
    stream = timing_stream(beatmap([NOTE.format(2000)], reds), layout("v32"))
    assert [time for _, _, time in named(stream, "t")] == [5, 405, 805, 1000, 1400, 1800]


def test_measures_with_and_without_timing_points() -> None:
    lines = parse_timing_lines(["0,100,3"])

    def kinds(version: str) -> list[str]:
        return [name for name in words(timing_stream(lines, layout(version), 450)) if name[0] != "t" or name[1] == "i"]

    assert kinds("v29") == ["timing_point0", "beat0", "beat0", "measure0", "beat0"]
    assert kinds("v30") == ["measure0", "beat0", "beat0", "measure0", "beat0"]


def test_grid_ends_with_the_last_object_of_the_file() -> None:
    def last(objects: list[str]) -> int:
        return timing_stream(beatmap(objects), layout("v29"), 99999).times[-1]

    assert last(["0,0,0,1,0", "0,0,1000,8,0,2000"]) == 2000
    assert last(["0,0,5000,1,0", "0,0,1000,2,0,L|280:0,2,280"]) == 3000
    assert last(["0,0,5000,1,0", "0,0,1000,1,0"]) == 1000


def test_only_the_beat_length_decides_what_starts_beats() -> None:
    lines = ["0,500,4,2,0,70,1,0", "1000,250,4,2,0,70,0,0", "1500,-50,4,2,0,70,1,0", "2000,130000,4,2,0,70,1,0", "2100,nan,4,2,0,70,0,0"]  # fmt: skip
    stream = timing_stream(beatmap([NOTE.format(2000)], lines), layout("v29"))
    assert [time for _, _, time in named(stream, "t")] == [0, 500, 1000, 1250, 1500, 1750, 2000]


def test_kiai() -> None:
    lines = [
        RED,
        "1000,-100,4,2,0,70,0,1",
        "2000,-100,4,2,0,70,0,1",
        "3000,-100,4,2,0,70,0,8",
        "4125,-100,4,2,0,70,0,0",
    ]
    stream = kiai_stream(beatmap([], lines), layout("v29"))
    assert words(stream) == ["kiai1", "t1000", "snap1", "kiai0", "t4125", "snap4"]
    last = kiai_stream(beatmap([], lines), layout("v32"))
    assert words(last) == ["t1000", "snap1", "kiai1", "t4125", "snap4", "kiai0"]


def test_normalised_scroll_speeds() -> None:
    objects = [NOTE.format(0), NOTE.format(15000)]
    reds = ["0,500,4,2,0,70,1,0", "10000,250,4,2,0,70,1,0"]
    green = "10000,-200,4,2,0,70,0,0"
    with_green = scroll_speed_stream(beatmap(objects, [*reds, green], mode=3), layout("v29"))
    assert words(with_green) == ["scroll_speed_change0", "t0", "snap1", "scroll_speed100"]
    without = scroll_speed_stream(beatmap(objects, reds, mode=3), layout("v29"))
    assert named(without, "scroll_speed") == [("scroll_speed", 100, 0), ("scroll_speed", 200, 10000)]
    plain = replace(layout("v29"), mania_bpm_normalized_scroll_speed=False)
    assert named(scroll_speed_stream(beatmap(objects, [*reds, green], mode=3), plain), "scroll_speed") == [
        ("scroll_speed", 100, 0),
        ("scroll_speed", 50, 10000),
    ]


def test_small_steps_of_scroll_speed_are_never_written() -> None:
    greens = [f"{1000 * i},{-100 / (1 + 0.0008 * i)!r},4,2,0,70,0,0" for i in range(1, 9)]
    stream = scroll_speed_stream(beatmap([NOTE.format(9000)], [RED, *greens], mode=3), layout("v29"))
    assert named(stream, "scroll_speed") == [("scroll_speed", 100, 0)]


def test_order_at_equal_times() -> None:
    full = replace(layout("v29"), add_timing=True, add_kiai=True, add_mania_sv=True)
    objects = ["64,192,0,128,0,5000:0:0:0:0:", NOTE.format(5000)]
    lines = ["0,5000,4,2,0,70,1,0", "5000,-50,4,2,0,70,0,1"]
    stream = map_stream(beatmap(objects, lines, mode=3, difficulty="CircleSize:4"), full)
    types = [word for word in words(stream) if word.rstrip("01") in ("timing_point", "beat", "kiai", "scroll_speed_change", "hold_note", "hold_note_end", "circle")]  # fmt: skip
    assert types == [
        *("timing_point0", "scroll_speed_change0", "hold_note0"),
        *("beat0", "kiai1", "scroll_speed_change0", "hold_note_end0", "circle0"),
    ]


def test_contexts() -> None:
    taiko = beatmap([NOTE.format(0)], [RED, "0,-50,4,2,0,70,0,1"], mode=1)
    mania = beatmap([NOTE.format(9000)], [RED], mode=3, difficulty="CircleSize:4")

    def shown(context: ContextType, of=taiko) -> list[str]:  # type: ignore[no-untyped-def]
        return words(context_stream(context, of, layout("v29")))

    assert shown(ContextType.NONE) == []
    assert shown(ContextType.TIMING) == ["timing_point0", "t0"]
    assert shown(ContextType.KIAI) == ["kiai1", "t0", "snap1"]
    assert shown(ContextType.SV) == []
    assert shown(ContextType.SV, mania) == ["scroll_speed_change0", "t0", "snap1", "scroll_speed100"]
    assert shown(ContextType.MAP) == shown(ContextType.GD)
    assert shown(ContextType.MAP) == ["circle0", "t0", "snap1", "scroll_speed200", "hitsound32", "volume70"]
    assert shown(ContextType.NO_HS) == ["circle0", "t0", "snap1", "scroll_speed200"]


@pytest.mark.parametrize("context", [ContextType.TIMING, ContextType.KIAI])
def test_a_map_without_timing_lines_has_empty_streams(context: ContextType) -> None:
    assert context_stream(context, beatmap([], []), layout("v29")).events == []
