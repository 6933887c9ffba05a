"""Attention as CPU training in bf16 spells it out, beside the fused kernel."""

from __future__ import annotations

import pytest
import torch

from osuT5.model.attention import attend


@pytest.mark.parametrize("causal", [False, True])
def test_the_bf16_path_of_training_equals_the_fused_kernel(causal: bool) -> None:
    generator = torch.Generator().manual_seed(3)
    query, key, value = torch.randn(3, 2, 4, 33, 48, generator=generator).bfloat16().unbind()
    wanted = attend(query.float(), key.float(), value.float(), None, causal, False)
    fused = attend(query, key, value, None, causal, False)
    spelled_out = attend(query.requires_grad_(), key, value, None, causal, False)
    assert (spelled_out.float() - wanted).abs().max() < 0.03
    assert (fused.float() - wanted).abs().max() < 0.03


def test_gradients_of_the_bf16_path_point_the_same_way() -> None:
    generator = torch.Generator().manual_seed(4)
    rows = torch.randn(3, 2, 4, 20, 32, generator=generator)
    gradients = []
    for kind in (torch.float32, torch.bfloat16):
        query, key, value = (part.detach().to(kind).requires_grad_() for part in rows.unbind())
        attend(query, key, value, None, True, False).float().square().sum().backward()
        gradients.append(
            torch.cat([part.grad.float().flatten() for part in (query, key, value) if part.grad is not None])
        )
    assert torch.nn.functional.cosine_similarity(*gradients, dim=0) > 0.999
