"""``python -m osuT5.timing``: the table, the files, one-line errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from osuT5.beatmap import read_beatmap
from osuT5.timing.__main__ import main

from .loops import Part, band, write_wav


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("song") / "a song.wav", band([Part(150, 10), Part(120, 10)], 500))


def test_table_map_and_picture(song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, plot = tmp_path / "timing.osu", tmp_path / "timing.png"
    assert main([str(song), str(out), "--plot", str(plot)]) == 0
    said = capsys.readouterr().out
    assert "150" in said and "120" in said and "4/4" in said and "confidence" in said
    beatmap = read_beatmap(out)
    assert [60000 / point.beat_length for point in beatmap.timing_points] == pytest.approx([150, 120])
    assert beatmap.general.audio_filename == "a song.wav" and not beatmap.hit_objects
    with Image.open(plot) as picture:
        colours = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    assert picture.width == 1600 and len(np.unique(colours, axis=0)) > 20


def test_a_known_tempo(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(song), "--bpm", "150"]) == 0
    assert capsys.readouterr().out.count("/4") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.mp3"], "missing.mp3: no such audio file"),
        (["{song}", "map.txt"], "map.txt: the name has to end in .osu"),
        (["{song}", "--plot", "plot.jpg"], "plot.jpg: the name has to end in .png"),
        (["{song}", "--bpm", "0"], "bpm: 0"),
        (["{silence}"], "silence.wav: the song is silent"),
        (["{text}"], "cannot be read as audio"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_errors_are_one_line(
    song: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(44100 * 8, np.float32))
    text = tmp_path / "text.mp3"
    text.write_text("no sound in here", encoding="utf-8")
    places = {"song": song, "silence": silence, "text": text}
    assert main([argument.format(**places) for argument in arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and said in error and error.count("\n") == 1


def test_help_needs_no_torch() -> None:
    code = "import sys; import osuT5.timing.__main__, osuT5.timing.analysis; assert 'torch' not in sys.modules and 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
