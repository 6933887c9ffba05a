"""Noise schedules and respacing (spec 04 section 6). NumPy only; all constants in float64."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SCHEDULES = ("squaredcos_cap_v2", "linear")


@dataclass(frozen=True)
class Schedule:
    """Constants of one reverse process, an entry a kept step. ``timestep_map`` gives the original step numbers."""

    timestep_map: np.ndarray
    betas: np.ndarray
    alphas_cumprod: np.ndarray
    alphas_cumprod_prev: np.ndarray
    sqrt_recip_alphas_cumprod: np.ndarray
    sqrt_recipm1_alphas_cumprod: np.ndarray
    posterior_variance: np.ndarray
    posterior_log_variance_clipped: np.ndarray
    posterior_mean_coef1: np.ndarray
    posterior_mean_coef2: np.ndarray

    def __len__(self) -> int:
        return len(self.betas)


def betas_of(name: str, steps: int = 1000) -> np.ndarray:
    """Betas of a named schedule. Raises ``ValueError`` for an unknown name."""
    if name == "linear":
        scale = 1000 / steps
        return np.linspace(scale * 0.0001, scale * 0.02, steps, dtype=np.float64)
    if name == "squaredcos_cap_v2":
        level = [_cosine_level(i / steps) for i in range(steps + 1)]
        return np.array([min(1 - level[i + 1] / level[i], 0.999) for i in range(steps)])
    raise ValueError(f"noise schedule: {name!r} is not one of {', '.join(SCHEDULES)}")


def kept_steps(steps: int, sections: Sequence[int] | str | None) -> list[int]:
    """Original step numbers that a respacing keeps, ascending.

    ``sections``: step counts of equal runs, a comma string of them, ``"ddimN"``, or empty for all.
    Raises ``ValueError`` where a run has fewer steps than asked for.
    """
    if sections is None or len(sections) == 0:
        return list(range(steps))
    if isinstance(sections, str):
        if sections.startswith("ddim"):
            return _even_stride(steps, int(sections[4:]))
        sections = [int(part) for part in sections.split(",")]
    size, extra = divmod(steps, len(sections))
    kept: set[int] = set()
    start = 0
    for index, count in enumerate(sections):
        run = size + (1 if index < extra else 0)
        kept.update(_spread(start, run, count))
        start += run
    if not kept:
        raise ValueError("timesteps: no step is kept")
    return sorted(kept)


def make_schedule(
    name: str = "squaredcos_cap_v2", steps: int = 1000, sections: Sequence[int] | str | None = None
) -> Schedule:
    """The schedule ``name`` over ``steps`` steps, respaced to ``sections``. Raises ``ValueError``."""
    kept = kept_steps(steps, sections)
    level = np.cumprod(1.0 - betas_of(name, steps))[kept]
    before = np.append(1.0, level[:-1])
    return _constants(np.array(kept), 1 - level / before)


def _constants(kept: np.ndarray, betas: np.ndarray) -> Schedule:
    alphas = 1.0 - betas
    level = np.cumprod(alphas)
    before = np.append(1.0, level[:-1])
    variance = betas * (1.0 - before) / (1.0 - level)
    floor = np.append(variance[1], variance[1:]) if len(variance) > 1 else betas
    return Schedule(
        timestep_map=kept,
        betas=betas,
        alphas_cumprod=level,
        alphas_cumprod_prev=before,
        sqrt_recip_alphas_cumprod=np.sqrt(1.0 / level),
        sqrt_recipm1_alphas_cumprod=np.sqrt(1.0 / level - 1),
        posterior_variance=variance,
        posterior_log_variance_clipped=np.log(floor),
        posterior_mean_coef1=betas * np.sqrt(before) / (1.0 - level),
        posterior_mean_coef2=(1.0 - before) * np.sqrt(alphas) / (1.0 - level),
    )


def _cosine_level(u: float) -> float:
    return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2


def _spread(start: int, run: int, count: int) -> list[int]:
    if count > run:
        raise ValueError(f"timesteps: {count} steps asked of a section of {run}")
    if count < 0:
        raise ValueError(f"timesteps: {count} is below 0")
    stride = (run - 1) / (count - 1) if count > 1 else 1.0
    taken, position = [], 0.0
    for _ in range(count):
        taken.append(start + round(position))
        position += stride
    return taken


def _even_stride(steps: int, count: int) -> list[int]:
    for stride in range(1, steps):
        if len(range(0, steps, stride)) == count:
            return list(range(0, steps, stride))
    raise ValueError(f"timesteps: no integer stride gives {count} of {steps} steps")
