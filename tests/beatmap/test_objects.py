"""Lines of hit objects and timing points (spec 07 sections 6 and 7)."""

from __future__ import annotations

import math

import pytest

from osuT5.beatmap import Circle, Hold, Slider, Spinner, parse_beatmap
from tests.beatmap.texts import read


def one(line: str, **keys: object) -> object:
    objects = read(line, **keys).hit_objects  # type: ignore[arg-type]
    assert len(objects) == 1
    return objects[0]


@pytest.mark.parametrize(
    "line",
    [
        "1,2,3,1",  # four fields
        "a,2,3,1,0",
        "1,2,3,1.0,0",
        "1,2,3,0,0",  # no kind
        "1,2,nan,1,0",
        "1,2,inf,1,0",
        "1_0,2,3,1,0",
        "1,2,1_0,1,0",
        "1,2,٣,1,0",
        "1,2,3,2,0,L|1:1,1,1_0",
        "1,2,3,128,0,1_0:0:0:0:0:",
        "200000,2,3,1,0",
        "1,2,2147483648,1,0",
        "1,2,3,1,0,0",  # a sample of one part
        "1,2,3,1,0,a:b",
        "1,2,3,1,0,0:0:",
        "1,2,3,1,0,0:0:0:x",
        "1,2,3,2,0,B|1:1",  # no slides
        "1,2,3,2,0,B|1:1,9001,5",
        "1,2,3,2,0,B|1:1,1,x",
        "1,2,3,2,0,B|1:1,1,",
        "1,2,3,2,0,B|1:1|,1,5",
        "1,2,3,2,0,B|1,1,5",
        "1,2,3,2,0,,1,5",
        "1,2,3,2,0,B|1:x,1,5",
        "1,2,3,2,0,B|1:1,1,5,0|0,0:0|x",
        "1,2,3,2,0,B|1:1,1,5,0|0,0:0|0:0,0",
        "1,2,3,8,0",
        "1,2,3,128,0,x",
        "1,2,3,128,0,:0:0",
    ],
)
def test_dropped(line: str) -> None:
    beatmap = read(f"{line}\n5,5,5,1,0")
    assert [item.x for item in beatmap.hit_objects] == [5]
    assert [note.text for note in beatmap.diagnostics] == [line]


def test_circle() -> None:
    circle = one("1.9,-2.9,3.5,117,10,1:2:3:40:a b.wav,junk")
    assert isinstance(circle, Circle)
    assert (circle.x, circle.y, circle.time, circle.type_bits, circle.hit_sound) == (1, -2, 3.5, 117, 10)
    assert isinstance(circle.x, int)
    assert (circle.new_combo, circle.combo_skip, circle.hit_sample) == (True, 7, "1:2:3:40:a b.wav")
    assert one("1,2,3,1,0").hit_sample == ""  # type: ignore[attr-defined]


def test_fractions_from_version_128_on() -> None:
    circle = one("1.9,-2.5,3.5,1,0", version=128)
    assert (circle.x, circle.y) == (1.9, -2.5)  # type: ignore[attr-defined]


def test_kind_is_decided_in_order() -> None:
    assert isinstance(one("1,2,3,139,0"), Circle)
    assert isinstance(one("1,2,3,138,0,L|1:1,1,5"), Slider)
    assert isinstance(one("1,2,3,136,0,5"), Spinner)


def test_slider() -> None:
    slider = one("1,2,3,2,6,B|1:2|3.9:-4.9,2,50.5,2|x|4|8,1:2||3:0,3:1:9:50:no.wav")
    assert isinstance(slider, Slider)
    assert (slider.curve, slider.points) == ("B", [(1, 2), (3, -4)])
    assert slider.path_text == "B|1:2|3:-4"
    assert (slider.slides, slider.length) == (2, 50.5)
    assert slider.edge_sounds == [2, 0, 4, 8]
    assert slider.edge_sets == ["1:2", "", "3:0"]
    assert slider.hit_sample == "3:1:9:50:no.wav"


def test_slider_without_optional_fields() -> None:
    slider = one("1,2,3,2,0,L|9:9,0")
    assert isinstance(slider, Slider)
    assert (slider.slides, slider.length, slider.edge_sounds, slider.edge_sets) == (1, None, [], [])
    slider = one("1,2,3,2,0,L|9:9,-5,-7")
    assert isinstance(slider, Slider)
    assert (slider.slides, slider.length) == (1, -7)


def test_path_with_several_letters() -> None:
    slider = one("1,2,3,2,0,B3|4:5|L|6:7|8:9|Q,1,5")
    assert isinstance(slider, Slider)
    assert slider.curves == ((0, "B3"), (1, "L"), (3, "Q"))
    assert slider.path_text == "B3|4:5|L|6:7|8:9|Q"


def test_path_without_letter() -> None:
    text = "[HitObjects]\n1,2,3,2,0,4:5|6:7,1,5"
    assert parse_beatmap(text).hit_objects[0].curve == ""  # type: ignore[attr-defined]
    lenient = parse_beatmap(text, lenient=True)
    assert lenient.hit_objects[0].curve == "C"  # type: ignore[attr-defined]
    assert lenient.diagnostics[-1].rule == "read a path without letter as catmull"


def test_leniency_keeps_objects_with_a_bad_sample() -> None:
    lenient = parse_beatmap("osu file format v14\n[HitObjects]\n1,2,3,1,0,0\n4,5,6,1,0\n", lenient=True)
    assert [item.hit_sample for item in lenient.hit_objects] == ["", ""]
    assert [(note.line, note.rule) for note in lenient.diagnostics] == [(3, "left out a bad hit sample")]


def test_spinner_and_hold() -> None:
    spinner = one("1,2,30,12,4,20,1:2")
    assert isinstance(spinner, Spinner)
    assert (spinner.x, spinner.y, spinner.end_time, spinner.hit_sample) == (256, 192, 30, "1:2")
    hold = one("1,2,30,128,4,90:1:2:3:4:a.wav")
    assert isinstance(hold, Hold)
    assert (hold.x, hold.end_time, hold.hit_sample) == (1, 90, "1:2:3:4:a.wav")
    assert one("1,2,30,128,4").end_time == 30  # type: ignore[attr-defined]
    assert one("1,2,30,128,4,5").end_time == 30  # type: ignore[attr-defined]
    assert one("100,2,30,8,4,50", mode=3).x == 100  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "1_0,500,4,1,0,100,1,0",
        "0,5_0,4,1,0,100,1,0",
        "0,x",
        "x,500",
        "0,nan,4,1,0,100,1,0",
        "0,500,-1",
        "0,500,",
        "0,500,4,x",
        "0,500,4,1,0,x",
        "0,500,4,1,0,1,",
        "0,500,4,1,0,1,1,x",
        "0,inf",
    ],
)
def test_dropped_timing_lines(line: str) -> None:
    beatmap = read("", line)
    assert beatmap.timing_points == []
    assert beatmap.timing_text == [line]
    assert len(beatmap.diagnostics) == 1


def test_timing_fields() -> None:
    beatmap = parse_beatmap("SampleSet: Soft\nSampleVolume: 30\n[TimingPoints]\n1.5,500\n2,-50,0x,7,3,120,0,9,extra")
    short, full = beatmap.timing_points
    assert (short.time, short.beat_length, short.meter, short.sample_set, short.volume) == (1.5, 500, 4, 2, 30)
    assert short.uninherited and not short.kiai
    assert (full.meter, full.sample_set, full.sample_index, full.volume) == (4, 7, 3, 100)
    assert (full.uninherited, full.kiai, full.omit_first_barline, full.velocity) == (False, True, True, 2)
    assert full.text == "2,-50,0x,7,3,120,0,9,extra"


def test_not_a_number_is_kept_on_green_lines() -> None:
    (point,) = read("", "0,NaN,4,1,0,100,0,0").timing_points
    assert math.isnan(point.beat_length)
    assert point.velocity == 1
