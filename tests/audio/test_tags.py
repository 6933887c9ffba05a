"""Tags and covers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from osuT5.audio import AudioError, AudioTags, audio_tags

from .fixtures import encode, png, tone, write_wav


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp3", "libmp3lame"),
        ("a.ogg", "vorbis"),
        ("a.opus", "libopus"),
        ("a.flac", "flac"),
        ("a.m4a", "aac"),
        ("a.mkv", "flac"),
    ],
)
def test_title_and_artist(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, tone(0.5, 48000), 48000, codec, {"title": " Één — 夜 ", "artist": "B"})
    assert audio_tags(path) == AudioTags("Één — 夜", "B")


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.flac", "flac")])
def test_cover(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, tone(0.5, 48000), 48000, codec, {"title": "T"}, cover=png())
    tags = audio_tags(path)
    assert tags.cover == png() and tags.cover_mime == "image/png" and tags.title == "T"


def test_a_moving_picture_is_no_cover(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", tone(0.5, 48000), 48000, "aac", video=True)
    assert audio_tags(path).cover is None


def test_nothing_said(tmp_path: Path) -> None:
    assert audio_tags(write_wav(tmp_path / "a.wav", np.array([[1, 2]]), 16000)) == AudioTags()


def test_not_a_song(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_text("words")
    with pytest.raises(AudioError, match="cannot be read as audio"):
        audio_tags(tmp_path / "a.mp3")
