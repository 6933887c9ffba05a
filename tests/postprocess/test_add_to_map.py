"""Generated stretches in existing maps: the published rewriting and the edit in place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.postprocess.add_to_map import add_to_map
from osuT5.postprocess.build import BuiltMap, build_map
from osuT5.postprocess.lines import ObjectLine
from osuT5.postprocess.seams import seam_lines
from osuT5.postprocess.sections import decode, encode, join_sections, split_sections
from tests.postprocess.reference import corpus_red_lines, differing_lines, events_of, settings_of
from tests.shared_data import SHARED, cases, load_json, need

PUBLISHED = Compat("published")
REFERENCE = (
    b"\xef\xbb\xbfosu file format v14\r\n\r\n[General]\r\nAudioFilename: a.mp3\r\n\r\n"
    b"[Events]\r\n2,4000,9000\r\n//Storyboard Layer 0\r\nSprite,Background\xff\r\n\r\n"
    b"[TimingPoints]\r\n0,500,4,2,1,60,1,0\r\n1000,-50,4,2,1,60,0,1\r\n\r\n"
    b"[Colours]\r\nCombo1 : 1,2,3\r\n\r\n"
    b"[HitObjects]\r\n1,1,1000,5,0,0:0:0:0:\r\n2,2,2000,1,0,0:0:0:0:\r\n3,3,3000,1,0,0:0:0:0:"
)
EMPTY = BuiltMap([], [], [])


def built(*times: int, timing: list[TimingLine] | None = None) -> BuiltMap:
    red = TimingLine(0, 500.0, 4, 2, -1, 80)
    objects = [ObjectLine(time, time, f"9,9,{time},1,0,0:0:-1:0:") for time in times]
    return BuiltMap(objects, [red] if timing is None else timing, [])


def difference(result: bytes, reference: bytes = REFERENCE) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came."""
    old, new = decode(reference).split("\r\n"), decode(result).split("\r\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_an_empty_range_changes_no_byte() -> None:
    assert add_to_map(REFERENCE, EMPTY, 1500, 1600) == REFERENCE
    assert encode(join_sections(split_sections(decode(REFERENCE)))) == REFERENCE


def test_only_lines_of_the_range_change() -> None:
    went, came = difference(add_to_map(REFERENCE, built(1900, 2100, 2600), 1500, 2500))
    assert went == ["2,2,2000,1,0,0:0:0:0:"]
    assert came == [
        "1500,-100,4,2,-1,80,0,0",
        "2501,-50,4,2,1,60,0,1",
        "9,9,1900,1,0,0:0:-1:0:",
        "9,9,2100,1,0,0:0:-1:0:",
    ]


def test_limits_are_inclusive() -> None:
    went, came = difference(add_to_map(REFERENCE, built(2000, 3000), 2000, 3000))
    assert went == ["2,2,2000,1,0,0:0:0:0:", "3,3,3000,1,0,0:0:0:0:"]
    assert [line for line in came if line.startswith("9,9")] == ["9,9,2000,1,0,0:0:-1:0:", "9,9,3000,1,0,0:0:-1:0:"]


def test_open_limits_and_the_last_line_without_an_end() -> None:
    result = add_to_map(REFERENCE, built(5000), 3500, None)
    assert result.endswith(b"\r\n3,3,3000,1,0,0:0:0:0:\r\n9,9,5000,1,0,0:0:-1:0:\r\n")
    result = add_to_map(REFERENCE, built(500), None, None)
    assert result.count(b"0:0:0:0:") == 0
    assert b"[TimingPoints]\r\n0,500,4,2,-1,80,1,0\r\n\r\n[Colours]" in result


def test_missing_sections_are_made() -> None:
    result = add_to_map(b"osu file format v14\n[General]\nMode: 0", built(500), None, None)
    assert result.endswith(b"Mode: 0\n[TimingPoints]\n0,500,4,2,-1,80,1,0\n\n[HitObjects]\n9,9,500,1,0,0:0:-1:0:\n\n")


def test_a_new_tempo_starts_on_its_grid_and_the_old_one_returns() -> None:
    timing = [TimingLine(100000, 400.0, 3, 2, -1, 60)]
    _, came = difference(add_to_map(REFERENCE, built(2600, timing=timing), 1500, 2700))
    assert came[0] == "2500,400,3,2,-1,60,1,0"  # 100 + 2 measures of 1200
    assert came[1].startswith("3000,") or came[1].startswith("2701,")
    assert [line.split(",")[1:3] for line in came[:-1] if line.split(",")[6] == "1"] == [["400", "3"], ["500", "4"]]


def test_seams_say_nothing_where_nothing_differs() -> None:
    red = TimingLine(0, 500.0, 4, 2, 1, 60)
    green = TimingLine(1000000, -50.0, 4, 2, 1, 60, red)
    close = TimingLine(1000000, -50.0000001, 4, 2, 1, 60, red)
    moved = TimingLine(2000000, 500.0, 4, 2, 1, 60)  # one measure later: the same grid
    assert seam_lines([red, green], [red, close], 1500, 1500) == []
    assert seam_lines([red], [moved], 3000, 3000) == []
    assert seam_lines([red], [], 3000, 3000) == []
    assert seam_lines([red], [TimingLine(0, float("nan"), 4, 2, 1, 60)], 3000, 3000)[0].offset_us == 3000000
    shifted = TimingLine(100000, 500.0, 4, 2, 1, 60)
    assert [line.offset_us for line in seam_lines([red], [shifted], 1000, 9000)] == [2100000]
    assert [line.offset_us for line in seam_lines([red], [shifted], 1000, 1200)] == [1100000]
    assert [line.offset_us for line in seam_lines([red], [shifted], 1000, 1050)] == [1000000]


def test_published_form_loses_what_it_does_not_know() -> None:
    text = add_to_map(REFERENCE, built(2100), 1500, 2500, PUBLISHED).decode()
    assert text.startswith("osu file format v14\n\n[General]\nAudioFilename:a.mp3\nAudioLeadIn:0\n")
    assert "Sprite" not in text and "Combo1" not in text and "4000,9000" not in text
    assert text.endswith("1,1,1000,5,0,0:0:0:0:\n9,9,2100,1,0,0:0:-1:0:\n3,3,3000,1,0,0:0:0:0:\n\n")


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/generation/*add_to_beatmap*.json.gz"))
def test_recorded_run(path: Path) -> None:
    case = load_json(path)
    settings, layout = case["settings"], VERSIONS[Path(case["model"]).name].layout
    reference = need(SHARED / "corpus" / "osu" / case["beatmap"]).read_bytes()
    result = build_map(
        events_of(case["final_events"]),
        corpus_red_lines(case["beatmap"]),
        settings_of(case["beatmap_config"]),
        layout,
        np.random.RandomState(0),
        near_overlaps=settings["snap_near_perfect_overlaps"],
        compat=PUBLISHED,
    )
    text = add_to_map(reference, result, settings["start_time"], settings["end_time"], PUBLISHED).decode()
    assert differing_lines(text, case["osu"]) == []


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/events/edge_cases*.json.gz"))
def test_rewriting_gives_the_reading_librarys_form(path: Path) -> None:
    compared = 0
    for name, case in load_json(path).items():
        packed = case.get("read", {}).get("packed")
        if packed is None or name == "unsorted_objects":  # the published edit sorts objects
            continue
        reference = need(SHARED / "corpus" / "osu_edge" / f"{name}.osu").read_bytes()
        assert add_to_map(reference, EMPTY, 5, 4, PUBLISHED).decode() == packed, name
        compared += 1
    assert compared


@pytest.mark.parametrize("path", cases("corpus/osu/*.osu"))
def test_real_maps_survive_outside_the_range(path: Path) -> None:
    reference = need(path).read_bytes()
    assert add_to_map(reference, EMPTY, 5, 4) == reference
    lines = decode(reference).splitlines()
    result = decode(add_to_map(reference, built(30500, 31000), 30000, 32000)).splitlines()
    outside = [line for line in lines if not any(30000 <= float(part or 0) <= 32000 for part in _numbers(line))]
    assert [line for line in outside if line not in result] == []


def _numbers(line: str) -> list[str]:
    parts = line.split(",")
    return [part for part in (parts[0], parts[2] if len(parts) > 2 else "") if part.replace(".", "").isdigit()]


def test_no_object_is_doubled_or_lost_at_the_seams() -> None:
    lines = (decode(add_to_map(REFERENCE, built(995, 1004, 1501, 2004, 2995, 3001), 1001, 2000))).split("\r\n")
    # 995 and 1004 are the object at 1000, which stays; 2004 was meant for 2000; 2995 and 3001 lie outside.
    assert [line for line in lines if line.startswith("9,9")] == ["9,9,1501,1,0,0:0:-1:0:", "9,9,2004,1,0,0:0:-1:0:"]
    assert "1,1,1000,5,0,0:0:0:0:" in lines and "3,3,3000,1,0,0:0:0:0:" in lines


def test_nothing_is_put_onto_an_object_that_stays() -> None:
    spinner = REFERENCE.replace(b"2,2,2000,1,0,0:0:0:0:", b"256,192,1400,12,0,2200,0:0:0:0:")
    result = built(1600, 2100, 2400)
    result.objects.append(ObjectLine(2450, 3100, "8,8,2450,2,0,L|9:9,1,100"))
    lines = decode(add_to_map(spinner, result, 1500, 2500)).split("\r\n")
    assert [line for line in lines if line[:2] in ("9,", "8,")] == ["9,9,2400,1,0,0:0:-1:0:"]
    mania = REFERENCE.replace(b"[Events]", b"Mode: 3\r\n\r\n[Difficulty]\r\nCircleSize:4\r\n\r\n[Events]")
    mania = mania.replace(b"2,2,2000,1,0,0:0:0:0:", b"320,192,1400,128,0,2200:0:0:0:0:")
    lines = decode(add_to_map(mania, built(1600, 2100), 1500, 2500)).split("\r\n")
    assert len([line for line in lines if line.startswith("9,9")]) == 2  # another column
