"""Small audio files made on the spot."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
from PIL import Image


def tone(seconds: float, rate: int, channels: int = 2) -> np.ndarray:
    """(channels, frames) float64: a clear tone, one pitch a channel, at most 0.5."""
    time = np.arange(int(seconds * rate)) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * 220 * (channel + 1) * time) for channel in range(channels)])


def write_wav(path: Path, samples: np.ndarray, rate: int, width: int = 2) -> Path:
    """Integers (channels, frames) as a wav file of ``width`` bytes a sample (8 bit: signed values, stored unsigned)."""
    stored = samples.T.astype(np.int64) + (128 if width == 1 else 0)
    data = stored.astype("<i8").reshape(-1, 1).view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[0])
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(data)
    return path


def encode(
    path: Path,
    samples: np.ndarray,
    rate: int,
    codec: str,
    tags: dict[str, str] | None = None,
    cover: bytes | None = None,
    video: bool = False,
) -> Path:
    """Floats (channels, frames) as the format of the file's ending, with tags, a cover or a moving picture."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[0]]
    with av.open(str(path), "w") as out:
        out.metadata.update(tags or {})
        pictures = out.add_stream("mpeg4", rate=10) if video else None
        if pictures:
            pictures.width = pictures.height = 32
            pictures.pix_fmt = "yuv420p"
        sound = out.add_stream(codec, rate=rate, layout=layout, options={"strict": "experimental"})
        if cover:
            image = out.add_stream("png", rate=1)
            image.width = image.height = 8
            image.pix_fmt = "rgb24"
            image.disposition = av.stream.Disposition.attached_pic
            out.start_encoding()
            packet = av.Packet(cover)
            packet.stream = image
            packet.pts = packet.dts = 0
            out.mux(packet)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.astype(np.float32)), "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(sound.codec_context.format.name, layout, rate, _frame_size(sound))
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(sound.encode(part))
        out.mux(sound.encode(None))
        if pictures:
            for index in range(int(samples.shape[1] / rate * 10)):
                picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), index, np.uint8), "rgb24")
                out.mux(pictures.encode(picture))
            out.mux(pictures.encode(None))
    return path


def _frame_size(sound: av.AudioStream) -> int | None:
    sound.codec_context.open(strict=False)
    return sound.codec_context.frame_size or None


def png() -> bytes:
    """A red 8 x 8 picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(buffer, "PNG")
    return buffer.getvalue()
