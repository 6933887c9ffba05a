"""Samples to mel frames: both published kinds on ``torch.stft`` (spec 02 section 4).

``nnAudio`` is the Slaney scale with area-normalised filters (v28, v29.1), ``torchaudio`` the HTK scale with filters of
peak 1 (v30 and later). Window = n_fft, periodic Hann, centred, one-sided power spectrum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .filters import fourier_kernels, htk_filter_bank, periodic_hann, slaney_filter_bank

IMPLEMENTATIONS = ("nnAudio", "torchaudio")
BACKENDS = ("torch", "torchaudio")


def mel_frames(
    samples: Tensor,
    window: Tensor,
    filters: Tensor,
    hop_length: int,
    pad_mode: str,
    log_scale: bool,
    backend: str = "torch",
) -> Tensor:
    """(B, S) samples to (B, L, n_mels) mel power or its log1p; ``window`` (n_fft,), ``filters`` (bins, n_mels).

    Raises ``ValueError`` when the backend is torchaudio and that cannot be imported.
    """
    frames = _power(samples.float(), window, hop_length, pad_mode, backend).transpose(-1, -2) @ filters
    return torch.log1p(frames) if log_scale else frames


def _power(samples: Tensor, window: Tensor, hop_length: int, pad_mode: str, backend: str) -> Tensor:
    """Power spectrum (B, bins, L)."""
    n_fft = len(window)
    if backend == "torchaudio":
        power: Tensor = _torchaudio().spectrogram(
            samples, 0, window, n_fft, hop_length, n_fft, 2.0, False, pad_mode=pad_mode
        )
        return power
    spectrum = torch.stft(
        samples,
        n_fft,
        hop_length,
        n_fft,
        window,
        center=True,
        pad_mode=pad_mode,
        onesided=True,
        return_complex=True,
    )
    return spectrum.real.square() + spectrum.imag.square()


class LogMel(nn.Module):
    """(B, S) samples to (B, L, n_mels) float32 frames, L = S // hop_length + 1.

    Buffers, float32 whatever type the model is cast to: ``window`` (n_fft,) and ``filters`` (bins, n_mels).
    ``implementation`` picks the kind of filters, ``backend`` who computes them: torch alone, or the torchaudio package.
    Raises ``ValueError`` for an unknown name, or when torchaudio is asked for and cannot be imported.
    """

    window: Tensor
    filters: Tensor

    def __init__(
        self,
        implementation: str = "nnAudio",
        log_scale: bool = False,
        sample_rate: int = 16000,
        n_fft: int = 1024,
        n_mels: int = 388,
        hop_length: int = 128,
        f_min: float = 0,
        f_max: float = 8000,
        pad_mode: str = "constant",
        backend: str = "torch",
    ) -> None:
        super().__init__()
        _one_of("spectrogram implementation", implementation, IMPLEMENTATIONS)
        check_backend(backend)
        self.implementation, self.log_scale, self.pad_mode, self.backend = implementation, log_scale, pad_mode, backend
        self.sample_rate, self.n_fft, self.n_mels, self.hop_length = sample_rate, n_fft, n_mels, hop_length
        self.f_min, self.f_max = f_min, f_max
        self._torchaudio = _torchaudio() if backend == "torchaudio" else None
        window, filters = self._constants()
        self.register_buffer("window", window)
        self.register_buffer("filters", filters)

    def forward(self, samples: Tensor) -> Tensor:
        """``samples`` (B, S) float to (B, L, n_mels) float32 (bf16 filter product under autocast, as published)."""
        return mel_frames(
            samples, self.window, self.filters, self.hop_length, self.pad_mode, self.log_scale, self.backend
        )

    def _constants(self) -> tuple[Tensor, Tensor]:
        """Window and filters on the current default device."""
        slaney = self.implementation == "nnAudio"
        window = torch.tensor(periodic_hann(self.n_fft)) if slaney else torch.hann_window(self.n_fft)
        if self._torchaudio is not None:
            scale, norm = ("slaney", "slaney") if slaney else ("htk", None)
            bins = self.n_fft // 2 + 1
            return window, self._torchaudio.melscale_fbanks(
                bins, float(self.f_min), float(self.f_max), self.n_mels, self.sample_rate, norm, scale
            )
        shape = (self.n_mels, self.f_min, self.f_max, self.sample_rate, self.n_fft)
        bank = slaney_filter_bank(*shape).T if slaney else htk_filter_bank(*shape)
        return window, torch.tensor(np.ascontiguousarray(bank))

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> LogMel:
        """Follow moves between devices, but never a change of type: rounded filters can't be restored."""
        device = fn(torch.empty(0, device=self.window.device)).device
        if self.window.is_meta and device.type != "meta":
            self.window, self.filters = (constant.to(device) for constant in self._constants())
        else:
            self.window, self.filters = self.window.to(device), self.filters.to(device)
        return self

    def published_state(self) -> dict[str, Tensor]:
        """The buffers as the published checkpoints store them, by their names below ``spectrogram.``."""
        if self.implementation == "torchaudio":
            return {"transform.spectrogram.window": self.window, "transform.mel_scale.fb": self.filters}
        wsin, wcos = (torch.tensor(kernel, device=self.window.device) for kernel in fourier_kernels(self.n_fft))
        return {
            "transform.mel_basis": self.filters.T.contiguous(),
            "transform.stft.wsin": wsin,
            "transform.stft.wcos": wcos,
            "transform.stft.window_mask": self.window.reshape(1, -1, 1).clone(),
        }

    def load_published_state(self, state: Mapping[str, Tensor]) -> None:
        """Take window and filters from the published buffers, those of :meth:`published_state`.

        Raises ``KeyError`` for a missing name and ``ValueError`` for filters of another shape.
        """
        if self.implementation == "torchaudio":
            window, filters = state["transform.spectrogram.window"], state["transform.mel_scale.fb"]
        else:
            window, filters = state["transform.stft.window_mask"].flatten(), state["transform.mel_basis"].T
        if window.shape != self.window.shape or filters.shape != self.filters.shape:
            raise ValueError(
                f"spectrogram buffers: window {tuple(window.shape)} and filters {tuple(filters.shape)} given, "
                f"{tuple(self.window.shape)} and {tuple(self.filters.shape)} needed"
            )
        device = window.device if self.window.is_meta else self.window.device
        self.window = window.detach().to(device, torch.float32)
        self.filters = filters.detach().to(device, torch.float32).contiguous()


def check_backend(name: str) -> None:
    """Raise ``ValueError`` for an unknown backend, or for torchaudio where it cannot be imported."""
    _one_of("spectrogram backend", name, BACKENDS)
    if name == "torchaudio":
        _torchaudio()


def _one_of(what: str, value: str, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise ValueError(f"{what}: {value!r} is not one of {', '.join(accepted)}")


def _torchaudio() -> Any:
    """``torchaudio.functional``. Raises ``ValueError`` when the package is absent or does not fit this torch."""
    try:
        return import_module("torchaudio.functional")
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise ValueError(
            f"spectrogram backend: torchaudio cannot be imported ({str(error).splitlines()[0]}); "
            "install a build that fits this torch, or use the backend torch"
        ) from error
