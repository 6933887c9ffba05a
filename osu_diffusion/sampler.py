"""Samples the positions of a whole map: windows, in-painting, slider ends, extra passes (spec 04 section 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from osuT5.compat import Compat

from .attention import Band, band_mask
from .checkpoint import Refiner
from .compiled import Forward, compiled
from .coordinates import context_of_elements, in_pixels, normalised
from .elements import LAST_OF_HEADS, Elements
from .guides import SliderGuide
from .model import DiT
from .precision import at_precision, resolved
from .reverse import Denoiser, NoiseSource, ReverseProcess
from .schedule import make_schedule
from .settings import RefinerSettings
from .slider_ends import SliderEnds
from .windows import window_bounds


def free_elements(elements: Elements, settings: RefinerSettings, compat: Compat) -> np.ndarray:
    """(T,) True where an element may change: inside start and end time, both inclusive, and of a kind that moves."""
    inside = _in_range(elements.times, settings, compat)
    return inside if settings.heads else inside & (elements.types > LAST_OF_HEADS)


def _in_range(times: np.ndarray, settings: RefinerSettings, compat: Compat) -> np.ndarray:
    start = -np.inf if settings.start_time is None else settings.start_time
    end = np.inf if settings.end_time is None else settings.end_time
    if not compat.published("refiner_sorted_times"):
        return (times >= start) & (times <= end)
    index = np.arange(len(times))
    return (index >= np.searchsorted(times, start, "left")) & (index < np.searchsorted(times, end, "right"))


@dataclass(frozen=True)
class _Window:
    """One window: start state (1, 2, T), context (1, 272, T), free elements (T,), slider ends, mask."""

    x: Tensor
    context: Tensor
    free: Tensor
    ends: SliderEnds
    mask: Tensor | Band


class Sampler:
    """Samples maps with one refiner and one set of options.

    ``polish`` is the model of the extra passes at step 0. Raises ``ValueError`` for steps that cannot be kept.
    """

    def __init__(
        self,
        refiner: Refiner,
        settings: RefinerSettings,
        compat: Compat,
        *,
        polish: Refiner | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        config = refiner.model.config
        schedule = make_schedule(config.noise_schedule, config.diffusion_steps, settings.timesteps)
        self._device = next(refiner.model.parameters()).device
        precision = resolved(settings.precision, self._device, compat.published("refiner_precision"))
        self._model = at_precision(refiner.model, precision)
        self._polish = None if polish is None else at_precision(polish.model, precision)
        if polish is not None and compat.published("refiner_polish_model"):
            self._polish = self._model
        self._process = ReverseProcess(schedule, config.clamp, self._device)
        self._settings, self._compat, self._config = settings, compat, config
        self._progress = progress
        self._compiled: dict[Forward, Forward] = {}
        self._done = self._total = 0

    def refined(
        self, elements: Elements, guides: Sequence[SliderGuide], vectors: np.ndarray, noise: NoiseSource
    ) -> np.ndarray:
        """New positions (T, 2) in px for ``elements``; ``vectors`` (2, K) are the class vectors."""
        start = normalised(elements.positions, self._config.family)
        if self._settings.random_init:
            start = noise((2, *start.shape))[0]
        return self.sampled(start, elements, guides, vectors, noise)

    @torch.inference_mode()
    def sampled(
        self,
        start: Tensor,
        elements: Elements,
        guides: Sequence[SliderGuide],
        vectors: np.ndarray,
        noise: NoiseSource,
        top: int | None = None,
        free: np.ndarray | None = None,
    ) -> np.ndarray:
        """As :meth:`refined`, from the state ``start`` (2, T) at kept step ``top`` (default: the highest).

        ``free`` (T,) says what may change, in place of the settings' start and end time.
        """
        settings = self._settings
        start = start.to(self._device)
        context = context_of_elements(elements).to(self._device)
        free = free_elements(elements, settings, self._compat) if free is None else free
        classes = torch.as_tensor(vectors).to(self._device)
        short = not self._compat.published("refiner_short_maps")
        bounds = window_bounds(len(elements), settings.max_seq_len, settings.overlap_buffer, short)
        self._done, self._total = 0, len(bounds) * (self._process.steps if top is None else top + 1)
        full, overlap = start.clone(), settings.overlap_buffer
        for begin, end in bounds:
            movable = free[begin:end].copy()
            if begin > 0:
                movable[:overlap] = False
                again = slice(begin + overlap, begin + 2 * overlap)
                full[:, again] = start[:, again]
            if movable.any():
                window = self._window(full[:, begin:end], context[:, begin:end], movable, guides, begin)
                full[:, begin:end] = self._sample_window(window, classes, noise, top)[:, : end - begin]
        return in_pixels(full, self._config.family).T.cpu().numpy().astype(np.float64)

    def _window(
        self, x: Tensor, context: Tensor, free: np.ndarray, guides: Sequence[SliderGuide], begin: int
    ) -> _Window:
        length = x.shape[1]
        only_free = None if self._compat.published("refiner_moves_fixed_ends") else free
        ends = SliderEnds(guides, begin, begin + length, only_free, self._config.family)
        movable = torch.as_tensor(free).to(self._device)
        missing = self._settings.max_seq_len - length if self._settings.pad_sequence else 0
        if missing > 0:
            x, context, movable = (functional.pad(part, (0, missing)) for part in (x, context, movable))
        return _Window(x[None], context[None], movable, ends, self._mask(length, missing))

    def _mask(self, length: int, missing: int) -> Tensor | Band:
        if missing > 0 and self._compat.published("refiner_padding"):
            open_padding = functional.pad(band_mask(length, self._config.band), (0, missing, 0, missing))
            return open_padding.to(self._device)
        return Band(self._config.band, length if missing > 0 else None)

    def _sample_window(self, window: _Window, classes: Tensor, noise: NoiseSource, top: int | None) -> Tensor:
        fixed = window.ends(window.x)

        def hook(start: Tensor) -> Tensor:
            return window.ends(torch.where(window.free, start, fixed))

        x = self._process.run(fixed, self._denoiser(self._model, window, classes), noise, hook, self._count, top)
        if self._polish is not None:
            denoiser = self._denoiser(self._polish, window, classes)
            x = self._process.polish(x, denoiser, noise, hook, self._settings.refine_iters)
        return x[0]

    def _denoiser(self, model: DiT, window: _Window, classes: Tensor) -> Denoiser:
        scale, context = self._settings.cfg_scale, model.context(window.context)
        if scale == 1:  # the null half would cancel out
            denoise = self._forward(model.denoise)
            return lambda x, t: denoise(x, t, context, classes[:1], window.mask)
        guided = self._forward(model.guided)
        return lambda x, t: guided(x, t, context, classes, scale, window.mask)[:1]

    def _forward(self, plain: Forward) -> Forward:
        if not self._settings.compile:
            return plain
        if plain not in self._compiled:
            self._compiled[plain] = compiled(plain)
        return self._compiled[plain]

    def _count(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)
