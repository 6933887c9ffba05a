"""Mel spectrograms of both published kinds, with their buffers under the published names (spec 02 section 4)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ..audio.filters import fourier_kernels, htk_filter_bank, periodic_hann, slaney_filter_bank
from ..audio.mel import check_backend, mel_frames
from .config import ConfigError, MapperatorinatorConfig


class _Holder(nn.Module):
    """Buffers only: gives them their published place in the state dict."""

    def hold(self, **arrays: np.ndarray) -> _Holder:
        for name, array in arrays.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)))
        return self


class Spectrogram(nn.Module):
    """Audio (B, S) float32 -> mel power (B, S // hop + 1, mels) float32, with ``log1p`` where the config asks for it.

    The buffers keep float32 through every cast of the model, and autocast does not reach the computation.
    """

    def __init__(self, config: MapperatorinatorConfig) -> None:
        super().__init__()
        self.hop, self.pad_mode = config.hop_length, config.pad_mode
        self.backend = "torch"
        self.log_scale = config.spectrogram_log_scale
        self.kind = config.spectrogram_implementation
        numbers = (config.n_mels, config.f_min, config.f_max, config.sample_rate, config.n_fft)
        window = periodic_hann(config.n_fft)
        self.transform = _Holder()
        if self.kind == "nnAudio":
            wsin, wcos = fourier_kernels(config.n_fft)
            self.transform.hold(mel_basis=slaney_filter_bank(*numbers))
            # The two kernels are part of published files; the transform itself is computed by torch.stft.
            self.transform.stft = _Holder().hold(wsin=wsin, wcos=wcos, window_mask=window[None, :, None])
        elif self.kind == "torchaudio":
            self.transform.spectrogram = _Holder().hold(window=window)
            self.transform.mel_scale = _Holder().hold(fb=htk_filter_bank(*numbers))
        else:
            raise ConfigError(f"spectrogram_implementation: {self.kind!r}; accepted: nnAudio, torchaudio")

    def forward(self, audio: Tensor) -> Tensor:
        with torch.autocast(audio.device.type, enabled=False):
            window, filters = self._constants()
            return mel_frames(audio, window, filters, self.hop, self.pad_mode, self.log_scale, self.backend)

    def use_backend(self, name: str) -> None:
        """Compute with ``torch`` (the default) or the ``torchaudio`` package. Raises ``ValueError``: unknown, or not importable."""
        check_backend(name)
        self.backend = name

    def _constants(self) -> tuple[Tensor, Tensor]:
        """Window (n_fft,) and filters (bins, mels), as loaded."""
        buffers = self.transform.get_buffer
        if self.kind == "nnAudio":
            return buffers("stft.window_mask").view(-1), buffers("mel_basis").t()
        return buffers("spectrogram.window"), buffers("mel_scale.fb")

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Spectrogram:
        """Follow the model to another device, but never to another type: the old values come back unrounded."""
        before = dict(self.named_buffers())
        super()._apply(fn, recurse)
        for name, old in before.items():
            owner_name, _, leaf = name.rpartition(".")
            owner = self.get_submodule(owner_name)
            new = getattr(owner, leaf)
            if new.dtype != old.dtype:
                setattr(owner, leaf, old.to(new.device))
        return self
