"""Objects as taiko, catch and mania see them (spec 07 section 10)."""

from __future__ import annotations

import pytest

from osuT5.beatmap import Slider
from osuT5.beatmap.catch import CatchKind, catch_objects
from osuT5.beatmap.mania import column_of, column_x, mania_object
from osuT5.beatmap.play import Play
from osuT5.beatmap.taiko import drum_roll_end, drum_roll_spacing, taiko_objects
from tests.beatmap.texts import read


@pytest.mark.parametrize(
    ("sound", "kind", "big"),
    [(0, "don", False), (1, "don", False), (2, "kat", False), (8, "kat", False), (4, "don", True), (12, "kat", True)],
)
def test_taiko_notes(sound: int, kind: str, big: bool) -> None:
    beatmap = read(f"0,0,100,1,{sound}", mode=1)
    (note,) = taiko_objects(Play(beatmap), beatmap.hit_objects[0])
    assert (note.kind, note.time, note.end_time, note.big) == (kind, 100, 100, big)


def test_drum_rolls_use_the_written_length() -> None:
    beatmap = read("0,0,100,2,4,L|1:0,2,140\n0,0,5000,12,0,6000", mode=1)
    play = Play(beatmap)
    (roll,) = taiko_objects(play, beatmap.hit_objects[0])
    assert (roll.kind, roll.time, roll.end_time, roll.big) == ("drumroll", 100, 1100, True)
    (swell,) = taiko_objects(play, beatmap.hit_objects[1])
    assert (swell.kind, swell.time, swell.end_time) == ("swell", 5000, 6000)
    slider = beatmap.hit_objects[0]
    assert isinstance(slider, Slider)
    assert drum_roll_end(play, slider) == 1100
    assert drum_roll_spacing(play, slider) == 125
    triple = read("0,0,100,2,4,L|1:0,2,140", mode=1, SliderTickRate="3")
    assert drum_roll_spacing(Play(triple), triple.hit_objects[0]) == pytest.approx(166.667, abs=1e-3)  # type: ignore[arg-type]


def test_short_sliders_of_osu_maps_become_notes() -> None:
    line = "0,0,1000,2,0,L|70:0,3,70,2|0|4|8"
    beatmap = read(line)
    notes = taiko_objects(Play(beatmap), beatmap.hit_objects[0])
    assert [(note.kind.value, note.time, note.big) for note in notes] == [
        ("kat", 1000, False),
        ("don", pytest.approx(1250, abs=1), False),
        ("don", pytest.approx(1500, abs=2), True),
        ("kat", pytest.approx(1750, abs=3), False),
    ]
    native = read(line, mode=1)
    assert len(taiko_objects(Play(native), native.hit_objects[0])) == 1


def test_last_note_of_a_short_slider_may_be_an_eighth_late() -> None:
    beatmap = read("0,0,0,2,0,L|104:0,1,103.7", SliderTickRate="4")  # 370 ms
    notes = taiko_objects(Play(beatmap), beatmap.hit_objects[0])
    assert [note.time for note in notes] == [0, 125, 250, 375]
    beatmap = read("0,0,0,2,0,L|104:0,1,100", SliderTickRate="4")  # 357 ms
    assert len(taiko_objects(Play(beatmap), beatmap.hit_objects[0])) == 3


def test_juice_streams() -> None:
    beatmap = read("100,0,1000,2,0,L|310:0,1,210", mode=2)
    ((objects),) = catch_objects(Play(beatmap))
    assert [item.kind.value for item in objects] == ["fruit", *["tiny"] * 7, "drop", *["tiny"] * 3, "fruit"]
    kept = [(item.time, item.x) for item in objects if item.kind is not CatchKind.TINY]
    assert kept == [(1000, 100), (pytest.approx(1500), pytest.approx(240)), (pytest.approx(1750), pytest.approx(310))]
    assert [item.time for item in objects if item.kind is CatchKind.TINY][:2] == [1062.5, 1125]


def test_bananas() -> None:
    beatmap = read("0,0,1000,12,0,1300", mode=2)
    ((bananas),) = catch_objects(Play(beatmap))
    assert [item.time for item in bananas] == [1000, 1075, 1150, 1225, 1300]
    assert all(item.x is None for item in bananas)


def test_fruits_stay_in_the_field() -> None:
    beatmap = read("-50,0,1000,1,0\n600,0,3000,1,0", mode=2)
    assert [group[0].x for group in catch_objects(Play(beatmap))] == [0, 512]


def test_hyperdash() -> None:
    beatmap = read("0,0,1000,1,0\n512,0,1100,1,0\n512,0,2000,1,0", mode=2, CircleSize="5")
    assert [group[0].hyperdash for group in catch_objects(Play(beatmap))] == [True, False, False]
    # 53.375 px are in reach at once, 100 ms and the excess of the same direction allow the rest
    beatmap = read("0,0,1000,1,0\n140,0,1100,1,0\n290,0,1200,1,0", mode=2, CircleSize="5")
    assert [group[0].hyperdash for group in catch_objects(Play(beatmap))] == [False, True, False]


@pytest.mark.parametrize(
    ("x", "keys", "column"),
    [(-5, 4, 0), (0, 4, 0), (127, 4, 0), (128, 4, 1), (511, 4, 3), (900, 4, 3), (73, 7, 0), (74, 7, 1)],
)
def test_columns(x: float, keys: int, column: int) -> None:
    assert column_of(x, keys) == column


@pytest.mark.parametrize("keys", range(1, 19))
def test_column_places_read_back(keys: int) -> None:
    assert [column_of(column_x(column, keys), keys) for column in range(keys)] == list(range(keys))


def test_mania_objects() -> None:
    beatmap = read(
        "64,0,100,1,0\n192,0,200,128,0,300:0:0:0:0:\n320,0,400,2,0,L|460:0,2,140\n500,0,2000,8,0,2500",
        mode=3,
        CircleSize="4",
    )
    found = [mania_object(Play(beatmap), item) for item in beatmap.hit_objects]
    assert [(item.hold, item.time, round(item.end_time), item.column) for item in found] == [
        (False, 100, 100, 0),
        (True, 200, 300, 1),
        (True, 400, 1400, 2),
        (True, 2000, 2500, 3),
    ]
