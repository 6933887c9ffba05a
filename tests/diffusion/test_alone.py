"""The refiner without a generator: files in, files out, and what must survive."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from osu_diffusion.alone import sample_map
from osu_diffusion.checkpoint import Refiner, save_refiner
from osu_diffusion.export import moved_map
from osu_diffusion.map_rows import rows_of
from osu_diffusion.model import DiT
from osu_diffusion.sample_options import SampleOptions
from osuT5.beatmap import Slider, parse_beatmap, read_beatmap
from osuT5.beatmap.path import slider_path
from osuT5.beatmap.play import SliderPlay
from osuT5.beatmap.timing import Timing
from tests.shared_data import cases, need

from .maps import map_text, write_map
from .test_refine import refiner

ROOT = Path(__file__).resolve().parents[2]


def checkpoint(folder: Path, steps: int = 100) -> str:
    found = refiner()
    model = DiT(replace(found.model.config, max_diffusion_step=steps))
    model.load_state_dict(found.model.state_dict())
    save_refiner(Refiner(model, found.classes), folder)
    return str(folder)


def options(tmp_path: Path, **more: object) -> SampleOptions:
    path = write_map(tmp_path / "map.osu")
    given = {"timesteps": "4,0,0,0,0,0,0,0,0,0", "checkpoint": checkpoint(tmp_path / "model"), "precision": "fp32"}
    return SampleOptions(**({"beatmap_path": str(path)} | given | more))  # type: ignore[arg-type]


def test_rows_of_a_map() -> None:
    text = map_text(objects=0).replace("[HitObjects]\n", "[HitObjects]\n%s")
    lines = "10,20,1000,5,0\n100,100,2000,2,0,B|150:50|150:50|200:100,2,140\n0,0,4000,2,0,P|50:50|100:0,3,70\n"
    found = rows_of(parse_beatmap(text % lines))
    assert found.elements.types.tolist() == [1, 4, 9, 10, 12, 4, 7, 10, 13]
    # one span is 500 ms; the red point is the first of a doubled one: place 1 of 3
    assert found.elements.times[:5] == pytest.approx([1000, 2000, 2000 + 500 / 3, 2500, 3000])
    assert found.elements.positions[2].tolist() == [150, 50]
    assert found.guides[0].entries == (1, 2, 2, 3) and found.guides[0].length == 140
    even = rows_of(parse_beatmap(text % lines), anchor_times="even").elements.times
    assert even[2] == pytest.approx(2250)


def test_a_long_slider_is_a_circle_element() -> None:
    points = "|".join(f"{x}:{x % 7}" for x in range(40))
    text = map_text(objects=0).replace("[HitObjects]\n", f"[HitObjects]\n9,9,1000,2,0,B|{points},1,40\n")
    assert rows_of(parse_beatmap(text)).elements.types.tolist() == [0]


@pytest.mark.parametrize("more", [{}, {"noise_step": 3}, {"cfg_scale": 2.0}, {"mapper_id": 5}])
def test_a_new_difficulty_is_written(tmp_path: Path, more: dict[str, object]) -> None:
    given = options(tmp_path, variants=2, **more)
    first, second = sample_map(given)
    old, new = read_beatmap(tmp_path / "map.osu"), read_beatmap(first)
    assert new.metadata.version == "Hard 0 refined 0" and read_beatmap(second).metadata.version == "Hard 0 refined 1"
    assert [item.time for item in new.hit_objects] == [item.time for item in old.hit_objects]
    assert [type(item) for item in new.hit_objects] == [type(item) for item in old.hit_objects]
    moved = [(a.x, a.y) != (b.x, b.y) for a, b in zip(old.hit_objects, new.hit_objects, strict=True)]
    assert any(moved) and not moved[-1]  # the spinner stays
    for item in new.hit_objects:
        assert 0 <= item.x <= 512 and 0 <= item.y <= 384
    if "noise_step" in more:
        assert first.read_text() != second.read_text()


def durations(path: Path) -> list[float]:
    beatmap = read_beatmap(path)
    timing = Timing.of(beatmap)
    sliders = [item for item in beatmap.hit_objects if isinstance(item, Slider)]
    return [SliderPlay(s, slider_path(s, beatmap.format_version), beatmap, timing).span_duration for s in sliders]


@pytest.mark.parametrize("keep", [True, False])
def test_sliders_keep_their_duration(tmp_path: Path, keep: bool) -> None:
    (path,) = sample_map(options(tmp_path, keep_green_lines=keep))
    assert durations(path) == pytest.approx(durations(tmp_path / "map.osu"), abs=0.01)


def test_objects_outside_the_range_survive(tmp_path: Path) -> None:
    (path,) = sample_map(options(tmp_path, start_time=10000, end_time=20000))
    old, new = read_beatmap(tmp_path / "map.osu"), read_beatmap(path)
    for one, two in zip(old.hit_objects, new.hit_objects, strict=True):
        if not 9400 < one.time <= 20000:  # a slider may begin before the range and end in it
            assert one == two


def test_hitsounds_can_be_cleared(tmp_path: Path) -> None:
    (path,) = sample_map(options(tmp_path, keep_hitsounds=False))
    assert {item.hit_sound for item in read_beatmap(path).hit_objects} == {0}
    (path,) = sample_map(options(tmp_path))
    assert {item.hit_sound for item in read_beatmap(path).hit_objects} == {0, 2}


def test_noise_needs_a_model_that_knows_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="start: noise needs a model trained on all 1000 steps"):
        sample_map(options(tmp_path, start="noise"))
    whole = options(tmp_path, start="noise", timesteps="6", checkpoint=checkpoint(tmp_path / "whole", 1000))
    first, second = sample_map(replace(whole, variants=2))
    assert read_beatmap(first).hit_objects != read_beatmap(second).hit_objects
    with pytest.raises(ValueError, match=r"noise_step: 100 is not in 0\.\.99"):
        sample_map(options(tmp_path, noise_step=100))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"beatmap_path": ""}, "beatmap_path: name the .osu file"),
        ({"start": "middle"}, "start: 'middle' is not one of map, noise"),
        ({"variants": 0}, "variants: 0 is below 1"),
        ({"checkpoint": "/nowhere"}, "refiner checkpoint: '/nowhere' is neither"),
    ],
)
def test_bad_options(tmp_path: Path, more: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sample_map(options(tmp_path, **more))


def test_other_modes_are_refused(tmp_path: Path) -> None:
    path = write_map(tmp_path / "taiko.osu", mode=1)
    with pytest.raises(ValueError, match="is no standard or catch map with objects"):
        sample_map(options(tmp_path, beatmap_path=str(path)))


def test_the_entry_prints_the_path(tmp_path: Path) -> None:
    given = options(tmp_path)
    command = [sys.executable, "osu_diffusion/sample.py", f"beatmap_path={given.beatmap_path}"]
    command += [f"checkpoint={given.checkpoint}", "timesteps='4,0,0,0,0,0,0,0,0,0'"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert Path(run.stdout.strip()).is_file()
    wrong = subprocess.run([*command, "start=middle"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert wrong.returncode == 1 and wrong.stderr.strip().endswith("error: start: 'middle' is not one of map, noise")


@pytest.mark.parametrize("path", cases("corpus/osu/*MIIRO*.osu"))
def test_an_unmoved_map_keeps_its_objects(path: Path) -> None:
    beatmap = read_beatmap(need(path))
    rows = rows_of(beatmap)
    same = moved_map(beatmap, rows, rows.elements.positions, name="x")
    assert same.hit_objects == beatmap.hit_objects and same.timing_points == beatmap.timing_points
    shifted = moved_map(beatmap, rows, rows.elements.positions + 3, name="x")
    for old, new in zip(beatmap.hit_objects, shifted.hit_objects, strict=True):
        if isinstance(old, Slider):
            assert isinstance(new, Slider) and np.allclose(np.array(new.points) - np.array(old.points), 3)
