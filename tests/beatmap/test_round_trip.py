"""Reading, writing and reading again keeps every real file as it is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from osuT5.beatmap import parse_beatmap, write_beatmap
from osuT5.beatmap.compare import differences
from tests.shared_data import SHARED, cases, load_json, need


def check_round_trip(data: bytes, early_offset: bool = True) -> None:
    beatmap = parse_beatmap(data, early_offset=early_offset)
    text = write_beatmap(beatmap)
    again = parse_beatmap(text)
    assert differences(beatmap, again) == []
    assert [item.index for item in again.hit_objects] == [item.index for item in beatmap.hit_objects]
    assert write_beatmap(again) == text


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("corpus/osu*/*.osu"))
def test_corpus(path: Path) -> None:
    check_round_trip(need(path).read_bytes())


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("corpus/song/*.osz"))
def test_songs(path: Path) -> None:
    with zipfile.ZipFile(need(path)) as archive:
        maps = [archive.read(name) for name in archive.namelist() if name.endswith(".osu")]
    assert maps
    for data in maps:
        check_round_trip(data)


@pytest.mark.parity
@pytest.mark.parametrize("case", cases("conformance/cases/*.json"))
def test_conformance_inputs(case: Path) -> None:
    facts = load_json(case)
    data = need(SHARED / "conformance" / facts["input"]).read_bytes()
    if facts["round_trip"]:
        check_round_trip(data, facts["apply_offset"])
    else:
        parse_beatmap(write_beatmap(parse_beatmap(data)))
