"""One optimiser step: micro batches, clipping, update (spec 05 section 6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .errors import DivergedError
from .forward import micro_loss
from .optimizers import set_rate

if TYPE_CHECKING:
    from accelerate import Accelerator

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class StepResult:
    """What one step measured, in this process. ``grad_l2`` is from before clipping."""

    losses: list[float]
    grad_l2: float
    labels: int


def optimizer_step(
    accelerator: Accelerator,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    group: Sequence[tuple[Batch, float]],
    rate: float,
    clip: float,
    smoothing: float = 0.0,
    after_micro: Callable[[], None] = lambda: None,
) -> StepResult:
    """Average the losses of the micro batches and update the weights.

    Each entry of ``group`` is a batch on the device and 1.0; 0.0 marks a batch that only keeps this process in step
    with the others. Raises :class:`DivergedError` before anything is changed when loss or gradient is not finite.
    """
    losses: list[Tensor] = []
    for index, (batch, share) in enumerate(group):
        last = index == len(group) - 1
        with nullcontext() if last else accelerator.no_sync(model):
            with accelerator.autocast():
                loss = micro_loss(model, batch, smoothing)
            accelerator.backward(loss * (share / len(group)))
        if share:
            losses.append(loss.detach())
        after_micro()
    values = torch.stack(losses).float().tolist() if losses else []
    norm = clipped_norm(accelerator, model, clip)
    check_finite(values, norm, scaled=accelerator.mixed_precision == "fp16")
    set_rate(optimizer, rate)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    labels = sum(int((batch["labels"] >= 0).sum()) for batch, share in group if share)
    return StepResult(values, norm, labels)


def clipped_norm(accelerator: Accelerator, model: nn.Module, clip: float) -> float:
    """Clip the gradients to a global L2 norm and return what it was; 0 or less only measures."""
    accelerator.unscale_gradients()
    parameters = [parameter for parameter in model.parameters() if parameter.grad is not None]
    return float(torch.nn.utils.clip_grad_norm_(parameters, clip if clip > 0 else math.inf))


def check_finite(losses: Iterable[float], norm: float, scaled: bool) -> None:
    """Raise :class:`DivergedError` where training can't go on. Overflowing fp16 gradients are the scaler's business."""
    for loss in losses:
        if not math.isfinite(loss):
            raise DivergedError(f"loss is {loss}")
    if not math.isfinite(norm) and not scaled:
        raise DivergedError(f"gradient norm is {norm}")


@torch.no_grad()
def weights_norm(model: nn.Module) -> float:
    """L2 norm of all parameters that train."""
    found = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return float(torch.nn.utils.get_total_norm(found))
