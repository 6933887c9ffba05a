"""The demo song: what the file claims, and that it is what the script makes."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pytest

from osuT5.audio import audio_tags, load_audio
from tests.shared_data import ROOT

SONG = ROOT / "examples/demo.mp3"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_song", ROOT / "examples/make_song.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tags_and_size() -> None:
    tags = audio_tags(SONG)
    assert (tags.title, tags.artist) == ("First Light", "Beatwright")
    assert SONG.stat().st_size < 1_000_000


def test_length_and_level() -> None:
    samples = load_audio(SONG)
    assert len(samples) == 40 * 16000
    loudness = np.sqrt((samples.reshape(40, -1) ** 2).mean(axis=1))
    assert loudness[1:37].min() > 0.1  # no hole
    assert loudness[20:34].mean() > 1.4 * loudness[1:4].mean()  # the chorus is louder than the intro


def test_beats_are_where_they_are_said_to_be(script: ModuleType) -> None:
    """Bass energy of the chorus, folded over one beat, rises at the beat itself."""
    samples = load_audio(SONG)
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / 16000) > 120] = 0
    energy = np.fft.irfft(spectrum, len(samples)) ** 2
    first, beat = script.start_of(10), script.BEAT
    folded = np.array(
        [
            [energy[int((first + (i + part) * beat) * 16000) :][:200].mean() for part in (-0.1, 0.0, 0.05)]
            for i in range(1, 31)
        ]
    ).mean(axis=0)
    assert folded[2] > 3 * folded[0]
    assert (script.BPM, script.OFFSET_MS) == (128, 500)


def test_every_bar_of_the_tunes_is_full(script: ModuleType) -> None:
    for bar in script.VERSE_TUNE + script.CHORUS_TUNE:
        assert sum(length for _, length in bar) == 16


@pytest.mark.slow
def test_the_script_makes_this_file(script: ModuleType) -> None:
    made = script.synthesize().mean(axis=0)
    heard = load_audio(SONG, sample_rate=44100)
    assert len(made) == len(heard)
    assert np.corrcoef(made, heard)[0, 1] > 0.99
