"""Media files to integer PCM, block by block, at the widths of the published system (spec 03 section 4)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer

from .container import ACCEPTED, open_media
from .errors import AudioError

BLOCK_FRAMES = 1 << 17  # frames (samples of all channels) a block holds at least, but for the last one
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PcmBlock:
    """``samples`` is (channels, frames) int64 at ``bits`` per sample; one file keeps one format throughout."""

    samples: np.ndarray
    sample_rate: int  # Hz
    bits: int  # 8, 16 or 32


def pcm_blocks(path: str | os.PathLike[str]) -> Iterator[PcmBlock]:
    """Decode the sound of ``path`` in blocks of a few seconds.

    A file that is cut off or damaged yields what can be decoded, with a warning in the log.
    Raises ``AudioError`` for a file without sound, before the first block.
    """
    with open_media(path) as container:
        if not container.streams.audio:
            raise AudioError(f"{path}: the file holds no sound; accepted: {ACCEPTED}")
        frames = _same_format(_decoded_frames(container, path))
        bits = 0
        for batch in _batches(frames):
            bits = bits or _bits(batch[0])
            joined = np.concatenate([_channels_first(frame) for frame in batch], axis=1)
            yield PcmBlock(_as_integers(joined, bits), batch[0].frame.sample_rate, bits)
        if not bits:
            raise AudioError(f"{path}: no sound could be decoded; the file is 0 s long, cut off or damaged")


@dataclass(frozen=True)
class _Decoded:
    frame: av.AudioFrame
    codec: str


def _decoded_frames(container: InputContainer, path: str | os.PathLike[str]) -> Iterator[_Decoded]:
    """All frames with at least one sample; damaged packets are skipped, a broken container ends the stream."""
    stream = container.streams.best("audio")
    assert isinstance(stream, av.AudioStream)
    codec = stream.codec_context.codec.canonical_name
    damaged = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except (av.FFmpegError, ValueError) as error:
            _log.warning("%s: the file ends early (%s); going on with what was decoded", path, error)
            break
        try:
            for frame in packet.decode():
                if isinstance(frame, av.AudioFrame) and frame.samples:
                    yield _Decoded(frame, codec)
        except (av.FFmpegError, ValueError):
            damaged += 1
    if damaged:
        _log.warning("%s: %d damaged packets were skipped", path, damaged)


def _same_format(frames: Iterable[_Decoded]) -> Iterator[_Decoded]:
    """Frames in the format, layout and rate of the first one; a stream that changes midway is converted."""
    first: av.AudioFrame | None = None
    converters: dict[tuple[str, str, int], av.AudioResampler] = {}
    for decoded in frames:
        first = first or decoded.frame
        key = _key(decoded.frame)
        if key == _key(first):
            yield decoded
            continue
        if key not in converters:
            converters[key] = av.AudioResampler(first.format.name, first.layout.name, first.sample_rate)
        decoded.frame.pts = None  # a converter checks that times are in order
        for frame in converters[key].resample(decoded.frame):
            yield _Decoded(frame, decoded.codec)


def _key(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _batches(frames: Iterable[_Decoded]) -> Iterator[list[_Decoded]]:
    batch: list[_Decoded] = []
    held = 0
    for decoded in frames:
        batch.append(decoded)
        held += decoded.frame.samples
        if held >= BLOCK_FRAMES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _channels_first(decoded: _Decoded) -> np.ndarray:
    """(channels, frames) in the decoder's own type.

    24-bit wav is widened the published way: the new lowest byte repeats the sign, 255 below zero.
    """
    frame = decoded.frame
    samples: np.ndarray = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, len(frame.layout.channels)).T
    return samples | (samples >> 31 & 255) if decoded.codec == "pcm_s24le" else samples


def _bits(decoded: _Decoded) -> int:
    kind = decoded.frame.format.name.rstrip("p")
    if kind == "u8":
        return 8
    if kind == "s16" or decoded.codec in ("mp3", "aac"):
        return 16
    return 32


def _as_integers(samples: np.ndarray, bits: int) -> np.ndarray:
    """Decoder samples as int64 at ``bits`` wide, rounded and clipped the way ffmpeg does it."""
    if samples.dtype.kind == "f":
        top = 1 << (bits - 1)
        return np.clip(np.rint(samples.astype(np.float64) * top), -top, top - 1).astype(np.int64)
    if samples.dtype == np.uint8:
        return samples.astype(np.int64) - 128
    if samples.dtype == np.int64:
        return samples >> 32
    return samples.astype(np.int64)
