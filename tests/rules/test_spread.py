"""Sets: spread by length, and what difficulties share."""

from __future__ import annotations

import pytest

from osuT5.beatmap import Beatmap, parse_beatmap, write_beatmap
from osuT5.rules import check_set, lowest_of_set, repair_set

from .maps import RED, circles, song

EASY, NORMAL, HARD, INSANE, EXPERT = 1.5, 2.3, 3.3, 4.6, 5.6


def maps(count: int, seconds: int = 100, mode: int = 0, **more: str) -> list[Beatmap]:
    return [song(circles([0, seconds * 1000]), mode=mode, **more) for _ in range(count)]


def rules(beatmaps: list[Beatmap], stars: list[float]) -> list[str]:
    return [finding.rule for finding in check_set(beatmaps, stars)]


@pytest.mark.parametrize(
    ("seconds", "mode", "stars", "fires"),
    [
        (149, 0, [HARD, INSANE], True),
        (150, 0, [HARD, INSANE], False),
        (194, 0, [INSANE], True),
        (195, 0, [INSANE], False),
        (239, 0, [EXPERT], True),
        (240, 0, [EXPERT], False),
        (100, 0, [NORMAL, HARD], False),
        (119, 3, [HARD], True),
        (120, 3, [HARD], False),
        (100, 2, [2.8, 3.5, 4.2, 5.0], False),  # four difficulties with even steps
        (100, 0, [2.8, 3.5, 4.2, 5.0], True),
        (100, 2, [2.8, 3.5, 4.2], True),
    ],
)
def test_lowest_level(seconds: int, mode: int, stars: list[float], fires: bool) -> None:
    assert ("S02" in rules(maps(len(stars), seconds, mode), stars)) == fires


@pytest.mark.parametrize(
    ("stars", "fires"),
    [
        ([NORMAL, HARD, INSANE], False),
        ([NORMAL, INSANE], True),
        ([EASY, HARD], True),
        ([EASY, NORMAL, HARD], False),
        ([NORMAL, HARD, EXPERT], True),
    ],
)
def test_skipped_level(stars: list[float], fires: bool) -> None:
    assert ("S03" in rules(maps(len(stars)), stars)) == fires


@pytest.mark.parametrize(
    ("stars", "fires"), [([2.0, 3.6], True), ([2.0, 3.5], False), ([4.0, 6.1], True), ([4.0, 6.0], False)]
)
def test_step(stars: list[float], fires: bool) -> None:
    assert ("S04" in rules(maps(2, 300), stars)) == fires


def test_names_in_order() -> None:
    pair = [song(circles([0, 300_000]), metadata=f"Version:{name}") for name in ("Hard", "Normal")]
    assert "S05" in rules(pair, [2.6, 2.9])
    assert "S05" not in rules(pair[::-1], [2.6, 2.9])


@pytest.mark.parametrize("key", ["Title:other", "Artist:other", "Source:other", "Tags:other"])
def test_metadata_differs(key: str) -> None:
    first, same, other = song(circles([0, 400])), song(circles([0, 800])), song(circles([0, 800]), metadata=key)
    assert "S07" not in rules([first, same], [NORMAL, HARD])
    (finding,) = [f for f in check_set([first, other]) if f.rule == "S07"]
    assert finding.part == key.partition(":")[0].lower()


def test_timing_differs() -> None:
    def fires(point: str) -> bool:
        return "T11" in rules([song(circles([0, 400])), song(circles([0, 400]), (point,))], [NORMAL, HARD])

    assert not fires(RED) and not fires("1,400,4,2,0,70,1,0")
    assert fires("2,400,4,2,0,70,1,0") and fires("0,400.001,4,2,0,70,1,0") and fires("0,400,3,2,0,70,1,0")


def test_settings_differ_within_a_mode() -> None:
    def fires(mode: int) -> bool:
        second = song(circles([0, 400]), mode=mode, general="Countdown: 1")
        return "D06" in rules([song(circles([0, 400])), second], [NORMAL, HARD])

    assert fires(0) and not fires(1)


def test_lowest_required() -> None:
    assert lowest_of_set(maps(3), [NORMAL, HARD, INSANE]) == [True, False, False]
    assert lowest_of_set(maps(2), [EASY, NORMAL]) == [True, False]
    assert lowest_of_set(maps(2), [HARD, INSANE]) == [False, False]


def test_lists_must_fit() -> None:
    with pytest.raises(ValueError, match="stars: 1 values for 2 maps"):
        check_set(maps(2), [NORMAL])


def test_empty_set() -> None:
    assert check_set([]) == []


def test_repairs_of_a_set() -> None:
    chosen = song(circles([0, 400]), metadata="Title:a\nTags:x y\nVersion:Hard")
    other = song(circles([0, 400]), ("5,400,4,2,0,70,1,0",), metadata="Title:b\nVersion:Easy", general="Countdown: 1")
    stars: list[float | None] = [HARD, HARD]
    texts = [write_beatmap(item) for item in (chosen, other)]
    copies, repairs = repair_set([chosen, other], stars=stars)
    assert sorted(repair.rule for repair in repairs) == ["D06", "S05", "S07", "S07"]
    again = [parse_beatmap(write_beatmap(item)) for item in copies]
    assert [finding.rule for finding in check_set(again, stars) if finding.rule in ("T11", "S05", "S07", "D06")] == [
        "T11"
    ]
    assert again[1].metadata.version == "Hard 2" and again[1].general.countdown == again[0].general.countdown
    copies, _ = repair_set([chosen, other], True)
    assert "T11" not in [finding.rule for finding in check_set(copies, stars)]
    assert repair_set(copies, True, stars=stars)[1][0].rule == "S05" and repair_set(copies, True)[1] == []
    assert [write_beatmap(item) for item in (chosen, other)] == texts
