"""Mel spectrograms of both published kinds, with their buffers under the published names (spec 02 section 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .config import ConfigError, MapperatorinatorConfig


def hz_to_slaney(frequency: np.ndarray) -> np.ndarray:
    """Slaney mel: linear below 1000 Hz, logarithmic above."""
    high = 15 + np.log(np.maximum(frequency, 1000.0) / 1000) * 27 / np.log(6.4)
    return np.where(frequency < 1000, frequency * 3 / 200, high)


def slaney_to_hz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def hz_to_htk(frequency: np.ndarray) -> np.ndarray:
    return 2595 * np.log10(1 + frequency / 700)


def htk_to_hz(mel: np.ndarray) -> np.ndarray:
    return 700 * (10 ** (mel / 2595) - 1)


def triangles(edges: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Triangular filters (mels, bins) over ``edges`` (mels + 2) in Hz, peak 1; a filter between two bins is all zero."""
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - low) / (centre - low)
    falling = (high - frequencies) / (high - centre)
    return np.maximum(0.0, np.minimum(rising, falling))


def _edges(
    f_min: float, f_max: float, n_mels: int, forward: Callable[..., Any], backward: Callable[..., Any]
) -> np.ndarray:
    ends = forward(np.array([f_min, f_max], dtype=np.float64))
    return np.asarray(backward(np.linspace(ends[0], ends[1], n_mels + 2)))


def slaney_filters(n_mels: int, n_fft: int, sample_rate: int, f_min: float, f_max: float) -> np.ndarray:
    """Area-normalised Slaney filters, (mels, bins) float32."""
    edges = _edges(f_min, f_max, n_mels, hz_to_slaney, slaney_to_hz)
    bank = triangles(edges, np.arange(n_fft // 2 + 1) * sample_rate / n_fft)
    return (bank * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def htk_filters(n_mels: int, n_fft: int, sample_rate: int, f_min: float, f_max: float) -> np.ndarray:
    """HTK filters with peak 1, (mels, bins) float32."""
    edges = _edges(f_min, f_max, n_mels, hz_to_htk, htk_to_hz)
    return triangles(edges, np.linspace(0, sample_rate // 2, n_fft // 2 + 1)).astype(np.float32)


def hann(n_fft: int) -> np.ndarray:
    """Periodic Hann window, float64."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)


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
        self.n_fft, self.hop, self.pad_mode = config.n_fft, config.hop_length, config.pad_mode
        self.log_scale = config.spectrogram_log_scale
        self.kind = config.spectrogram_implementation
        numbers = (config.n_mels, config.n_fft, config.sample_rate, config.f_min, config.f_max)
        window = hann(config.n_fft)
        self.transform = _Holder()
        if self.kind == "nnAudio":
            angles = 2 * np.pi * np.outer(np.arange(self.n_fft // 2 + 1), np.arange(self.n_fft)) / self.n_fft
            self.transform.hold(mel_basis=slaney_filters(*numbers))
            # The two kernels are part of published files; the transform itself is computed by torch.stft.
            self.transform.stft = _Holder().hold(
                wsin=(np.sin(angles) * window)[:, None],
                wcos=(np.cos(angles) * window)[:, None],
                window_mask=window[None, :, None],
            )
        elif self.kind == "torchaudio":
            self.transform.spectrogram = _Holder().hold(window=window)
            self.transform.mel_scale = _Holder().hold(fb=htk_filters(*numbers).T)
        else:
            raise ConfigError(f"spectrogram_implementation: {self.kind!r}; accepted: nnAudio, torchaudio")

    def forward(self, audio: Tensor) -> Tensor:
        with torch.autocast(audio.device.type, enabled=False):
            if self.kind == "nnAudio":
                window, filters = self.transform.stft.window_mask.view(-1), self.transform.mel_basis.t()
            else:
                window, filters = self.transform.spectrogram.window, self.transform.mel_scale.fb
            bins = torch.stft(
                audio.float(),
                self.n_fft,
                self.hop,
                self.n_fft,
                window,
                center=True,
                pad_mode=self.pad_mode,
                onesided=True,
                return_complex=True,
            )
            power = bins.real.square() + bins.imag.square()
            mel = power.transpose(1, 2) @ filters
            return torch.log1p(mel) if self.log_scale else mel

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
