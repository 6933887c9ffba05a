"""The loss of one step: error of the predicted noise, and a variational term for the variance (spec 04 section 9)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..schedule import Schedule

HALF_BIN = 1 / 255


class DiffusionLoss:
    """Losses on the full process of ``schedule``. Constants live on ``device``."""

    def __init__(self, schedule: Schedule, device: torch.device | str = "cpu", l1: bool = False) -> None:
        level = torch.as_tensor(schedule.alphas_cumprod)
        self._l1 = l1
        self._signal = level.sqrt().float().to(device)
        self._noise = (1 - level).sqrt().float().to(device)
        self._from_x = torch.as_tensor(schedule.sqrt_recip_alphas_cumprod).float().to(device)
        self._from_noise = torch.as_tensor(schedule.sqrt_recipm1_alphas_cumprod).float().to(device)
        self._mean_of_start = torch.as_tensor(schedule.posterior_mean_coef1).float().to(device)
        self._mean_of_x = torch.as_tensor(schedule.posterior_mean_coef2).float().to(device)
        self._low = torch.as_tensor(schedule.posterior_log_variance_clipped).float().to(device)
        self._high = torch.log(torch.as_tensor(schedule.betas)).float().to(device)

    def noised(self, start: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """State at steps ``t`` (N,) of clean positions (N, 2, T)."""
        return _at(self._signal, t) * start + _at(self._noise, t) * noise

    def __call__(self, out: Tensor, start: Tensor, x: Tensor, t: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Noise error and variational term (N,) of a model's output (N, 4, T) at the state ``x``."""
        predicted, variance = out.float().split(2, dim=1)
        error = noise - predicted
        main = (error.abs() if self._l1 else error**2).mean(dim=(1, 2))
        return main, self._variational(predicted.detach(), variance, start, x, t)

    def _variational(self, predicted: Tensor, variance: Tensor, start: Tensor, x: Tensor, t: Tensor) -> Tensor:
        """Bits: divergence from the true posterior, at step 0 the likelihood of the clean positions."""
        share = (variance + 1) / 2
        log_variance = share * _at(self._high, t) + (1 - share) * _at(self._low, t)
        guess = _at(self._from_x, t) * x - _at(self._from_noise, t) * predicted
        mean = _at(self._mean_of_start, t) * guess + _at(self._mean_of_x, t) * x
        true_mean = _at(self._mean_of_start, t) * start + _at(self._mean_of_x, t) * x
        gap = _at(self._low, t) - log_variance
        divergence = 0.5 * (-1 - gap + gap.exp() + (true_mean - mean) ** 2 * torch.exp(-log_variance))
        likelihood = -_discretised_log_likelihood(start, mean, 0.5 * log_variance)
        bits = torch.where((t == 0)[:, None, None], likelihood, divergence)
        return bits.mean(dim=(1, 2)) / math.log(2)


def _at(constants: Tensor, t: Tensor) -> Tensor:
    return constants[t][:, None, None]


def _cdf(z: Tensor) -> Tensor:
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))


def _discretised_log_likelihood(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Log probability of the bin around ``x``; bins at the edges of -1..1 are open."""
    sharpness, centred = torch.exp(-log_scale), x - mean
    below, above = _cdf(sharpness * (centred - HALF_BIN)), _cdf(sharpness * (centred + HALF_BIN))
    inner = torch.log((above - below).clamp(min=1e-12))
    upper = torch.log((1 - below).clamp(min=1e-12))
    lower = torch.log(above.clamp(min=1e-12))
    return torch.where(x < -0.999, lower, torch.where(x > 0.999, upper, inner))
