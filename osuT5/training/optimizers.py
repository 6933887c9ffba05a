"""The four optimisers and their parameter groups (spec 05 section 6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from .muon import Muon
from .options import OptimOptions

_NO_DECAY = ("bias", "LayerNorm", "layernorm", "layer_norm", "ln")


class AdamWScale(torch.optim.Optimizer):
    """Adam whose step is multiplied by the root mean square of the weights, at least 1e-3; decay after the step."""

    def __init__(
        self,
        params: Any,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Parameters without a gradient are left alone."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)
        return loss

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        gradient, state = parameter.grad, self.state[parameter]
        assert gradient is not None
        if "step" not in state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["mean"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        state["step"] += 1
        step, (beta1, beta2) = int(state["step"]), group["betas"]
        mean, square = state["mean"], state["square"]
        mean.mul_(beta1).add_(gradient, alpha=1 - beta1)
        square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        rms = parameter.norm() / math.sqrt(parameter.numel())
        rate = group["lr"] * math.sqrt(1 - beta2**step) / (1 - beta1**step) * rms.clamp(min=1e-3)
        parameter.sub_(rate * mean / square.sqrt().add_(group["eps"]))
        if group["weight_decay"] > 0:
            parameter.mul_(1 - group["lr"] * group["weight_decay"])


def decays(name: str) -> bool:
    """Whether weight decay applies to a parameter of this name."""
    return not any(part in name for part in _NO_DECAY)


def parameter_groups(named: Iterable[tuple[str, Tensor]], weight_decay: float) -> list[dict[str, Any]]:
    """Two groups: with weight decay, and without."""
    pairs = list(named)
    return [
        {"params": [p for name, p in pairs if decays(name)], "weight_decay": weight_decay},
        {"params": [p for name, p in pairs if not decays(name)], "weight_decay": 0.0},
    ]


def build_optimizer(named: Iterable[tuple[str, Tensor]], optim: OptimOptions) -> torch.optim.Optimizer:
    """The optimiser of a run over the parameters that train."""
    pairs = [(name, parameter) for name, parameter in named if parameter.requires_grad]
    if optim.name == "muon":
        ratio = optim.base_lr_2 / optim.base_lr
        return Muon(pairs, optim.base_lr, ratio, optim.weight_decay, optim.muon_adam_lr == "legacy")
    groups = parameter_groups(pairs, optim.weight_decay)
    if optim.name == "adamwscale":
        return AdamWScale(groups, optim.base_lr)
    if optim.name == "adafactor":
        return torch.optim.Adafactor(groups, lr=optim.base_lr)
    return torch.optim.AdamW(groups, lr=optim.base_lr)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group the same learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
