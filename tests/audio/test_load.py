"""Loading songs: formats, widths, speed, and what is refused."""

from __future__ import annotations

import logging
from pathlib import Path

import av
import numpy as np
import pytest

from osuT5.audio import AudioError, load_audio
from osuT5.audio import decode as decode_module

from .fixtures import encode, tone, write_wav


@pytest.mark.parametrize(
    ("name", "codec", "exact"),
    [
        ("song.mp3", "libmp3lame", True),
        ("song.ogg", "vorbis", True),
        ("song.opus", "libopus", True),
        ("song.flac", "flac", True),
        ("song.m4a", "aac", False),
        ("song.mp4", "aac", False),
        ("song.mkv", "libopus", True),
        ("song.SONG", "flac", True),
    ],
)
def test_formats(tmp_path: Path, name: str, codec: str, exact: bool) -> None:
    path = tmp_path / name.replace(".SONG", ".flac")
    encode(path, tone(1.5, 48000), 48000, codec, video=name.endswith(("mp4", "mkv")))
    if name.endswith(".SONG"):  # the content decides, not the ending
        path = path.rename(tmp_path / name)
    samples = load_audio(path)
    assert samples.dtype == np.float32 and samples.ndim == 1
    # AAC has no exact length: whole frames of 1024 samples.
    assert len(samples) == 24000 if exact else 24000 <= len(samples) < 24700
    assert np.abs(samples).max() == 1
    expected = tone(1.5, 48000).mean(axis=0)[::3]
    middle = slice(8000, 16000)
    # The Vorbis encoder that PyAV brings is a rough one.
    assert np.corrcoef(samples[middle], expected[middle])[0, 1] > (0.7 if codec == "vorbis" else 0.99)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_wav_keeps_its_integers(tmp_path: Path, width: int) -> None:
    top = 1 << (8 * width - 1)
    samples = np.array([[-top, top - 1, -3, 0, 7, -1]])
    path = write_wav(tmp_path / "a.wav", samples, 16000, width)
    np.testing.assert_array_equal(load_audio(path, normalize=False), samples[0].astype(np.float32))
    np.testing.assert_array_equal(load_audio(path), samples[0].astype(np.float32) / np.float32(top))


def test_24_bit_wav_is_widened_with_its_sign(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.array([[5, -5, 0, -8388608]]), 16000, 3)
    assert load_audio(path, normalize=False).tolist() == [1280, -1025, 0, -2147483392]


def test_channels_are_resampled_before_the_mix(tmp_path: Path) -> None:
    samples = np.array([[1, 2, 3, 4], [0, 0, 0, 1]])
    path = write_wav(tmp_path / "a.wav", samples, 8000)
    # left 1 1 2 2 3 3 4, right 0 0 0 0 0 0 1, each floored before the mean is.
    assert load_audio(path, normalize=False).tolist() == [0, 0, 1, 1, 1, 1, 2]


def test_six_channels(tmp_path: Path) -> None:
    samples = np.arange(-12, 12).reshape(6, 4)
    path = write_wav(tmp_path / "a.wav", samples, 16000)
    assert load_audio(path, normalize=False).tolist() == [sum(c // 6 for c in frame) for frame in samples.T.tolist()]


def test_speed_shortens(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", (tone(1, 44100) * 20000).astype(int), 44100)
    assert len(load_audio(path, speed=1.25)) == 12800
    assert len(load_audio(path, speed=0.5)) == 32000
    assert len(load_audio(path, sample_rate=8000)) == 8000


@pytest.mark.parametrize(("rate", "speed"), [(0, 1.0), (16000, 0.0), (16000, float("nan")), (16000, -1.0)])
def test_senseless_rate_or_speed(tmp_path: Path, rate: int, speed: float) -> None:
    path = write_wav(tmp_path / "a.wav", np.array([[1]]), 16000)
    with pytest.raises(ValueError, match="must be above 0"):
        load_audio(path, rate, speed)


def test_silence_stays_silent(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros((2, 4410), int), 44100)
    samples = load_audio(path)
    assert len(samples) == 1600 and not samples.any()


def test_block_size_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encode(tmp_path / "a.mp3", tone(3, 44100), 44100, "libmp3lame")
    whole = load_audio(path)
    monkeypatch.setattr(decode_module, "BLOCK_FRAMES", 1000)
    np.testing.assert_array_equal(load_audio(path), whole)


def test_cut_off_song_gives_what_is_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = encode(tmp_path / "a.mp3", tone(4, 44100), 44100, "libmp3lame")
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with caplog.at_level(logging.WARNING):
        samples = load_audio(cut)
    assert 25000 < len(samples) < 39000


def test_damage_in_the_middle_is_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = encode(tmp_path / "a.flac", tone(4, 44100), 44100, "flac")
    data = bytearray(whole.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    whole.write_bytes(data)
    samples = load_audio(whole)
    assert 32000 < len(samples) <= 64000


def test_stream_that_changes_its_rate_keeps_the_first_one(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.mp3", tone(1, 44100), 44100, "libmp3lame").read_bytes()
    second = encode(tmp_path / "b.mp3", tone(1, 48000, 1), 48000, "libmp3lame").read_bytes()
    joined = tmp_path / "c.mp3"
    joined.write_bytes(first + second)
    assert 31000 < len(load_audio(joined)) < 33500


def refused(tmp_path: Path) -> dict[str, Path]:
    """Paths that hold no song, by the words their error must contain."""
    folder = tmp_path / "folder.mp3"
    folder.mkdir()
    empty, text, header, picture = (tmp_path / name for name in ("empty.mp3", "text.mp3", "header.wav", "p.png"))
    empty.touch()
    text.write_text("This is not a song.\n" * 200)
    write_wav(header, np.zeros((1, 0), int), 16000)
    with av.open(str(picture), "w", format="image2") as out:
        stream = out.add_stream("png", rate=1)
        stream.width = stream.height = 8
        stream.pix_fmt = "rgb24"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8), "rgb24")))
        out.mux(stream.encode(None))
    moov = encode(tmp_path / "whole.m4a", tone(1, 44100), 44100, "aac").read_bytes()
    cut = tmp_path / "cut.m4a"
    cut.write_bytes(moov[: len(moov) // 2])  # the index of an m4a is at its end
    playlist = tmp_path / "list.mp3"
    playlist.write_text(f"ffconcat version 1.0\nfile whole.m4a\n# {'x' * 3000}\n")
    video = tmp_path / "silent.mp4"
    with av.open(str(video), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        out.mux(stream.encode(None))
    return {
        "is a folder": folder,
        "no such audio file": tmp_path / "missing.mp3",
        "empty": empty,
        "cannot be read as audio|no sound could be decoded": text,
        "0 s long": header,
        "cannot be read as audio|holds no sound": picture,
        "cannot be read as audio (?# cut off)": cut,
        "cannot be read as audio (?# playlists open other files)": playlist,
        "holds no sound": video,
    }


def test_what_is_refused_says_so_in_one_line(tmp_path: Path) -> None:
    for words, path in refused(tmp_path).items():
        with pytest.raises(AudioError, match=words) as caught:
            load_audio(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_names_that_look_like_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_wav(tmp_path / "http:x.wav", np.array([[1, 2]]), 16000)
    monkeypatch.chdir(tmp_path)
    assert load_audio("http:x.wav", normalize=False).tolist() == [1, 2]


@pytest.mark.slow
def test_an_hour_stays_small(tmp_path: Path) -> None:
    """60 minutes at 44.1 kHz stereo: the result is 220 MiB, and 150 MiB more is all that decoding may take."""
    import subprocess
    import sys

    path = tmp_path / "hour.wav"
    with path.open("wb") as out:
        minute = (tone(60, 44100) * 20000).astype("<i2").T.tobytes()
        size = len(minute) * 60
        out.write(b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little"))
        out.write(np.array([1, 2], "<u2").tobytes() + np.array([44100, 176400], "<u4").tobytes())
        out.write(np.array([4, 16], "<u2").tobytes() + b"data" + size.to_bytes(4, "little"))
        for _ in range(60):
            out.write(minute)
    script = (
        "import resource, sys; from osuT5.audio import load_audio; before = resource.getrusage(resource.RUSAGE_SELF);"
        "samples = load_audio(sys.argv[1]); after = resource.getrusage(resource.RUSAGE_SELF);"
        "print(len(samples), after.ru_maxrss - before.ru_maxrss)"
    )
    run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    length, kib = map(int, run.stdout.split())
    assert length == 57600000 and kib < (220 + 150) * 1024
