"""Scores by hand (spec 06 sections 1.4 and 11)."""

from __future__ import annotations

import pytest
import torch

from osuT5.modding.surprisal import surprisals


def logits_of(*chances: float) -> torch.Tensor:
    return torch.tensor([chances], dtype=torch.float64).log().float()


def test_certain_and_right_is_no_surprise() -> None:
    found = surprisals(torch.tensor([[1000.0, 0.0, 0.0]]), torch.tensor([0]))
    assert found.relative.tolist() == [0.0]
    assert found.likeliest.tolist() == [0]


def test_any_token_of_a_uniform_distribution_scores_one() -> None:
    found = surprisals(torch.zeros(5, 5), torch.arange(5))
    assert found.surprisal.tolist() == pytest.approx(found.entropy.tolist(), abs=1e-6)
    assert found.relative.tolist() == pytest.approx([1.0] * 5, abs=1e-6)


def test_three_tokens_by_hand() -> None:
    rows = logits_of(0.5, 0.25, 0.25).expand(3, 3)
    found = surprisals(rows, torch.tensor([0, 1, 2]))
    assert found.surprisal.tolist() == pytest.approx([1, 2, 2], abs=1e-6)
    assert found.entropy.tolist() == pytest.approx([1.5] * 3, abs=1e-6)  # 0.5 + 2 * 0.25 * 2
    assert found.relative.tolist() == pytest.approx([2 / 3, 4 / 3, 4 / 3], abs=1e-6)
    assert found.likeliest.tolist() == [0, 0, 0]


def test_the_impossible_is_bounded() -> None:
    found = surprisals(torch.tensor([[0.0, 0.0, -1000.0]]), torch.tensor([2]))
    assert found.surprisal.tolist() == pytest.approx([33.219], abs=1e-3)  # -log2(1e-10)
    assert found.relative.tolist() == pytest.approx([33.219], abs=1e-3)


def test_no_entropy_means_zero() -> None:
    found = surprisals(torch.tensor([[1000.0, 0.0]]), torch.tensor([1]))
    assert found.surprisal.item() > 33
    assert found.relative.tolist() == [0.0]
