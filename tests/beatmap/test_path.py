"""Slider paths: pieces, flattening, fitting, places (spec 07 sections 7 and 9)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osuT5.beatmap import Slider, flatten, parse_beatmap
from osuT5.beatmap.flatten import flatten_bezier, flatten_catmull, flatten_perfect, flatten_spline
from osuT5.beatmap.path import Path, control_points, slider_path


def slider(path: str, length: str = "", x: int = 0, y: int = 0, version: int = 14) -> Slider:
    tail = f",{length}" if length else ""
    (item,) = parse_beatmap(f"osu file format v{version}\n[HitObjects]\n{x},{y},0,2,0,{path},1{tail}").hit_objects
    assert isinstance(item, Slider)
    return item


def pieces(path: str, version: int = 14) -> list[tuple[float, float, str | None]]:
    points = control_points(slider(path, version=version), version)
    return [(point.x, point.y, point.kind.value if point.kind else None) for point in points]


def test_points_are_relative_to_the_head() -> None:
    points = control_points(slider("B|110:20|130:40", x=100, y=20))
    assert [(point.x, point.y) for point in points] == [(0, 0), (10, 0), (30, 20)]


def test_doubled_points_start_a_piece() -> None:
    assert pieces("B|1:0|2:0|2:0|3:0") == [(0, 0, "bezier"), (1, 0, None), (2, 0, "bezier"), (3, 0, None)]
    assert pieces("B|1:0|1:0") == [(0, 0, "bezier"), (1, 0, None), (1, 0, None)]
    assert pieces("L|1:0|1:0|1:0|2:0") == [(0, 0, "linear"), (1, 0, "linear"), (2, 0, None)]


def test_catmull_ignores_doubled_points_below_128() -> None:
    assert pieces("C|1:0|1:0|2:0") == [(0, 0, "catmull"), (1, 0, None), (1, 0, None), (2, 0, None)]
    assert pieces("C|0:0|1:0|2:0") == [(0, 0, "catmull"), (1, 0, None), (2, 0, None)]
    assert pieces("C|1:0|1:0|2:0", 128) == [(0, 0, "catmull"), (1, 0, "catmull"), (2, 0, None)]


@pytest.mark.parametrize(
    ("path", "version", "kind"),
    [
        ("P|1:1|2:0", 14, "perfect"),
        ("P|1:0|2:0", 14, "linear"),
        ("P|1:1|2:0|3:1", 14, "bezier"),
        ("P|1:1", 14, "bezier"),
        ("P|1:0|2:0", 128, "perfect"),
        ("P|1:1", 128, "perfect"),
        ("P|1:1|2:0|3:1", 128, "bezier"),
        ("X|1:1", 14, "catmull"),
        ("b|1:1", 14, "catmull"),
    ],
)
def test_kinds(path: str, version: int, kind: str) -> None:
    assert pieces(path, version)[0][2] == kind


def test_explicit_segments_share_a_point() -> None:
    assert pieces("L|1:0|B|2:0|3:1", 128) == [(0, 0, "linear"), (1, 0, None), (2, 0, "bezier"), (3, 1, None)]
    # the shared end counts for perfect curves
    assert pieces("P|5:5|L|10:0|20:0", 128)[0] == (0, 0, "perfect")
    assert pieces("B|1:0|L") == [(0, 0, "bezier"), (1, 0, None)]


def test_degree_of_splines() -> None:
    assert control_points(slider("B4|1:1|2:0", version=128), 128)[0].degree == 4
    assert control_points(slider("B0|1:1|2:0", version=128), 128)[0].degree == 0


def test_no_letter_gives_an_empty_path() -> None:
    path = slider_path(slider("1:1|2:2", "50"))
    assert (path.length, path.position(0.5)) == (0, (0, 0))


@pytest.mark.parametrize("path", ["L", "B", "P"])
def test_a_lone_letter_is_a_point(path: str) -> None:
    fitted = slider_path(slider(path, "50"))
    assert (fitted.length, fitted.vertices) == (0, [(0, 0)])


@pytest.mark.parametrize(
    ("length", "fitted", "end"),
    [
        ("", 100, (100, 0)),
        ("0", 100, (100, 0)),
        ("-4", 100, (100, 0)),
        ("40", 40, (40, 0)),
        ("50", 50, (50, 0)),
        ("130", 130, (130, 0)),
    ],
)
def test_fitting_a_line(length: str, fitted: float, end: tuple[float, float]) -> None:
    path = slider_path(slider("L|50:0|100:0", length))
    assert path.length == fitted
    assert path.position(1) == end


def test_doubled_end_is_not_extended() -> None:
    path = slider_path(slider("L|100:0|100:0", "130"))
    assert path.length == 100


def test_places() -> None:
    path = Path([(0, 0), (30, 0), (30, 40)])
    assert path.length == 70
    assert path.position(0) == path.position(-1) == (0, 0)
    assert path.position(0.5) == pytest.approx((30, 5))
    assert path.position(2) == (30, 40)


def test_bezier_flattening() -> None:
    assert flatten_bezier([(0, 0), (10, 0)]) == [(0, 0), (10, 0)]
    vertices = flatten_bezier([(0, 0), (100, 0), (100, 100)])
    assert vertices[0] == (0, 0) and vertices[-1] == (100, 100)
    length = sum(math.dist(a, b) for a, b in zip(vertices, vertices[1:], strict=False))
    assert length == pytest.approx(162.32, abs=0.3)
    # second difference (0.5, 0): flat at once, so one inner vertex from the values of one halving
    assert flatten_bezier([(0, 0), (1, 0), (2.5, 0)]) == [(0, 0), (1.125, 0), (2.5, 0)]


def test_large_bezier_curves_take_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [(20.0 * index, 80.0 * (index % 2)) for index in range(33)]
    by_arrays = flatten_bezier(points)
    monkeypatch.setattr(flatten, "ARRAY_FROM", 1000)
    by_loops = flatten_bezier(points)
    assert len(by_arrays) == len(by_loops) > 10
    assert np.allclose(by_arrays, by_loops, atol=1e-9)


def test_perfect_flattening() -> None:
    vertices = flatten_perfect((0, 0), (50, 50), (100, 0))
    assert vertices is not None
    assert vertices[0] == pytest.approx((0, 0), abs=1e-9)
    assert vertices[-1] == pytest.approx((100, 0), abs=1e-9)
    assert all(math.hypot(x - 50, y) == pytest.approx(50) for x, y in vertices)
    assert max(y for _, y in vertices) == pytest.approx(50, abs=0.2)
    other_side = flatten_perfect((0, 0), (50, -50), (100, 0))
    assert other_side is not None and min(y for _, y in other_side) == pytest.approx(-50, abs=0.2)
    assert flatten_perfect((0, 0), (1, 0), (2, 0)) is None


def test_catmull_passes_its_points() -> None:
    vertices = flatten_catmull([(0, 0), (50, 50), (100, 0)])
    assert len(vertices) == 200
    assert vertices[0] == (0, 0) and vertices[100] == (50, 50) and vertices[-1] == (100, 0)


def test_splines() -> None:
    points = [(0.0, 0.0), (50.0, 100.0), (100.0, 0.0), (150.0, 100.0)]
    assert flatten_spline(points, 3) == flatten_spline(points, 9) == flatten_bezier(points)
    vertices = flatten_spline(points, 2)
    assert vertices[0] == (0, 0) and vertices[-1] == (150, 100)
    assert min(math.dist(vertex, (75, 50)) for vertex in vertices) < 1e-9  # the middle of the inner leg is a knot
    assert flatten_spline(points, 1) == points


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(-300, 300), st.integers(-300, 300), st.floats(0.5, 5000))
def test_a_line_ends_at_its_length(x: int, y: int, length: float) -> None:
    if not x and not y:
        return
    path = slider_path(slider(f"L|{x}:{y}", repr(length)))
    assert path.length == length
    assert math.hypot(*path.position(1)) == pytest.approx(length, rel=1e-9)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(-200, 200), st.integers(-200, 200)), min_size=2, max_size=6), st.floats(1, 400))
def test_trimming_keeps_earlier_vertices(points: list[tuple[int, int]], length: float) -> None:
    text = "|".join(f"{x}:{y}" for x, y in points)
    natural, fitted = slider_path(slider(f"B|{text}")), slider_path(slider(f"B|{text}", repr(length)))
    if natural.length > length:
        kept = len(fitted.vertices) - 1
        assert fitted.vertices[:kept] == natural.vertices[:kept]
        assert fitted.length == length
