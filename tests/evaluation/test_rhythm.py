"""Rhythm scores on literal times."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.beatmap import parse_beatmap
from osuT5.evaluation.rhythm import (
    RhythmScore,
    end_time,
    nearest_distance,
    object_times,
    random_times,
    rhythm_score,
    rhythm_times,
    share_near,
)

OSU_MAP = """osu file format v14

[General]
Mode: {mode}

[Difficulty]
SliderMultiplier:1

[TimingPoints]
0,500,4,1,0,100,1,0

[HitObjects]
100,100,1000,1,0,0:0:0:0:
100,100,2000,2,0,L|200:100,2,100
256,192,4000,12,0,5000,0:0:0:0:
"""


@pytest.mark.parametrize(
    ("found", "wanted", "matched", "f1"),
    [
        ([0, 100, 200], [0, 100, 200], 3, 1.0),
        ([0, 100, 200], [25, 126], 1, 0.4),  # 25 ms is near, 26 is not
        ([0, 10], [5], 1, 2 / 3),  # a partner serves once
        ([0, 0, 0], [0], 1, 1.0),  # a chord is one moment
        ([0, 20, 40], [20, 40, 60], 3, 1.0),  # the most pairs, not the nearest
        ([], [10], 0, 0.0),
        ([], [], 0, 1.0),
    ],
)
def test_rhythm_score(found: list[float], wanted: list[float], matched: int, f1: float) -> None:
    score = rhythm_score(found, wanted)
    assert score.matched == matched
    assert score.f1 == pytest.approx(f1)


def test_scores_add_up() -> None:
    both = RhythmScore(1, 2, 4) + RhythmScore(3, 4, 4)
    assert both == RhythmScore(4, 6, 8)
    assert (both.precision, both.recall) == (4 / 6, 0.5)
    assert both.f1 == pytest.approx(2 * both.precision * both.recall / (both.precision + both.recall))


def test_nearest_distance() -> None:
    assert nearest_distance([5, 100, 30, -2], [0, 40]).tolist() == [5, 60, 10, 2]
    assert np.isinf(nearest_distance([1.0], [])).all()
    assert share_near([5, 100, 30, -2], [0, 40], 5) == 0.5
    assert share_near([], [1], 5) == 0.0


def test_times_of_a_map() -> None:
    beatmap = parse_beatmap(OSU_MAP.format(mode=0))
    assert object_times(beatmap) == [1000, 2000]
    assert rhythm_times(beatmap).tolist() == [1000, 2000, 2500, 3000]  # a repeat and an end, no spinner
    assert end_time(beatmap) == 5000


def test_drum_rolls_of_taiko_count_by_their_start() -> None:
    assert rhythm_times(parse_beatmap(OSU_MAP.format(mode=1))).tolist() == [1000, 2000]


def test_random_times_are_points_of_the_grid() -> None:
    grid = [0.0, 10.0, 20.0, 30.0]
    drawn = random_times(np.random.RandomState(0), grid, 3)
    assert len(set(drawn)) == 3 and set(drawn) <= set(grid) and (np.diff(drawn) > 0).all()
    assert random_times(np.random.RandomState(0), grid, 9).tolist() == grid
    assert random_times(np.random.RandomState(0), [], 2).tolist() == []
