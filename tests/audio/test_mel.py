"""Properties of the spectrograms and of their buffers."""

from __future__ import annotations

import sys
from math import log, log10

import numpy as np
import pytest
import torch

from osuT5.audio.mel import LogMel, htk_filter_bank, periodic_hann, slaney_filter_bank

V29 = {"implementation": "nnAudio", "n_mels": 388}
V32 = {"implementation": "torchaudio", "n_mels": 128, "f_min": 20, "pad_mode": "reflect", "log_scale": True}


def test_window_is_periodic() -> None:
    np.testing.assert_allclose(periodic_hann(4), [0, 0.5, 1, 0.5], atol=1e-7)


def test_slaney_filters_have_area_one_and_some_are_empty() -> None:
    bank = slaney_filter_bank(388, 0, 8000)
    assert bank.shape == (388, 513)
    sums = bank.sum(axis=1) * (16000 / 1024)
    assert (sums == 0).any()  # narrower than a bin
    np.testing.assert_allclose(sums[-40:], 1, atol=0.15)


def test_slaney_peak_frequency() -> None:
    # Edge i + 1 of n + 2 in Slaney mel from 0 to 15 + ln 8 / (ln 6.4 / 27).
    top = 15 + log(8) / (log(6.4) / 27)
    mel = top * 70 / 81
    hz = 1000 * np.exp(log(6.4) / 27 * (mel - 15))
    assert abs(slaney_filter_bank(80, 0, 8000)[69].argmax() * 15.625 - hz) < 15.625


def test_htk_filters_have_peak_one() -> None:
    bank = htk_filter_bank(80, 20, 8000)
    assert bank.shape == (513, 80)
    assert bank.max() <= 1 and bank[:, 70].max() > 0.9
    low, top = (2595 * log10(1 + hz / 700) for hz in (20, 8000))
    hz = 700 * (10 ** ((low + (top - low) * 71 / 81) / 2595) - 1)
    assert abs(bank[:, 70].argmax() * 15.625 - hz) < 15.625


@pytest.mark.parametrize("options", [V29, V32])
def test_shape(options: dict) -> None:
    frames = LogMel(**options)(torch.randn(2, 128 * 1023, generator=torch.Generator().manual_seed(0)))
    assert frames.shape == (2, 1024, options["n_mels"]) and frames.dtype == torch.float32
    assert torch.isfinite(frames).all() and (frames >= 0).all()


def test_a_tone_lights_its_filter() -> None:
    time = torch.arange(16000) / 16000
    frames = LogMel(**V32)(torch.sin(2 * torch.pi * 2000 * time)[None])[0, 60]
    assert abs(int(frames.argmax()) - int(htk_filter_bank(128, 20, 8000)[128].argmax())) <= 1  # bin 128 is 2000 Hz


def test_silence_is_zero() -> None:
    assert not LogMel(**V32)(torch.zeros(1, 4096)).any()


def test_rows_do_not_touch_each_other() -> None:
    batch = torch.randn(3, 8192, generator=torch.Generator().manual_seed(1))
    mel = LogMel(**V29)
    torch.testing.assert_close(mel(batch)[1], mel(batch[1:2])[0])


@pytest.mark.parametrize("options", [V29, V32])
def test_type_changes_leave_the_buffers_alone(options: dict) -> None:
    mel, fresh = LogMel(**options).to(torch.bfloat16).half().float(), LogMel(**options)
    assert torch.equal(mel.window, fresh.window) and torch.equal(mel.filters, fresh.filters)
    assert LogMel(**options).bfloat16()(torch.zeros(1, 2048, dtype=torch.bfloat16)).dtype == torch.float32


@pytest.mark.parametrize("options", [V29, V32])
def test_built_without_memory_and_filled_later(options: dict) -> None:
    with torch.device("meta"):
        mel = LogMel(**options)
    assert mel.filters.is_meta
    assert torch.equal(mel.to_empty(device="cpu").filters, LogMel(**options).filters)


def test_published_names() -> None:
    assert {key: tuple(value.shape) for key, value in LogMel(**V29).published_state().items()} == {
        "transform.mel_basis": (388, 513),
        "transform.stft.wsin": (513, 1, 1024),
        "transform.stft.wcos": (513, 1, 1024),
        "transform.stft.window_mask": (1, 1024, 1),
    }
    assert {key: tuple(value.shape) for key, value in LogMel(**V32).published_state().items()} == {
        "transform.spectrogram.window": (1024,),
        "transform.mel_scale.fb": (513, 128),
    }


def test_buffers_of_another_size_are_refused() -> None:
    other = LogMel("torchaudio", n_mels=80).published_state()
    with pytest.raises(ValueError, match=r"\(513, 80\).*\(513, 128\) needed"):
        LogMel(**V32).load_published_state(other)


@pytest.mark.parametrize("name", ["implementation", "backend"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: 'librosa' is not one of"):
        LogMel(**{name: "librosa"})


def test_torchaudio_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    monkeypatch.setitem(sys.modules, "torchaudio.functional", None)
    with pytest.raises(ValueError, match="torchaudio cannot be imported"):
        LogMel(backend="torchaudio")


@pytest.mark.parametrize("options", [V29, V32])
def test_torchaudio_gives_the_same(options: dict) -> None:
    pytest.importorskip("torchaudio", reason="torchaudio is not installed")
    samples = torch.randn(1, 16000, generator=torch.Generator().manual_seed(2))
    ours, theirs = LogMel(**options)(samples), LogMel(**options, backend="torchaudio")(samples)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
