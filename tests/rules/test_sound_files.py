"""Sound files of a set's folder, measured."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import pytest

from .maps import RED, circle, found, song

RATE = 44100


def write_sound(path: Path, length_ms: float, peak_ms: float) -> None:
    """A sound that is loudest at ``peak_ms``."""
    count, peak = int(RATE * length_ms / 1000), int(RATE * peak_ms / 1000)
    samples = [30_000 if index == peak else 300 * (-1) ** index for index in range(count)]
    with wave.open(str(path), "wb") as handle:
        handle.setnchannels(1)
        handle.setsampwidth(2)
        handle.setframerate(RATE)
        handle.writeframes(struct.pack(f"<{count}h", *samples))


@pytest.mark.parametrize(
    ("length", "peak", "word"), [(100, 2, ""), (100, 20, "peak"), (15, 2, "lasts"), (30, 2, ""), (100, 4.5, "")]
)
def test_named_sound(tmp_path: Path, length: float, peak: float, word: str) -> None:
    write_sound(tmp_path / "Hit.wav", length, peak)
    findings = found(song([circle(0, sample="0:0:0:0:hit.wav"), circle(400)]), "H13", files=tmp_path)
    assert len(findings) == bool(word)
    assert all(word in finding.message for finding in findings)


def test_numbered_sound_of_the_map(tmp_path: Path) -> None:
    write_sound(tmp_path / "soft-hitnormal2.wav", 100, 50)
    points = ("0,400,4,2,2,70,1,0",)
    (finding,) = found(song([circle(0), circle(400)], points), "H13", files=tmp_path)
    assert finding.objects == (0, 1)
    assert not found(song([circle(0), circle(400)], (RED,)), "H13", files=tmp_path)


def test_silent_and_broken_files_pass(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound")
    assert not found(song([circle(0, sample="0:0:0:0:a.wav")]), "H13", files=tmp_path)
