"""spectrogram_backend: the transform of the torchaudio package, where it is asked for."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
import torch
from torch import Tensor

from .making import results, write_song


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Windows that went through a stand-in for torchaudio."""
    lengths: list[int] = []

    def spectrogram(
        samples: Tensor, pad: int, window: Tensor, n_fft: int, hop: int, size: int, power: float, normalized: bool, *,
        pad_mode: str,
    ) -> Tensor:  # fmt: skip
        lengths.append(samples.shape[1])
        assert (pad, size, power, normalized) == (0, n_fft, 2.0, False)
        return torch.stft(samples, n_fft, hop, size, window, pad_mode=pad_mode, return_complex=True).abs().square()

    package, functional = types.ModuleType("torchaudio"), types.ModuleType("torchaudio.functional")
    functional.spectrogram = spectrogram  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torchaudio", package)
    monkeypatch.setitem(sys.modules, "torchaudio.functional", functional)
    return lengths


def test_the_package_hears_every_window(heard: list[int], debug_model: Path, tmp_path: Path) -> None:
    song = str(write_song(tmp_path / "song.wav", 4))
    common = {"audio_path": song, "bpm": 120, "offset": 0, "do_sample": False, "output_type": ["MAP"]}
    (own,) = results(debug_model, **common, output_path=str(tmp_path / "own"))
    assert not heard
    (other,) = results(debug_model, **common, output_path=str(tmp_path / "other"), spectrogram_backend="torchaudio")
    assert heard and other.path.read_bytes() == own.path.read_bytes()
