"""Learning rate by optimiser step (spec 05 section 6)."""

from __future__ import annotations

import math

from ..compat import Compat
from .options import OptimOptions

WARMUP_START = 0.5  # of the base rate


def learning_rate(optim: OptimOptions, step: int, compat: Compat | None = None) -> float:
    """Rate of optimiser step ``step`` (0 is the first), whatever the number of processes.

    Warm-up from half the base rate, constant for ``sustain_steps``, then down to ``final_cosine`` at ``total_steps``.
    """
    if step < optim.warmup_steps:
        return optim.base_lr * (WARMUP_START + (1 - WARMUP_START) * step / optim.warmup_steps)
    step -= optim.warmup_steps
    if step < optim.sustain_steps:
        return optim.base_lr
    length = max(optim.total_steps - optim.warmup_steps - optim.sustain_steps, 1)
    part = (step - optim.sustain_steps) / length
    if part > 1 and not (optim.lr_scheduler == "cosine" and (compat or Compat()).published("schedule_past_end")):
        part = 1.0
    if optim.lr_scheduler == "linear":
        return optim.base_lr + (optim.final_cosine - optim.base_lr) * part
    return optim.final_cosine + (optim.base_lr - optim.final_cosine) * (1 + math.cos(math.pi * part)) / 2
