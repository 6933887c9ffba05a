"""Which repairs a made map gets: none, the safe ones, or those that change how it plays too."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from osuT5.beatmap import parse_beatmap
from osuT5.compat import Compat
from osuT5.generation.plan import TimingSource
from osuT5.options import InferenceOptions
from osuT5.pipeline.gate import Gated, repaired
from osuT5.request import Request
from osuT5.rules import Level, Severity, check_map, level_of_stars

HEAD = """osu file format v14

[General]
PreviewTime: -1
Mode: 2

[Difficulty]
HPDrainRate:3
CircleSize:3
OverallDifficulty:4
ApproachRate:4
SliderMultiplier:1.4
SliderTickRate:1

[TimingPoints]
0,400,4,2,0,70,1,0

[HitObjects]
"""
PLACES = [(0, 0), (400, 400), (800, 380), (1200, 60), (1600, 40), (2400, 400), (2800, 60), (3200, 60)]
TEXT = HEAD + "\n".join(f"{x},192,{time + 4000 * part},1,8,0:0:0:0:" for part in range(9) for time, x in PLACES) + "\n"


def gate(compat: str = "corrected", text: str = TEXT, **changes: Any) -> Gated:
    """``text`` as a run with these options would hand it out."""
    options = replace(InferenceOptions(), output_type=["map"], **changes)
    request = SimpleNamespace(options=options, compat=Compat(compat), plan=SimpleNamespace(timing=TimingSource.MAIN))
    return repaired(cast(Request, request), text, 40_000.0)


def problems(made: Gated) -> set[str]:
    assert made.beatmap is not None
    found = check_map(made.beatmap, stars=made.stars, audio_ms=40_000.0)
    return {item.rule for item in found if item.severity is Severity.PROBLEM}


@pytest.mark.parametrize(
    "options",
    [{"map_repairs": "none"}, {"check_rules": False}, {"compat": "published"}, {"add_to_beatmap": True}],
    ids=str,
)
def test_nothing_is_touched(options: dict[str, Any]) -> None:
    made = gate(**{"map_repairs": "gameplay", **options})
    assert made.text == TEXT and made.repairs == () and "H10" in problems(made)


def test_safe_repairs_leave_the_places() -> None:
    made = gate()
    assert made.beatmap is not None and made.repairs
    assert [item.x for item in made.beatmap.hit_objects] == [item.x for item in parse_beatmap(TEXT).hit_objects]
    assert problems(made) & {"C02", "C04", "C06"} and "H10" not in problems(made)


def test_gameplay_repairs_leave_no_problem_of_the_level_that_the_map_has_then() -> None:
    made = gate(map_repairs="gameplay")
    assert made.stars is not None and level_of_stars(made.stars) in (Level.E, Level.N)
    assert problems(made) == set() and made.objects == 9 * len(PLACES)
    assert made.text == gate(map_repairs="gameplay").text
    assert gate(text=made.text, map_repairs="gameplay").repairs == ()


def test_no_more_than_a_twentieth_is_dropped() -> None:
    """A taiko map of one level whose runs are all too long stays as it is, but for what is safe."""
    rows = [f"256,192,{100 * number + 300 * (number // 9)},1,0,0:0:0:0:" for number in range(270)]
    made = gate(text=HEAD.replace("Mode: 2", "Mode: 1") + "\n".join(rows) + "\n", map_repairs="gameplay")
    assert made.objects >= 0.95 * 270
