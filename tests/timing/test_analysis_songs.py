"""Timing by analysis on songs whose timing is known (issue: BPM within 0.01 %, offset within 5 ms, changes within 50 ms)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from osuT5.audio import load_audio
from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.timing.analysis import NoBeatError, TimingAnalysis, analyse, analyse_at

from ..shared_data import SHARED, need
from .loops import RATE, Part, band, clicks, ticks

WITHIN_MS = 5.0


def phase_error(found: TimingAnalysis, start: float, number: int = 0, period_beats: int = 1) -> float:
    """How far a section's start is off ``start``, modulo some beats, ms."""
    section = found.sections[number]
    period = section.beat_length * period_beats
    return (section.start - start + period / 2) % period - period / 2


@pytest.mark.parametrize("bpm", [40, 75, 174, 400])
def test_metronomes_of_all_tempi(bpm: float) -> None:
    found = analyse(clicks(bpm, 50 if bpm < 60 else 30, 731.0))
    (section,) = found.sections
    assert section.bpm == pytest.approx(bpm, rel=1e-4)
    assert abs(section.start - 731) < WITHIN_MS
    assert found.confident and found.reason == ""


@pytest.mark.parametrize(("bpm", "start"), [(128, 412.0), (173.5, 1900.0), (201, 55.0), (92, 1033.0)])
def test_bands_of_constant_tempo(bpm: float, start: float) -> None:
    found = analyse(band([Part(bpm, 24)], start))
    (section,) = found.sections
    assert section.bpm == pytest.approx(bpm, rel=1e-4)
    assert section.meter == 4
    assert abs(section.start - start) < WITHIN_MS  # the first bar line, not just any beat
    assert found.confident


def test_a_tempo_of_hundredths() -> None:
    found = analyse(band([Part(147.37, 40)], 600))
    assert found.sections[0].bpm == pytest.approx(147.37, rel=1e-4)


def test_three_four() -> None:
    found = analyse(band([Part(150, 32, meter=3)], 800))
    (section,) = found.sections
    assert (section.meter, section.bpm) == (3, pytest.approx(150, rel=1e-4))
    assert abs(phase_error(found, 800, period_beats=3)) < WITHIN_MS


@pytest.mark.parametrize(
    "tempi", [(150, 120), (120, 180), (160, 176, 132)], ids=lambda tempi: "-".join(map(str, tempi))
)
def test_changes_of_tempo(tempi: tuple[float, ...]) -> None:
    parts = [Part(bpm, 12) for bpm in tempi]
    found = analyse(band(parts, 500))
    starts = 500 + np.cumsum([0.0, *(part.length for part in parts[:-1])])
    assert [section.bpm for section in found.sections] == pytest.approx(list(tempi), rel=1e-3)
    assert [section.start for section in found.sections] == pytest.approx(list(starts), abs=50)


def test_red_lines_are_whole_ms_and_as_the_pipeline_takes_them() -> None:
    (line,) = analyse(band([Part(128, 16)], 412)).red_lines()
    assert line.offset_us % 1000 == 0 and line.parent is None
    assert (line.meter, line.sample_set, line.volume, line.kiai) == (4, 2, 100, False)
    assert line.beat_length == pytest.approx(468.75)


def test_volume_and_sample_rate_do_not_matter() -> None:
    song = band([Part(140, 16)], 700)
    plain = analyse(song).sections[0]
    quiet = analyse(song * np.float32(1e-3)).sections[0]
    assert (quiet.bpm, quiet.start) == (plain.bpm, pytest.approx(plain.start, abs=0.5))
    halved = analyse(song[::2], RATE // 2).sections[0]
    assert (halved.bpm, halved.start) == (plain.bpm, pytest.approx(plain.start, abs=3))


def test_equal_songs_have_equal_timing() -> None:
    song = band([Part(133, 12)], 300)
    assert analyse(song) == analyse(song.copy())


def test_a_known_tempo_gets_its_offset() -> None:
    song = band([Part(140, 20)], 700)
    found = analyse_at(song, 140)
    assert found.sections[0].bpm == 140 and abs(found.sections[0].start - 700) < WITHIN_MS and found.confident
    wrong = analyse_at(song, 139)
    assert not wrong.confident and wrong.reason


def test_drifting_music_is_doubted() -> None:
    times = [500.0]
    while times[-1] < 49000:
        times.append(times[-1] + 500 * (1 + 0.015 * np.sin(times[-1] / 9000)))
    found = analyse(ticks(times, 50))
    assert not found.confident and found.reason


def test_sounds_at_random_times_are_doubted() -> None:
    times = list(500 + np.cumsum(np.random.RandomState(1).exponential(250, 110)))
    found = analyse(ticks(times, 30))
    assert not found.confident and found.reason


NO_BEAT = {
    "silence": (np.zeros(20 * RATE, np.float32), "silent"),
    "noise": (np.random.RandomState(0).standard_normal(20 * RATE).astype(np.float32), "no steady beat"),
    "drone": (np.sin(2 * np.pi * 110 * np.arange(20 * RATE) / RATE).astype(np.float32), "no steady beat"),
    "one second": (clicks(120, 1, 0), "too short"),
}


@pytest.mark.parametrize("name", NO_BEAT)
def test_without_a_beat_there_is_a_message(name: str) -> None:
    samples, said = NO_BEAT[name]
    with pytest.raises(NoBeatError, match=said) as caught:
        analyse(samples)
    assert isinstance(caught.value, ValueError) and "\n" not in str(caught.value)


def test_samples_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="sample_rate"):
        analyse(clicks(120, 10, 0), 4000)
    with pytest.raises(ValueError, match="finite"):
        analyse(np.full(10 * RATE, np.nan, np.float32))
    with pytest.raises(ValueError, match="bpm: 0"):
        analyse_at(clicks(120, 10, 0), 0)


@pytest.mark.parity
def test_a_real_song(tmp_path: Path) -> None:
    archive = need(SHARED / "corpus/song/circle-the-halls.osz")
    with zipfile.ZipFile(archive) as content:
        content.extractall(tmp_path)
    (text,) = (path.read_text(encoding="utf-8") for path in tmp_path.glob("*.osu"))
    lines = text[text.index("[TimingPoints]") :].splitlines()[1:]
    true = parse_timing_lines(lines)[0]
    found = analyse(load_audio(tmp_path / "audio.mp3", RATE))
    (section,) = found.sections
    assert section.bpm == pytest.approx(60000 / true.beat_length, rel=1e-4)
    assert abs(phase_error(found, true.offset_ms)) < WITHIN_MS
    assert found.confident
