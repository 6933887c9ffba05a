"""Number formats of the refiner's matrix products."""

from __future__ import annotations

import copy

import torch

from .model import DiT


def at_precision(model: DiT, precision: str) -> DiT:
    """``model`` itself for fp32; for bf16 a copy whose blocks multiply in bfloat16 (its ends stay in float32)."""
    return model if precision == "fp32" else _in_bf16(model)


def _in_bf16(model: DiT) -> DiT:
    fast = copy.deepcopy(model)
    for block in fast.blocks:
        block.to(torch.bfloat16)
    return fast
