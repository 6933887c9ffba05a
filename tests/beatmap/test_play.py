"""Ends, ticks, samples, combos and stacking in play (spec 07 sections 4, 7, 8 and 9)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osuT5.beatmap import Beatmap, Slider, parse_beatmap
from osuT5.beatmap.combos import combo_numbers, combo_starts
from osuT5.beatmap.play import Play
from osuT5.beatmap.samples import Sample, edge_samples, object_samples, parse_sample
from osuT5.beatmap.stacking import stack_heights, stack_offset
from tests.beatmap.texts import osu, read


def first_slider(beatmap: Beatmap) -> Slider:
    return next(item for item in beatmap.hit_objects if isinstance(item, Slider))


def events(beatmap: Beatmap) -> list[tuple[str, float, float]]:
    played = Play(beatmap).slider(first_slider(beatmap))
    return [(event.kind, round(event.time, 3), round(event.progress, 6)) for event in played.events()]


def test_duration() -> None:
    # 140 px a beat of 500 ms
    beatmap = read("0,0,1000,2,0,L|280:0,3,280")
    assert Play(beatmap).end_time(beatmap.hit_objects[0]) == pytest.approx(4000)
    faster = read("0,0,1000,2,0,L|280:0,3,280", "0,500\n1000,-50,4,1,0,100,0,0")
    assert Play(faster).end_time(faster.hit_objects[0]) == pytest.approx(2500)


def test_ticks_and_repeats() -> None:
    assert events(read("0,0,1000,2,0,L|210:0,2,210")) == [
        ("head", 1000, 0),
        ("tick", 1500, 0.666667),
        ("repeat", 1750, 1),
        ("tick", 2000, 0.666667),
        ("last_tick", 2464, 0.048),
        ("tail", 2500, 0),
    ]


def test_no_tick_within_10_ms_of_the_end() -> None:
    kinds = [event[0] for event in events(read("0,0,0,2,0,L|200:0,1,142.5"))]
    assert kinds == ["head", "last_tick", "tail"]
    kinds = [event[0] for event in events(read("0,0,0,2,0,L|200:0,1,143"))]
    assert kinds == ["head", "tick", "last_tick", "tail"]


def test_old_files_scale_ticks_only_by_the_beat() -> None:
    timing = "0,500\n0,-50,4,1,0,100,0,0"
    assert len(events(read("0,0,0,2,0,L|600:0,1,600", timing, version=7))) == 3 + 4
    assert len(events(read("0,0,0,2,0,L|600:0,1,600", timing, version=8))) == 3 + 2


def test_nan_points_stop_ticks() -> None:
    beatmap = read("0,0,0,2,0,L|600:0,1,600", "0,500\n0,NaN,4,1,0,100,0,0")
    assert len(events(beatmap)) == 3
    played = Play(beatmap).slider(first_slider(beatmap))
    assert len(played.events(nan_stops_ticks=False)) == 3 + 4


def test_zero_length_has_no_repeats() -> None:
    beatmap = read("9,9,500,2,0,L|9:9,5,100")
    play = Play(beatmap)
    assert play.slider(first_slider(beatmap)).spans == 1
    assert play.end_time(beatmap.hit_objects[0]) == 500
    assert [event[0] for event in events(beatmap)] == ["head", "last_tick", "tail"]


def test_ticks_are_bounded() -> None:
    beatmap = read("0,0,0,2,0,L|100000:0,9000,100000", SliderTickRate="8", SliderMultiplier="0.4")
    played = Play(beatmap).slider(first_slider(beatmap))
    events = played.events()
    assert len(events) < 110_000
    assert sum(event.kind == "repeat" for event in events) == 8999
    assert played.ticks_cut


def test_drain_and_ends() -> None:
    text = osu("0,0,1000,128,0,9000:0:0:0:0:\n0,0,2000,1,0", mode=3).replace(
        "[TimingPoints]", "[Events]\n2,3000,5000\n2,6000,6500\n[TimingPoints]"
    )
    play = Play(parse_beatmap(text))
    assert play.latest_end == 9000
    assert play.drain_time == 6000
    assert Play(read()).drain_time == 0


def test_combos() -> None:
    beatmap = read(
        "0,0,100,1,0\n0,0,200,1,0\n0,0,300,37,0\n0,0,400,33,0\n0,0,500,12,0,600\n0,0,700,1,0\n0,0,800,128,0\n0,0,900,5,0"
    )
    assert combo_starts(beatmap) == [True, False, True, False, True, True, False, True]
    assert combo_numbers(beatmap) == [1, 1, 4, 4, 4, 5, 5, 6]


def test_breaks_force_a_combo() -> None:
    text = osu("0,0,100,1,0\n0,0,3000,1,0\n0,0,3001,1,0\n0,0,3002,1,0").replace(
        "[TimingPoints]", "[Events]\n2,500,3000\n[TimingPoints]"
    )
    assert combo_starts(parse_beatmap(text)) == [True, False, True, False]


def test_sample_parts() -> None:
    assert parse_sample("9:-1").normal == 1
    assert parse_sample("3:2:4:-5:a.wav") == parse_sample("3:2:4:0:a.wav")
    with pytest.raises(ValueError, match="no hit sample"):
        parse_sample("0")


def samples_of(line: str, timing: str = "0,500,4,3,2,60,1,0") -> list[Sample]:
    beatmap = read(line, timing)
    return object_samples(Play(beatmap), beatmap.hit_objects[0])


def test_samples_fill_from_the_timing_point() -> None:
    (normal, finish, whistle, clap) = samples_of("0,0,100,1,14,0:0:0:0:")
    assert normal == Sample("hitnormal", 3, 2, 60, layered=True)
    assert [sample.name for sample in (finish, whistle, clap)] == ["hitfinish", "hitwhistle", "hitclap"]
    assert (clap.bank, clap.stem, clap.suffix) == (3, "drum-hitclap2", "2")
    (normal, clap) = samples_of("0,0,100,1,9,2:0:1:30:")
    assert (normal.bank, clap.bank, clap.index, clap.volume, normal.layered) == (2, 2, 1, 30, False)
    assert clap.suffix is None
    (normal, clap) = samples_of("0,0,100,1,8,0:1:0:0:")
    assert (normal.bank, clap.bank) == (3, 1)
    (own, clap) = samples_of("0,0,100,1,8,1:2:0:0:own.wav")
    assert (own.file, own.volume, clap.bank) == ("own.wav", 60, 2)


def test_sample_leniency() -> None:
    timing = "0,500,4,1,0,10,1,0\n105,-100,4,1,0,20,0,0\n106,-100,4,1,0,30,0,0"
    assert samples_of("0,0,100,1,0", timing)[0].volume == 20
    assert samples_of("0,0,99,1,0", timing)[0].volume == 10
    assert samples_of("0,0,50,8,0,101", timing)[0].volume == 30
    assert samples_of("0,0,100,2,0,L|9:0,1,9", timing)[0].volume == 30  # a body asks 6 ms later


def test_edge_samples() -> None:
    beatmap = read("0,0,0,2,2,L|140:0,2,140,0|8,1:2,3:0:5:50:x.wav", "0,500,4,2,0,60,1,0\n504,-100,4,2,0,70,0,0")
    head, repeat, tail = edge_samples(Play(beatmap), first_slider(beatmap))
    assert [(sample.name, sample.bank, sample.volume) for sample in head] == [("hitnormal", 1, 60)]
    assert [(sample.name, sample.bank, sample.volume) for sample in repeat] == [
        ("hitnormal", 3, 70),
        ("hitclap", 3, 70),
    ]
    assert [(sample.name, sample.bank, sample.file) for sample in tail] == [("hitnormal", 3, ""), ("hitwhistle", 3, "")]


def test_stacking() -> None:
    beatmap = read("\n".join(f"100,100,{time},1,0" for time in (1000, 1100, 1200)), ApproachRate="9", CircleSize="5")
    assert stack_heights(Play(beatmap)) == [2, 1, 0]
    assert stack_offset(beatmap, 1) == pytest.approx(-3.2, abs=0.01)


def test_stacking_below_a_slider_end() -> None:
    beatmap = read("0,100,1000,2,0,L|100:100,1,100\n100,100,1600,1,0", ApproachRate="9")
    assert stack_heights(Play(beatmap)) == [0, -1]


def test_old_stacking() -> None:
    lines = "\n".join(f"100,100,{time},1,0" for time in (1000, 1100, 1200))
    assert stack_heights(Play(read(lines, version=5))) == [2, 1, 0]
    below = "0,100,1000,2,0,L|100:100,1,100\n100,100,1600,1,0\n100,100,1700,1,0"
    assert stack_heights(Play(read(below, version=5))) == [0, -1, -2]


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(-20000, 20000), st.integers(8, 14))
def test_moving_a_map_in_time_moves_everything(shift: int, version: int) -> None:
    def text(by: int) -> str:
        return osu(
            f"10,10,{1000 + by},2,2,B|60:90|120:10,3,131.5,2|0|8|4\n200,30,{4000 + by},1,0\n0,0,{5000 + by},12,0,{6000 + by}\n3,3,{7000 + by},128,0,{7100 + by}:0:0:0:0:",
            f"{500 + by},431.7\n{900 + by},-77.7,4,1,0,100,0,0",
            version=version,
        )

    a, b = Play(parse_beatmap(text(0))), Play(parse_beatmap(text(shift)))
    for first, second in zip(a.beatmap.hit_objects, b.beatmap.hit_objects, strict=True):
        assert b.end_time(second) - a.end_time(first) == pytest.approx(shift, abs=1e-6)
    first_events, second_events = (play.slider(first_slider(play.beatmap)).events() for play in (a, b))
    assert [event.kind for event in first_events] == [event.kind for event in second_events]
    for before, after in zip(first_events, second_events, strict=True):
        assert after.time - before.time == pytest.approx(shift, abs=1e-6)
        assert after.progress == pytest.approx(before.progress, abs=1e-9)
    assert b.drain_time == pytest.approx(a.drain_time)
