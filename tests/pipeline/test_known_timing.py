"""Whole runs with timing by analysis: what is used, what is said, what goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from osuT5.beatmap import read_beatmap
from osuT5.beatmap.timing_lines import TimingLine
from osuT5.pipeline.known_timing import from_first_bar
from osuT5.request import RequestError

from ..timing.loops import Part, band, write_wav
from .making import options_for, outcomes

TIMING_ONLY: dict[str, Any] = {"output_type": ["TIMING"], "in_context": ["NONE"]}


@pytest.fixture
def song(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return write_wav(tmp_path / "in" / "song.wav", band([Part(150, 12)], 500))


def run(model: Path, song: Path, **changes: Any) -> tuple[list[tuple[float, float]], str]:
    """Red lines of the map (offset, BPM), and what was said."""
    options = options_for(model, audio_path=str(song), output_path=str(song.parent), **{**TIMING_ONLY, **changes})
    (outcome,), said = outcomes(options)
    points = read_beatmap(outcome.results[0].path).timing_points
    return [(point.time, 60000 / point.beat_length) for point in points if point.uninherited], said


@pytest.mark.parametrize("source", ["analysis", "auto"])
def test_analysis_writes_the_red_line(debug_model: Path, song: Path, source: str) -> None:
    (line,), said = run(debug_model, song, timing_source=source)
    assert line == (pytest.approx(500, abs=5), pytest.approx(150))
    assert "timing by analysis: 150 BPM" in said and "confidence" in said


def test_bpm_alone_finds_its_offset(debug_model: Path, song: Path) -> None:
    (line,), said = run(debug_model, song, bpm=75)
    assert line[1] == pytest.approx(75) and (line[0] - 500) % 400 == pytest.approx(400, abs=5)
    assert "timing by analysis: 75 BPM" in said


def test_auto_leaves_songs_without_a_beat_to_the_model(debug_model: Path, tmp_path: Path) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(44100 * 6, np.float32))
    _, said = run(debug_model, silence, timing_source="auto")
    assert "timing by the model, for the analysis says: the song is silent" in said


def test_analysis_of_songs_without_a_beat_is_an_error(debug_model: Path, tmp_path: Path) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(44100 * 6, np.float32))
    with pytest.raises(RequestError, match="timing_source=analysis: the song is silent"):
        run(debug_model, silence, timing_source="analysis")


def test_the_first_line_stands_on_the_first_bar_of_the_song() -> None:
    late, other = TimingLine(5_926_000, 60000 / 172, 4), TimingLine(90_000_000, 500.0, 4)
    first, second = from_first_bar([late, other])
    assert first.offset_us == 5_926_000 - round(4 * 4 * 60_000_000 / 172) and 0 <= first.offset_us < 1_395_349
    assert (first.beat_length, first.meter) == (late.beat_length, 4) and second is other
    assert from_first_bar([TimingLine(-200_000, 500.0, 4)])[0].offset_us == -200_000
