"""Broken and hostile maps end in events or in one clear error, soon (spec 01 section 18.2)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osuT5.capabilities import VERSIONS
from osuT5.events import ContextType, EventError, context_stream, map_stream, scroll_speed_stream, timing_stream
from osuT5.events.line_streams import MAX_BEATS
from tests.events.maps import RED, beatmap, layout, named

CIRCLE = "256,192,1000,1,0,0:0:0:0:"
SLIDER = "100,100,1500,2,0,B|200:100|300:200,1,300"


def run(objects: Sequence[str], lines: Sequence[str], mode: int = 0) -> None:
    found = beatmap(objects, lines, mode=mode)
    for version in ("v29", "v30", "v32"):
        for context in (ContextType.MAP, ContextType.TIMING, ContextType.KIAI, ContextType.SV):
            stream = context_stream(context, found, VERSIONS[version].layout, 60000)
            assert len(stream.events) == len(stream.times)


def test_beat_length_zero_is_refused() -> None:
    lines = ["0,0,4,2,0,70,1,0"]
    with pytest.raises(EventError, match="beat length 0 is in force"):
        map_stream(beatmap([CIRCLE], lines), layout("v29"))
    with pytest.raises(EventError, match="at 0 ms has beat length 0"):
        timing_stream(beatmap([CIRCLE], lines), layout("v29"))
    with pytest.raises(EventError, match="is 0"):
        scroll_speed_stream(beatmap([CIRCLE], lines, mode=3), layout("v29"))
    with pytest.raises(EventError, match="1/0"):
        scroll_speed_stream(beatmap([CIRCLE], [RED, "0,-0,4,2,0,70,0,0"], mode=3), layout("v29"))


def test_no_timing_lines() -> None:
    with pytest.raises(EventError, match="no timing lines"):
        map_stream(beatmap([CIRCLE], []), layout("v29"))


@pytest.mark.parametrize("beat", ["1e-300", "0.000001", "0.01", "5e-324"])
def test_tiny_beat_lengths_do_not_flood_the_grid(beat: str) -> None:
    lines = [f"{offset},{beat},4,2,0,70,1,0" for offset in range(0, 60000, 1000)]
    stream = timing_stream(beatmap(["0,0,2000000000,1,0"], lines), layout("v29"))
    assert len(stream) // 2 <= MAX_BEATS


def test_very_late_objects_do_not_flood_the_grid() -> None:
    stream = timing_stream(beatmap(["0,0,2147483647,1,0"], [RED]), layout("v29"))
    assert [time for _, _, time in named(stream, "timing_point")] == [0]
    assert len(stream) == 2


def test_meter_zero_counts_as_four() -> None:
    zero = timing_stream(beatmap(["0,0,4000,1,0"], ["0,500,0,2,0,70,1,0"]), layout("v29"))
    assert zero == timing_stream(beatmap(["0,0,4000,1,0"], ["0,500,4,2,0,70,1,0"]), layout("v29"))


@pytest.mark.parametrize(
    "lines",
    [
        ["0,nan,4,2,0,70,1,0"],
        ["0,inf,4,2,0,70,1,0"],
        ["0,-400,4,2,0,70,1,0"],
        ["0,-50,4,2,0,70,0,0", RED],
        [RED, "500,nan,4,2,0,70,0,0"],
        ["1e300,500,4,2,0,70,1,0"],
        ["-1e300,500,4,2,0,70,1,0"],
        ["0,1e308,4,2,0,70,1,0"],
        [RED, "500,100,4,9999999999999999999,0,9999999999,0,0"],
    ],
)
@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_strange_lines(lines: list[str], mode: int) -> None:
    run([CIRCLE, SLIDER, "256,192,3000,8,0,9000"], lines, mode)


def test_scroll_speed_that_is_no_number() -> None:
    """As published nothing after it is written; at the start of a map it is passed over."""
    greens = [f"{offset},{beat},4,2,0,70,0,0" for offset, beat in ((1000, "nan"), (2000, "-50"))]
    late = scroll_speed_stream(beatmap(["64,192,9000,1,0"], [RED, *greens], mode=3), layout("v29"))
    assert named(late, "scroll_speed") == [("scroll_speed", 100, 0)]
    red = "0,500,4,2,0,70,1,0"
    early = [red, "0,nan,4,2,0,70,0,0", "2000,-50,4,2,0,70,0,0"]
    stream = scroll_speed_stream(beatmap(["64,192,9000,1,0"], early, mode=3), layout("v29"))
    assert named(stream, "scroll_speed")[0][1:] == (200, 2000)


@pytest.mark.parametrize("difficulty", ["SliderMultiplier:0", "SliderMultiplier:nan", "SliderMultiplier:1e-300"])
def test_sliders_without_a_duration_are_left_out(difficulty: str) -> None:
    stream = map_stream(beatmap([CIRCLE, SLIDER], difficulty=difficulty), layout("v29"))
    assert named(stream, "circle")
    assert all(abs(time) < 1e10 for time in stream.times)


def test_sliders_without_a_length_take_that_of_their_points() -> None:
    stream = map_stream(beatmap(["0,0,1000,2,0,L|140:0,1"]), layout("v32"))
    assert named(stream, "slider_end") == [("slider_end", 0, 1500)]


@pytest.mark.parametrize(
    "path", ["L", "B", "P", "C", "L|100:100", "B|100:100|100:100", "P|100:100|100:100", "X|200:200"]
)
@pytest.mark.parametrize("length", ["0", "-100", "100", "1e5"])
def test_paths_without_extent(path: str, length: str) -> None:
    run([f"100,100,1000,2,0,{path},2,{length}"], [RED])


number = st.one_of(
    st.integers(-(2**31), 2**31).map(str),
    st.floats(-1e4, 1e4).map(lambda value: f"{value:.3f}"),
    st.sampled_from(["nan", "inf", "-0", "1e-9", "500", "-100", ""]),
)
objects = st.one_of(
    st.builds("{},{},{},1,{},0:0:0:0:".format, number, number, number, number),
    st.builds("{},{},{},2,0,{}|{}:{}|{}:{},{},{}".format, number, number, number, st.sampled_from("BLPC"), number, number, number, number, st.integers(0, 50), number),
    st.builds("{},{},{},8,0,{}".format, number, number, number, st.integers(0, 100000)),
    st.builds("{},{},{},128,0,{}:0:0:0:0:".format, number, number, number, st.integers(0, 100000)),
)  # fmt: skip
timing = st.builds("{},{},{},{},0,{},{},{}".format, number, number, number, number, number, st.integers(0, 1), st.integers(0, 9))  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(objects, max_size=6), st.lists(timing, max_size=4), st.integers(0, 3))
def test_any_map_gives_events_or_an_event_error(lines: list[str], timings: list[str], mode: int) -> None:
    found = beatmap(lines, timings, mode=mode, difficulty="CircleSize:4\nSliderMultiplier:1.4")
    for context in (ContextType.MAP, ContextType.TIMING, ContextType.KIAI, ContextType.SV):
        try:
            stream = context_stream(context, found, layout("v32"), 60000)
        except EventError:
            continue
        assert len(stream.events) == len(stream.times)
