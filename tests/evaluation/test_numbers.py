"""Correlation, error and distance on literal numbers."""

from __future__ import annotations

import math

import pytest

from osuT5.evaluation.numbers import distribution_distance, mean_absolute_error, spearman


def test_mean_absolute_error() -> None:
    assert mean_absolute_error([1, 2, 3], [1.5, 2, 2]) == 0.5
    assert math.isnan(mean_absolute_error([], []))
    with pytest.raises(ValueError, match="3 values beside 2"):
        mean_absolute_error([1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    ("first", "second", "rho"),
    [
        ([1, 2, 3, 4], [10, 20, 300, 4000], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 2, 3], [1, 3, 2], 0.5),
        ([1, 2, 2, 3], [1, 2, 3, 4], 0.9486832980505138),  # ties, as scipy.stats.spearmanr
    ],
)
def test_spearman(first: list[float], second: list[float], rho: float) -> None:
    assert spearman(first, second) == pytest.approx(rho)


def test_spearman_needs_two_different_values() -> None:
    assert math.isnan(spearman([1, 2, 3], [2, 2, 2]))
    assert math.isnan(spearman([1], [1]))


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [([0, 1, 3], [5, 6, 8], 5.0), ([1, 2], [2, 1], 0.0), ([0], [0, 4], 2.0), ([0, 0, 0, 4], [0, 4], 1.0)],
)
def test_distribution_distance(first: list[float], second: list[float], distance: float) -> None:
    assert distribution_distance(first, second) == pytest.approx(distance)


def test_distance_to_nothing_is_unknown() -> None:
    assert math.isnan(distribution_distance([], [1]))
