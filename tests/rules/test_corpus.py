"""Any map gives findings and repairs, without exceptions: real files, damaged ones, and the maps of the rule mapper."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from osuT5.beatmap import parse_beatmap, read_beatmap, write_beatmap
from osuT5.rules import Severity, check_map, counts, repair_map
from tests.shared_data import cases, need
from tests.work import lines_run

LEVELS = ("E", "N", "H", "I", "X", None)


@pytest.mark.parametrize("path", [*cases("corpus/osu*/*.osu"), *cases("conformance/**/*.osu")])
def test_any_map(path: Path) -> None:
    beatmap = read_beatmap(need(path))
    level = LEVELS[len(path.name) % len(LEVELS)]
    findings = check_map(beatmap, level=level)
    assert findings == check_map(beatmap, level=level)
    repaired, repairs = repair_map(beatmap, level=level)
    before, after = counts(findings), counts(check_map(repaired, level=level))
    assert after[Severity.PROBLEM] <= before[Severity.PROBLEM]
    assert tuple(after.values()) < tuple(before.values()) if repairs else after == before


@pytest.mark.slow
@pytest.mark.parametrize("path", cases("corpus/osu/*.osu"))
@pytest.mark.parametrize("level", ["E", "N", "H"])
def test_asked_for_repairs_leave_fewer_problems(path: Path, level: str) -> None:
    """As a map of the level, and, where it is one of osu!, as one of catch: what is written can be read and is no worse."""
    beatmap = read_beatmap(need(path))
    for mode in {beatmap.mode, 2 if beatmap.mode == 0 else beatmap.mode}:
        beatmap.general.mode = mode
        beatmap.general.written["Mode"] = str(mode)
        before = counts(check_map(beatmap, level=level))
        repaired, repairs = repair_map(beatmap, True, level=level, problems_only=True)
        found = check_map(parse_beatmap(write_beatmap(repaired)), level=level)
        assert counts(found)[Severity.PROBLEM] <= before[Severity.PROBLEM]
        assert len(repaired.hit_objects) >= 0.95 * len(beatmap.hit_objects)
        assert mode != 2 or not [
            f for f in found if f.rule in ("C02", "C03", "C04", "C06") and f.severity is Severity.PROBLEM
        ]


@pytest.mark.parametrize("path", cases("corpus/osu/*.osu"))
def test_damaged_maps(path: Path) -> None:
    lines = need(path).read_text("utf-8", "replace").splitlines()[:250]
    rng = random.Random(len(lines))
    for _ in range(2):
        damaged = [_damaged(line, rng) if rng.random() < 0.1 else line for line in lines]
        beatmap = parse_beatmap("\n".join(damaged))
        check_map(beatmap, level="E", audio_ms=60_000.0, lowest=True, files=[])
        repaired, _ = repair_map(beatmap, True, level="H", lowest=True)
        write_beatmap(repaired)


def _damaged(line: str, rng: random.Random) -> str:
    fields = line.split(",")
    place = rng.randrange(len(fields))
    fields[place] = rng.choice(("", "0", "-1", "1e9", "99999", "NaN", "-0.001", fields[place] * 2))
    return ",".join(fields)


@pytest.mark.parametrize("mode", range(4))
@pytest.mark.parametrize("stars", [1.5, 3.3, 5.2])
def test_maps_of_the_rule_mapper(mode: int, stars: float) -> None:
    compose = pytest.importorskip("starter.songs.compose").compose
    mapper = pytest.importorskip("starter.maps.mapper")
    score = compose(7, 40_000.0)
    beatmap, measured = mapper.make_map(score, mapper.MapRequest(mode, stars, seed=3), "audio.ogg", tries=1)
    beatmap = parse_beatmap(write_beatmap(beatmap))
    text = write_beatmap(beatmap)
    repaired, repairs = repair_map(beatmap, stars=measured, audio_ms=score.length_ms)
    assert write_beatmap(beatmap) == text
    assert repairs
    assert not [f for f in check_map(repaired, measured) if f.rule in ("T01", "G01", "G02", "M01", "T09", "D05")]


@pytest.mark.parametrize("mode", range(4))
@pytest.mark.parametrize("level", ["E", "H", "I"])
def test_work_grows_with_a_pile(mode: int, level: str) -> None:
    def work(size: int) -> int:
        lines = ["osu file format v14", "[General]", f"Mode: {mode}", "[TimingPoints]", "0,400,4,2,0,70,1,0"]
        lines += ["[HitObjects]", *["256,192,1000,1,0,0:0:0:0:"] * (4 * size)]
        lines += ["100,192,1000,128,0,1400:0:0:0:0:"] * (2 * size)
        lines += ["100,100,1000,2,0,L|240:100,2,140"] * size
        beatmap = parse_beatmap("\n".join(lines))
        return lines_run(lambda: check_map(beatmap, level=level))

    assert work(200) < 2.5 * work(100)
