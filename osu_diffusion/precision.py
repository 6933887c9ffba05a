"""Number formats of the refiner's matrix products."""

from __future__ import annotations

import copy

import torch

from .model import DiT


def resolved(precision: str, device: torch.device, published: bool) -> str:
    """``fp32`` or ``bf16`` for an option value; ``auto`` takes bf16 where the CPU has instructions for it."""
    if precision != "auto":
        return precision
    return "bf16" if not published and device.type == "cpu" and _cpu_multiplies_bf16() else "fp32"


def at_precision(model: DiT, precision: str) -> DiT:
    """``model`` itself for fp32; for bf16 a copy whose blocks multiply in bfloat16 (the rest stays in float32)."""
    return model if precision == "fp32" else _in_bf16(model)


def _in_bf16(model: DiT) -> DiT:
    fast = copy.deepcopy(model)
    for block in fast.blocks:
        block.to(torch.bfloat16)
    return fast


def _cpu_multiplies_bf16() -> bool:
    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(check() for check in checks if check is not None)
