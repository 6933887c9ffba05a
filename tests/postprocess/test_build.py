"""One object of each kind, in every mode, as literal lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.compat import Compat
from osuT5.config import DataLayout
from osuT5.events.event import Event, EventType
from osuT5.postprocess.build import BuiltMap, build_map
from osuT5.postprocess.lines import timing_text
from osuT5.postprocess.settings import MapSettings

E = EventType
RED = TimingLine(1005000, 342.85714285714283, 4, 2, -1, 100)
LAYOUT = DataLayout()
NO_VELOCITIES = replace(LAYOUT, add_sv=False)
SETTINGS = MapSettings("audio.mp3")


def group(kind: EventType, time: int | None = None, **attributes: int) -> list[Event]:
    """One types-first group; attributes by event name, in order."""
    events = [Event(kind)] if time is None else [Event(kind), Event(E.TIME_SHIFT, time)]
    return events + [Event(E[name.upper().rstrip("_")], value) for name, value in attributes.items()]


def build(events: list[Event], mode: int = 0, layout: DataLayout = LAYOUT, **options: object) -> BuiltMap:
    timing = options.pop("timing", [RED])
    settings = replace(SETTINGS, mode=mode)
    return build_map(events, timing, settings, layout, np.random.RandomState(0), **options)  # type: ignore[arg-type]


def objects(events: list[Event], mode: int = 0, layout: DataLayout = LAYOUT, **options: object) -> list[str]:
    return [line.text for line in build(events, mode, layout, **options).objects]


def timing(events: list[Event], mode: int = 0, layout: DataLayout = LAYOUT) -> list[str]:
    return [timing_text(line) for line in build(events, mode, layout).timing[1:]]


CIRCLE = group(E.CIRCLE, 1690, pos_x=100, pos_y=50, new_combo=0, scroll_speed=120, hitsound=35, volume=60)


@pytest.mark.parametrize(
    ("mode", "line", "lines"),
    [
        (0, "100,50,1690,5,6,2:2:-1:0:", ["1690,-100,4,2,-1,60,0,0"]),
        (1, "256,192,1690,5,6,2:2:-1:0:", ["1690,-83.33333333323334,4,2,-1,60,0,0"]),
        (2, "100,50,1690,5,6,2:2:-1:0:", ["1690,-100,4,2,-1,60,0,0"]),
        (3, "100,192,1690,5,6,2:2:-1:60:", []),
    ],
)
def test_circle(mode: int, line: str, lines: list[str]) -> None:
    assert objects(CIRCLE, mode) == [line]
    assert timing(CIRCLE, mode) == lines


def slider(**head: int) -> list[Event]:
    return (
        group(E.SLIDER_HEAD, 1342, pos_x=100, pos_y=100, **head, hitsound=2, volume=100)
        + group(E.BEZIER_ANCHOR, pos_x=150, pos_y=60)
        + group(E.LAST_ANCHOR, 1685, pos_x=200, pos_y=100, hitsound=0, volume=100)
        + group(E.SLIDER_END, 1685, pos_x=200, pos_y=100, hitsound=4, volume=100)
    )


def test_slider_with_the_models_velocity() -> None:
    line = "100,100,1342,2,0,B|164:49|228:100,1,140.05833333333334,4|8,1:1|1:1,1:1:-1:0:"
    assert objects(slider(scroll_speed=100)) == [line]
    assert timing(slider(scroll_speed=100)) == ["1342,-100,4,2,-1,100,0,0"]


def test_slider_with_a_velocity_from_its_path() -> None:
    line = "100,100,1342,2,0,B|151:59|202:100,1,112.04666666666668,4|8,1:1|1:1,1:1:-1:0:"
    assert objects(slider(), layout=NO_VELOCITIES) == [line]
    assert timing(slider(), layout=NO_VELOCITIES) == ["1342,-124.9999999999,4,2,-1,100,0,0"]


def test_a_path_too_short_for_its_velocity_is_slowed_down_or_stretched() -> None:
    """SCROLL_SPEED 200 asks for 280 px of a path of 109."""
    (slow,) = objects(slider(scroll_speed=200))
    assert slow.split(",")[7] == "112.04666666666668" and slow.split(",")[5] == "B|151:59|202:100"
    (fast,) = objects(slider(scroll_speed=200), stretch_sliders=True)
    assert fast.split(",")[7] == "280.1166666666667" and fast.split(",")[5] == "B|228:-2|355:100"
    built = build(slider(scroll_speed=200), stretch_sliders=True)
    assert [timing_text(line) for line in built.timing[1:]] == ["1342,-49.9999999999,4,2,-1,100,0,0"]


def test_slider_repeats_and_volumes() -> None:
    events = (
        group(E.SLIDER_HEAD, 1342, pos_x=100, pos_y=100, hitsound=0, volume=60)
        + group(E.LAST_ANCHOR, 1685, pos_x=240, pos_y=100, hitsound=1, volume=20)
        + [Event(E.HITSOUND, 2), Event(E.VOLUME, 80)]
        + group(E.SLIDER_END, 2028, pos_x=240, pos_y=100, hitsound=4, volume=60)
    )
    (line,) = objects(events)
    assert line.startswith("100,100,1342,2,2,B|240:100,2,140.0")
    assert line.endswith(",0|4|8,1:1|1:1|1:1,1:1:-1:0:")
    volumes = [text.split(",")[::5][:2] for text in timing(events)]
    assert volumes == [["1342", "60"], ["1348", "20"], ["1685", "80"], ["1691", "20"], ["2028", "60"]]


def test_slider_letters_and_red_anchors() -> None:
    def middle(kind: EventType) -> str:
        events = (
            group(E.SLIDER_HEAD, 1342, pos_x=100, pos_y=100)
            + group(kind, pos_x=150, pos_y=60)
            + group(E.LAST_ANCHOR, 1685, pos_x=200, pos_y=100)
            + group(E.SLIDER_END, 1685, pos_x=200, pos_y=100)
        )
        return objects(events, layout=NO_VELOCITIES)[0].split(",")[5]

    assert middle(E.PERFECT_ANCHOR)[0] == "P"
    assert middle(E.CATMULL_ANCHOR)[0] == "C"
    assert middle(E.RED_ANCHOR).count("|") == 3


def test_broken_sliders() -> None:
    head = group(E.SLIDER_HEAD, 1342, pos_x=100, pos_y=100)
    last = group(E.LAST_ANCHOR, 1685, pos_x=200, pos_y=100)
    end = group(E.SLIDER_END, 1685, pos_x=200, pos_y=100)
    assert objects(head + end + last) == []
    assert objects(last + end) == []
    assert build(head + head + last + end).warnings[0].startswith("slider_head at 1342 ms")
    assert "no duration" in build(head + group(E.LAST_ANCHOR, 1342, pos_x=9, pos_y=9) + end).warnings[0]


def test_slider_without_length_keeps_its_head() -> None:
    head = group(E.SLIDER_HEAD, 1342, pos_x=100, pos_y=100)
    last = group(E.LAST_ANCHOR, 1685, pos_x=200, pos_y=100)
    flat = group(E.SLIDER_END, 1685, pos_x=100, pos_y=100)
    end = group(E.SLIDER_END, 1685, pos_x=200, pos_y=100)
    layout = replace(NO_VELOCITIES, add_positions=False)
    assert len(objects(head + last + flat + end, layout=layout)) == 1
    assert objects(head + last + flat, layout=layout) == []


def test_hold() -> None:
    events = group(E.HOLD_NOTE, 1000, pos_x=64, pos_y=192, hitsound=1, volume=70) + group(
        E.HOLD_NOTE_END, 1500, pos_x=64
    )
    assert objects(events, 3) == ["64,192,1000,128,2,1500:1:1:-1:70:"]
    assert objects(events, 0) == ["64,192,1000,128,2,1500:1:1:-1:0:"]


def test_overlapping_holds() -> None:
    def at(kind: EventType, time: int, x: int) -> list[Event]:
        return group(kind, time, pos_x=x, pos_y=192)

    events = (
        at(E.HOLD_NOTE, 1000, 64)
        + at(E.HOLD_NOTE, 1200, 192)
        + at(E.HOLD_NOTE_END, 1500, 64)
        + at(E.HOLD_NOTE_END, 1700, 192)
    )
    both = ["64,192,1000,128,0,1500:0:0:-1:0:", "192,192,1200,128,0,1700:0:0:-1:0:"]
    assert objects(events, 3) == both
    assert objects(events, 3, compat=Compat("published")) == ["192,192,1200,128,0,1500:0:0:-1:0:"]
    foreign = at(E.HOLD_NOTE_END, 1600, 448)
    assert objects(events[:8] + foreign, 3) == []
    assert objects(at(E.HOLD_NOTE, 1000, 64) + foreign, 3) == ["64,192,1000,128,0,1600:0:0:-1:0:"]


def test_spinner_and_denden() -> None:
    spinner = group(E.SPINNER, 1000, hitsound=1) + group(E.SPINNER_END, 2000, hitsound=2, volume=30)
    denden = group(E.DENDEN, 1000, scroll_speed=200, hitsound=1, volume=30) + group(E.DENDEN_END, 2000)
    assert objects(spinner) == ["256,192,1000,12,4,2000,1:1:-1:0:"]
    assert timing(spinner) == ["2000,-100,4,2,-1,30,0,0"]
    assert objects(denden, 1) == ["256,192,1000,12,2,2000,1:1:-1:0:"]
    assert timing(denden, 1) == ["1000,-49.9999999999,4,2,-1,30,0,0"]


def test_drum_roll() -> None:
    roll = group(E.DRUMROLL, 1005, scroll_speed=100, hitsound=1) + group(E.DRUMROLL_END, 3062)
    (line,) = objects(roll, 1)
    assert line.startswith("0,192,1005,2,2,L|512:192|0:192,1,839.9416666")
    assert line.endswith(",0|0,0:0|0:0,1:1:-1:0:")
    short = group(E.DRUMROLL, 1005) + group(E.DRUMROLL_END, 1005)
    assert "no duration" in build(short, 1).warnings[0]


def test_kiai() -> None:
    events = [Event(E.KIAI, 1), Event(E.TIME_SHIFT, 2000), Event(E.KIAI, 0), Event(E.TIME_SHIFT, 4000)]
    assert timing(events) == ["2000,-100,4,2,-1,100,0,1", "4000,-100,4,2,-1,100,0,0"]


def test_scroll_speed_stays_even_over_tempos() -> None:
    lines = [TimingLine(0, 500.0, 4, 2, -1, 100), TimingLine(10000000, 250.0, 4, 2, -1, 100)]
    events = group(E.SCROLL_SPEED_CHANGE, 2000, scroll_speed=200) + group(E.CIRCLE, 12000, pos_x=64, pos_y=192)
    built = build(events, 3, timing=lines)
    assert [timing_text(line) for line in built.timing] == [
        "0,500,4,2,-1,100,1,0",
        "2000,-49.9999999999,4,2,-1,100,0,0",
        "10000,250,4,2,-1,100,1,0",
        "10000,-99.9999999999,4,2,-1,100,0,0",
    ]
    plain = build(events, 3, replace(LAYOUT, mania_bpm_normalized_scroll_speed=False), timing=lines)
    assert [line.offset_us for line in plain.timing] == [0, 2000000, 10000000]


def test_scroll_speed_without_a_main_tempo_is_written_as_it_is() -> None:
    built = build(group(E.SCROLL_SPEED_CHANGE, 200, scroll_speed=200), 3, timing=[TimingLine(5000000, 500.0)])
    assert "no main tempo" in built.warnings[0]
    assert timing_text(built.timing[-1]).startswith("200,-49.9999999999") or len(built.timing) == 2


def test_timing_that_is_missing_or_empty() -> None:
    settings = replace(SETTINGS, bpm=150, offset=20)
    rng = np.random.RandomState(0)
    absent = build_map(slider(), None, settings, LAYOUT, rng)
    assert timing_text(absent.timing[0]) == "20,400,4,2,-1,100,1,0"
    empty = build_map(slider(), [], settings, LAYOUT, rng)
    assert len(empty.objects) == 1
    assert "150 bpm from 20 ms" in empty.warnings[0]
    assert timing_text(replace(settings, bpm=0).red_line()) == "20,500,4,2,-1,100,1,0"


def test_unusable_tempos_are_left_out() -> None:
    lines = [TimingLine(0, 0.0), TimingLine(500000, float("nan")), RED, TimingLine(3000000, float("inf"))]
    built = build(slider(), timing=lines)
    assert [line.offset_us for line in built.timing if line.parent is None] == [1005000]
    assert built.warnings == ["3 timing lines without a usable beat length are left out"]
    assert len(built.objects) == 1


def test_positions_carry_over_and_distances_are_drawn() -> None:
    near = group(E.CIRCLE, 1000, distance=50)
    built = build(near + group(E.CIRCLE, 1300), near_overlaps=False)
    first, second = (line.text.split(",")[:2] for line in built.objects)
    assert first == second
    assert abs(np.hypot(int(first[0]) - 256, int(first[1]) - 192) - 50) < 1.5
    far = group(E.CIRCLE, 1000, pos_x=0, pos_y=0) + group(E.CIRCLE, 1300, distance=2000)
    assert objects(far)[1].startswith("0,0,")


def test_near_overlaps_move_onto_the_earliest() -> None:
    def circle(time: int, x: int) -> list[Event]:
        return group(E.CIRCLE, time, pos_x=x, pos_y=100)

    events = circle(1000, 100) + circle(1500, 103) + circle(1900, 106) + circle(3500, 103)
    assert [line.split(",")[0] for line in objects(events)] == ["100", "100", "106", "103"]
    assert [line.split(",")[0] for line in objects(events, near_overlaps=False)] == ["100", "103", "106", "103"]


@pytest.mark.parametrize("mode", range(4))
@pytest.mark.parametrize("types_first", [True, False])
def test_any_events_give_a_map(mode: int, types_first: bool) -> None:
    rng = np.random.RandomState(mode * 2 + types_first)
    kinds = list(EventType)[:38]
    for _ in range(60):
        events = [Event(kinds[rng.randint(len(kinds))], int(rng.randint(-300, 3000))) for _ in range(120)]
        lines = [RED, replace(RED, offset_us=2000000)] if rng.randint(2) else []
        build(events, mode, replace(LAYOUT, types_first=types_first), timing=lines)
