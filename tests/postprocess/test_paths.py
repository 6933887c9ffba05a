"""Slider paths: simple shapes and recorded lengths and positions."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from osuT5.postprocess.paths import SliderPath
from tests.shared_data import cases, load_json

LETTERS = {"Bezier": "B", "PerfectCurve": "P", "Catmull": "C", "Linear": "L"}


def test_straight_bezier() -> None:
    path = SliderPath("B", [(0, 0), (100, 0)])
    assert path.length == 100
    assert path.position(0.25) == (25, 0)
    assert path.position(-1) == (0, 0)
    assert path.position(2) == (100, 0)
    assert path.progress_near((60, 0)) == pytest.approx(0.6, abs=1e-3)


def test_equal_points_cut_the_path() -> None:
    assert SliderPath("B", [(0, 0), (100, 0), (100, 0), (100, 50)]).length == 150


def test_arc_and_its_fallback() -> None:
    assert SliderPath("P", [(0, 0), (50, 50), (100, 0)]).length == pytest.approx(50 * math.pi, abs=0.5)
    line = [(0.0, 0.0), (50.0, 0.0), (100.0, 0.0)]
    assert SliderPath("P", line).points == SliderPath("B", line).points
    four = [(0.0, 0.0), (50.0, 50.0), (100.0, 0.0), (120.0, 9.0)]
    assert SliderPath("P", four).points == SliderPath("B", four).points


@pytest.mark.parametrize("points", [[], [(7, 7)], [(7, 7), (7, 7)]])
def test_paths_without_length(points: list[tuple[float, float]]) -> None:
    path = SliderPath("B", points)
    assert path.length == 0
    assert path.position(0.5) == (0, 0)
    assert 0 <= path.progress_near((3, 3)) <= 1


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/postprocess/slider_path*.json"))
def test_recorded(path: Path) -> None:
    for case in load_json(path):
        found = SliderPath(LETTERS[case["kind"]], case["points"])
        assert found.length == pytest.approx(case["distance"], rel=1e-6), case
        assert len(found.points) == case["n_calculated"], case
        for share, wanted in zip(case["at"], case["positions"], strict=True):
            assert found.position(share) == pytest.approx(tuple(wanted), rel=1e-6, abs=1e-6), case
        assert found.progress_near(tuple(case["progress_target"])) == pytest.approx(case["progress"], abs=1e-4), case
