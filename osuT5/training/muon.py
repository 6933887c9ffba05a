"""Muon: momentum whose matrix is made nearly orthogonal; vectors and tables go through Adam (spec 05 section 6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

MOMENTUM = 0.95
ITERATIONS = 6
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
BETAS = (0.90, 0.95)
EPS = 1e-8
MAX_ROWS = 10_000


def uses_muon(name: str, parameter: Tensor) -> bool:
    """Whether a parameter belongs to the Muon class; all others are Adam's."""
    lowered = name.lower()
    named = "embed" in lowered or "proj_out" in lowered
    return not named and parameter.ndim >= 2 and parameter.shape[0] < MAX_ROWS


def orthogonal(update: Tensor) -> Tensor:
    """The bf16 iteration towards the nearest matrix whose singular values are about 1; ``update`` has two axes."""
    a, b, c = COEFFICIENTS
    x = update.bfloat16()
    x = x / (x.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """One group with both classes. ``adam_lr_ratio`` is base_lr_2 / base_lr.

    Published recipes scale only the weight decay by it (``legacy``); otherwise Adam's steps are scaled too.
    """

    def __init__(
        self,
        named: Iterable[tuple[str, Tensor]],
        lr: float,
        adam_lr_ratio: float = 1.0,
        weight_decay: float = 0.0,
        legacy: bool = False,
    ) -> None:
        pairs = list(named)
        roles = [uses_muon(name, parameter) for name, parameter in pairs]
        ordered = [p for (_, p), role in zip(pairs, roles, strict=True) if role]
        ordered += [p for (_, p), role in zip(pairs, roles, strict=True) if not role]
        super().__init__(ordered, {"lr": lr, "adam_lr_ratio": adam_lr_ratio, "weight_decay": weight_decay})
        self.param_groups[0]["muon_count"] = sum(roles)
        self.param_groups[0]["legacy"] = legacy

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Parameters without a gradient are left alone."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for index, parameter in enumerate(group["params"]):
                if parameter.grad is None:
                    continue
                if index < group["muon_count"]:
                    self._muon(parameter, group)
                else:
                    self._adam(parameter, group)
        return loss

    def _muon(self, parameter: Tensor, group: dict[str, Any]) -> None:
        gradient, state = parameter.grad, self.state[parameter]
        assert gradient is not None
        flat = gradient.reshape(gradient.shape[0], -1)
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(flat)
        momentum = state["momentum"]
        momentum.mul_(MOMENTUM).add_(flat)
        direction = orthogonal(flat.add(momentum, alpha=MOMENTUM))
        direction = direction * math.sqrt(max(1.0, flat.shape[0] / flat.shape[1]))  # in bf16, as recipes were tuned
        parameter.add_(direction.reshape(parameter.shape).to(parameter.dtype), alpha=-group["lr"])

    def _adam(self, parameter: Tensor, group: dict[str, Any]) -> None:
        gradient, state = parameter.grad, self.state[parameter]
        assert gradient is not None
        if "step" not in state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["mean"], state["square"] = torch.zeros_like(gradient), torch.zeros_like(gradient)
        state["step"] += 1
        step = int(state["step"])
        mean, square = state["mean"], state["square"]
        mean.lerp_(gradient, 1 - BETAS[0])
        square.lerp_(gradient.square(), 1 - BETAS[1])
        rate = group["lr"] * (1.0 if group["legacy"] else group["adam_lr_ratio"])
        parameter.mul_(1 - group["lr"] * group["adam_lr_ratio"] * group["weight_decay"])
        correction = math.sqrt(1 - BETAS[1] ** step) / (1 - BETAS[0] ** step)
        parameter.addcdiv_(mean, square.sqrt().add_(EPS), value=-rate * correction)
