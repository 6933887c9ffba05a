"""Maps that miss the stars that were asked for are written again, told others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import read_beatmap
from osuT5.pipeline.aiming import FINE, TOLERANCE, Aim, aim_of
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.pipeline.run import RunResult
from osuT5.request import Request, complete

from .making import body, options_for, outcomes


def tries_of(aim: Aim, model: Callable[[float], float], most: int = 6) -> list[tuple[float, float]]:
    """What is told and what comes out until the aim is content."""
    told: float | None = aim.asked
    while told is not None and len(aim.tries) < most:
        aim = aim.after(told, model(told))
        told = aim.next_told()
    return list(aim.tries)


@pytest.mark.parametrize(
    "model",
    [lambda told: told + 1.4, lambda told: 0.6 * told, lambda told: 1.5 * told - 0.5, lambda told: 0.3 * told**2],
    ids=["adds", "shrinks", "stretches", "bends"],
)
@pytest.mark.parametrize("asked", [1.5, 3.0, 4.5, 6.0])
def test_a_steady_model_is_brought_to_what_was_asked(asked: float, model: Callable[[float], float]) -> None:
    tries = tries_of(Aim(asked, highest=12.0, step=0.05), model)
    assert abs(tries[-1][1] - asked) <= TOLERANCE and len(tries) <= 6


def test_a_hit_and_what_cannot_be_told_end_the_tries() -> None:
    assert tries_of(Aim(4.0, 6.8, 0.25), lambda told: told - 0.1) == [(4.0, 3.9)]
    assert tries_of(Aim(6.0, 6.0, 0.25), lambda told: 0.5 * told) == [(6.0, 3.0)]  # no more may be told
    assert tries_of(Aim(4.0, 6.8, 0.5), lambda told: told + 0.4) == [(4.0, 4.4), (3.6, 4.0)]
    assert tries_of(Aim(4.3, 6.8, 0.5), lambda told: told + 0.25) == [(4.3, 4.55)]  # 4.05 is the same to the model


def test_a_map_without_stars_is_left_at_that() -> None:
    assert Aim(4.0, 6.8, 0.25).next_told() is None


@pytest.mark.parametrize("version, step", [("starter", 0.25), ("v29", 0.5), ("v31", FINE)])
def test_stars_that_a_model_tells_apart(version: str, step: float, debug_model: Path, clicks: Path) -> None:
    options = options_for(debug_model, version, audio_path=str(clicks), difficulty=4.0, star_tries=2)
    aim = aim_of(complete(options, preset_options(version), base_options()))
    assert aim is not None and aim.step == step


def test_of_bad_tries_the_nearest_is_followed() -> None:
    aim = Aim(4.0, 6.8, 0.25).after(4.0, 5.5).after(2.5, 5.0)  # told less, it gave hardly less
    assert aim.next_told() == 1.5
    assert aim.miss(None) > aim.miss(99.0)


@pytest.mark.parametrize(
    "options, aimed",
    [
        ({"difficulty": 4.0}, True),
        ({"difficulty": None}, False),
        ({"difficulty": 4.0, "star_tries": 1}, False),
        ({"difficulty": 4.0, "output_type": ["KIAI"]}, False),
    ],
    ids=str,
)
def test_what_is_aimed(options: dict[str, Any], aimed: bool, debug_model: Path, clicks: Path) -> None:
    request = request_of(options_for(debug_model, audio_path=str(clicks), **{"star_tries": 3, **options}))
    assert (aim_of(request) is not None) == aimed


def request_of(options: Any) -> Request:
    return complete(options, preset_options("v29"), base_options())


def made(debug_model: Path, clicks: Path, out: Path, **options: Any) -> tuple[tuple[RunResult, ...], str]:
    (outcome,), said = outcomes(
        options_for(debug_model, audio_path=str(clicks), output_path=str(out), report=True, **options)
    )
    return outcome.results, said


def test_the_nearest_map_stays_on_the_timing_of_the_first(debug_model: Path, clicks: Path, tmp_path: Path) -> None:
    asked = {"difficulty": [0.5, 1.0]}
    once, silent = made(debug_model, clicks, tmp_path / "once", **asked)
    often, said = made(debug_model, clicks, tmp_path / "often", **asked, star_tries=3)
    again, _ = made(debug_model, clicks, tmp_path / "again", **asked, star_tries=3)
    assert "written again" not in silent and 1 <= said.count("written again, told") <= 4
    for first, best, same, stars in zip(once, often, again, asked["difficulty"], strict=True):
        assert first.stars is not None and best.stars is not None
        assert abs(best.stars - stars) <= abs(first.stars - stars)
        assert body(best.path.read_text(encoding="utf-8")) == body(same.path.read_text(encoding="utf-8"))
        lines = [
            [point.text.split(",")[:3] for point in read_beatmap(result.path).timing_points if point.uninherited]
            for result in (first, best)
        ]
        assert lines[0] == lines[1]
        records = [json.loads(result.report.read_text(encoding="utf-8")) for result in (first, best) if result.report]
        assert [record["maps"][0]["timing"]["source"] for record in records] == ["timing pass"] * 2
