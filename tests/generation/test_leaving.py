"""Rows that have ended leave the batch without changing what the others write; top-p without a whole sort."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from osuT5.config import Sampling
from osuT5.generation import sampling as sampling_module
from osuT5.generation.decode import Guidance, Stepper, decode_rows
from osuT5.generation.sampling import draw, filter_top_p
from osuT5.model.cache import DecoderCache
from tests.model.tiny import FAMILIES, TOKENS, VOCABULARY, tiny_model

PROMPTS = [[1, 7, 9], [1, 8], [1, 5, 6, 4, 12], [1, 30], [1, 31, 32]]
LIMITS = [3, 20, 1, 11, 40]


def left_padded(prompts: list[list[int]]) -> Tensor:
    longest = max(map(len, prompts))
    return torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts])


def decoded(family: str, windows: int, leave: bool, scale: float, sample: bool) -> list[list[int]]:
    model = tiny_model(family)
    torch.manual_seed(1)
    encoded = torch.randn(windows, 32, model.config.backbone.d_model)
    stepper = Stepper(model, DecoderCache(), Guidance(scale))
    with torch.inference_mode():
        return decode_rows(
            stepper,
            model.decoder.cross_keys_values(encoded),
            left_padded(PROMPTS),
            left_padded(PROMPTS[::-1]) if scale > 1 else None,
            [],
            Sampling(do_sample=sample, cfg_scale=scale, top_p=1.0),
            torch.zeros(VOCABULARY + 10, dtype=torch.bool),
            torch.tensor(LIMITS),
            [torch.Generator().manual_seed(row) for row in range(len(PROMPTS))],
            leave=leave,
        )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("windows", [1, len(PROMPTS)])
@pytest.mark.parametrize("scale, sample", [(1.0, False), (2.0, False), (1.0, True)])
def test_the_others_write_the_same(family: str, windows: int, scale: float, sample: bool) -> None:
    stay, leave = (decoded(family, windows, leave, scale, sample) for leave in (False, True))
    assert leave == stay and [len(row) for row in leave] == LIMITS
    assert max(LIMITS) + max(map(len, PROMPTS)) <= TOKENS


def test_a_row_draws_what_it_draws_alone() -> None:
    scores = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    together = [torch.Generator().manual_seed(seed) for seed in range(3)]
    alone = [torch.Generator().manual_seed(seed) for seed in range(3)]
    first = draw(scores, 1, together, torch.tensor([True, False, True]))
    second = draw(scores, 1, together)
    assert first[1].item() == 0
    for row in (0, 2):
        assert [first[row].item(), second[row].item()] == [
            draw(scores[row : row + 1], 1, alone[row]).item() for _ in "ab"
        ]
    assert second[1].item() == draw(scores[1:2], 1, alone[1]).item()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.99, 0.9999])
@pytest.mark.parametrize("sharpness", [0.1, 1.0, 4.0, 12.0])
def test_top_p_of_a_few_is_top_p_of_all(p: float, sharpness: float, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = sharpness * torch.randn(6, 4000, generator=torch.Generator().manual_seed(3))
    scores[1, 50:] = float("-inf")
    fast = filter_top_p(scores, p, keep=3)
    monkeypatch.setattr(sampling_module, "FEW", 4000)
    torch.testing.assert_close(fast, filter_top_p(scores, p, keep=3), rtol=0, atol=0)
