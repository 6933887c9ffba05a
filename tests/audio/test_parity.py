"""Decoded samples and spectrograms against the published system's (golden/audio, golden/spectrogram)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.audio import load_audio
from osuT5.audio.mel import LogMel
from tests.shared_data import SHARED, cases, load_json, need

GOLDEN_AUDIO = SHARED / "golden/audio"
GOLDEN_MEL = SHARED / "golden/spectrogram"


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/audio/decoded_*.npz"))
def test_decoded_samples(path: Path) -> None:
    with np.load(need(path)) as golden:
        for key in golden:
            name, _, speed = key.partition("@speed")
            ours = load_audio(path.with_name(f"{name}.wav"), speed=float(speed or 1))
            np.testing.assert_array_equal(ours, golden[key], err_msg=key)


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/audio/*.ogg"))
def test_lossy_form_of_the_same_song(path: Path) -> None:
    """The ogg has the content of a golden wav: equal length, and equal up to what the encoder lost."""
    samples = load_audio(need(path))
    with np.load(need(GOLDEN_AUDIO / "decoded_song40.npz")) as golden:
        reference = golden["song40_22k_mono"]
    assert len(samples) == len(reference) and np.corrcoef(samples, reference)[0, 1] > 0.99


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/spectrogram/mel_*.npz"))
def test_spectrogram(path: Path) -> None:
    config, implementation = path.stem.removeprefix("mel_").split("_") if need(path) else ("", "")
    parameters: dict[str, Any] = dict(load_json(GOLDEN_MEL / "params.json")[config])
    native = parameters.pop("implementation") == implementation
    with np.load(need(GOLDEN_AUDIO / "decoded_16k.npz")) as audio:
        samples = torch.tensor(audio["clicks_tones_16k_mono"])[None]
    ours = LogMel(implementation=implementation, **parameters)(samples)[0].numpy()
    with np.load(path) as golden:
        (key,) = golden
        expected = golden[key].astype(np.float32)
    ours = ours[::4] if key.endswith("every4") else ours
    tolerance = 1e-4 if parameters["log_scale"] else 1e-3
    np.testing.assert_allclose(ours, expected, rtol=1e-3 if native else 2e-3, atol=tolerance if native else 2e-3)


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/spectrogram/filterbanks.npz"))
def test_filter_banks(path: Path) -> None:
    with np.load(need(path)) as golden:
        for key in golden:
            config, implementation, form = key.split("_", 2)
            parameters = load_json(GOLDEN_MEL / "params.json")[config]
            ours = LogMel(**{**parameters, "implementation": implementation}).filters.numpy()
            expected = golden[key].T if form == "mel_basis" else golden[key]
            np.testing.assert_allclose(ours, expected, rtol=0, atol=3e-8, err_msg=key)


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/model/*/model.safetensors"))
def test_buffers_of_published_checkpoints(path: Path) -> None:
    from safetensors.torch import load_file

    config = load_json(path.with_name("config.json"))
    prefix = "spectrogram."
    state = {key[len(prefix) :]: value for key, value in load_file(need(path)).items() if key.startswith(prefix)}
    bank = state.get("transform.mel_basis", state.get("transform.mel_scale.fb"))
    assert bank is not None
    slaney = "transform.mel_basis" in state
    mel = LogMel("nnAudio" if slaney else "torchaudio", f_min=config["f_min"], n_mels=min(bank.shape))
    ours = mel.published_state()
    assert ours.keys() == state.keys()
    for key, value in state.items():
        torch.testing.assert_close(ours[key], value, rtol=0, atol=1e-7)
    mel.load_published_state(state)
    assert all(torch.equal(mel.published_state()[key], value) for key, value in state.items())
