"""Agreement of numbers: rank correlation and error of stars, distance of distributions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def mean_absolute_error(asked: Sequence[float], measured: Sequence[float]) -> float:
    """Mean of ``|measured - asked|``; NaN without values. Raises ``ValueError`` where the lengths differ."""
    pairs = _pairs(asked, measured)
    return float(np.abs(pairs[0] - pairs[1]).mean()) if pairs.shape[1] else float("nan")


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Rank correlation, ties by their mean rank; NaN where a side has fewer than two different values.

    Raises ``ValueError`` where the lengths differ.
    """
    pairs = _pairs(first, second)
    if any(len(np.unique(side)) < 2 for side in pairs):
        return float("nan")
    return float(np.corrcoef(_ranks(pairs[0]), _ranks(pairs[1]))[0, 1])


def distribution_distance(first: Sequence[float], second: Sequence[float]) -> float:
    """Earth mover's distance of two samples in their own unit; NaN where one is empty."""
    if not len(first) or not len(second):
        return float("nan")
    one, other = np.sort(np.asarray(first, np.float64)), np.sort(np.asarray(second, np.float64))
    edges = np.sort(np.concatenate((one, other)))
    below_one = np.searchsorted(one, edges[:-1], side="right") / len(one)
    below_other = np.searchsorted(other, edges[:-1], side="right") / len(other)
    return float((np.abs(below_one - below_other) * np.diff(edges)).sum())


def _pairs(first: Sequence[float], second: Sequence[float]) -> NDArray[np.float64]:
    if len(first) != len(second):
        raise ValueError(f"{len(first)} values beside {len(second)}; give as many of each")
    return np.array((first, second), np.float64)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means = last - (counts - 1) / 2
    return np.asarray(means[place], np.float64)
