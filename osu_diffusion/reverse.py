"""The reverse process: from a start state down the kept steps to positions (spec 04 section 7)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .schedule import Schedule

# (x (1, 2, T), original step (1,)) -> noise and variance values (1, 4, T)
Denoiser = Callable[[Tensor, Tensor], Tensor]
NoiseSource = Callable[[tuple[int, ...]], Tensor]
Hook = Callable[[Tensor], Tensor]


def gaussian(generator: torch.Generator | None = None) -> NoiseSource:
    """Unit Gaussian noise on the CPU, so that a seed means the same on every device."""
    return lambda shape: torch.randn(shape, generator=generator)


class ReverseProcess:
    """Steps of one schedule with a learned variance range. ``clamp`` bounds every predicted result (section 10)."""

    def __init__(self, schedule: Schedule, clamp: tuple[float, float], device: torch.device | str = "cpu") -> None:
        def upload(values: object) -> Tensor:
            return torch.as_tensor(values, dtype=torch.float32).to(device)

        self.steps = len(schedule)
        self.clamp = clamp
        self.timestep_map = torch.as_tensor(schedule.timestep_map).to(device)
        self._from_x = upload(schedule.sqrt_recip_alphas_cumprod)
        self._from_noise = upload(schedule.sqrt_recipm1_alphas_cumprod)
        self._mean_of_start = upload(schedule.posterior_mean_coef1)
        self._mean_of_x = upload(schedule.posterior_mean_coef2)
        self._low = upload(schedule.posterior_log_variance_clipped)
        self._high = torch.log(torch.as_tensor(schedule.betas)).float().to(device)

    def predicted_start(self, x: Tensor, noise: Tensor, step: int) -> Tensor:
        """Final positions that ``x`` and its predicted noise imply."""
        return self._from_x[step] * x - self._from_noise[step] * noise

    def step(self, x: Tensor, step: int, model: Denoiser, hook: Hook | None, noise: Tensor) -> Tensor:
        """One step down from kept step ``step``: ``x`` (n, 2, T); ``noise`` of the same shape, unused at step 0."""
        predicted, variance = model(x, self.timestep_map[step : step + 1]).float().split(2, dim=1)
        start = self.predicted_start(x, predicted, step)
        start = (hook(start) if hook else start).clamp(*self.clamp)
        mean = self._mean_of_start[step] * start + self._mean_of_x[step] * x
        if step == 0:
            return mean
        share = (variance + 1) / 2
        log_variance = share * self._high[step] + (1 - share) * self._low[step]
        return mean + torch.exp(0.5 * log_variance) * noise

    def run(
        self,
        x: Tensor,
        model: Denoiser,
        draw: NoiseSource,
        hook: Hook | None = None,
        on_step: Callable[[], None] | None = None,
        top: int | None = None,
    ) -> Tensor:
        """All steps from the highest one, or from ``top``, down to 0. Draws (2, 2, T) a step, uses the first half."""
        for step in reversed(range(self.steps if top is None else top + 1)):
            x = self.step(x, step, model, hook, self._noise(x, draw))
            if on_step:
                on_step()
        return x

    def polish(self, x: Tensor, model: Denoiser, draw: NoiseSource, hook: Hook | None, times: int) -> Tensor:
        """``times`` more passes of step 0 (section 8, refine model)."""
        for _ in range(times):
            x = self.step(x, 0, model, hook, self._noise(x, draw))
        return x

    def _noise(self, x: Tensor, draw: NoiseSource) -> Tensor:
        return draw((2, *x.shape[1:]))[:1].to(x.device)
