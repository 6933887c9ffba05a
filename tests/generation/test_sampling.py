"""Filters and draws."""

from __future__ import annotations

import pytest
import torch

from osuT5.config import Sampling
from osuT5.generation.sampling import choose, draw, filter_top_k, filter_top_p, filtered

SCORES = torch.tensor([[0.5, 0.25, 0.125, 0.125], [0.1, 0.2, 0.3, 0.4]]).log()


def kept(scores: torch.Tensor) -> list[list[int]]:
    return [row.isfinite().nonzero().flatten().tolist() for row in scores]


@pytest.mark.parametrize(
    ("p", "expected"), [(0.3, [[0], [3]]), (0.6, [[0, 1], [2, 3]]), (0.95, [[0, 1, 2, 3], [0, 1, 2, 3]])]
)
def test_top_p_keeps_the_smallest_sufficient_set(p: float, expected: list[list[int]]) -> None:
    assert kept(filter_top_p(SCORES, p)) == expected


def test_filters_keep_a_minimum() -> None:
    assert kept(filter_top_p(SCORES, 0.01, keep=2))[1] == [2, 3]
    assert kept(filter_top_k(SCORES, 1, keep=3))[1] == [1, 2, 3]
    assert kept(filter_top_k(SCORES, 99)) == [[0, 1, 2, 3]] * 2


def test_filters_that_are_off() -> None:
    assert filtered(SCORES, Sampling(top_k=0, top_p=1.0)) is SCORES


def test_greedy_takes_the_first_maximum() -> None:
    tied = torch.tensor([[0.0, 2.0, 2.0], [1.0, 1.0, 0.0]])
    assert choose(tied, Sampling(do_sample=False), None).tolist() == [1, 0]


def test_draws_follow_the_generator_and_the_chances() -> None:
    sampling = Sampling(top_p=1.0)
    rows = SCORES[1].expand(4000, -1)
    first, again, other = (choose(rows, sampling, torch.Generator().manual_seed(seed)) for seed in (7, 7, 8))
    assert torch.equal(first, again) and not torch.equal(first, other)
    shares = torch.bincount(first, minlength=4) / 4000
    torch.testing.assert_close(shares, SCORES[1].exp(), atol=0.03, rtol=0)


def test_several_draws_of_a_row_differ() -> None:
    found = draw(SCORES, 4, torch.Generator().manual_seed(0))
    assert [sorted(row) for row in found.tolist()] == [[0, 1, 2, 3]] * 2
