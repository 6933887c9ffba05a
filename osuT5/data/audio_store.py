"""Songs as samples: decoded when asked for, or from a file of samples on disk that workers map into memory."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..audio import AudioError, load_audio
from ..files import atomic_write
from .errors import BadTrack
from .rows import Content, Ref, as_file

Floats = NDArray[np.float32]
_Key = TypeVar("_Key")
_MAPPED = 256  # files that stay open; they take no memory


class Song(Protocol):
    """One song at the model's rate."""

    def __len__(self) -> int:
        """Samples."""
        ...

    def part(self, start: int, stop: int, size: int) -> Floats:
        """Samples ``start..stop`` with zeros behind them up to ``size``."""
        ...


@dataclass(frozen=True)
class ArraySong:
    """Samples in memory or mapped; ``scale`` is what they are divided by."""

    samples: NDArray[np.generic]
    scale: float = 1.0

    def __len__(self) -> int:
        return len(self.samples)

    def part(self, start: int, stop: int, size: int) -> Floats:
        result: Floats = np.zeros(size, np.float32)
        piece = self.samples[start : min(stop, start + size)]
        np.divide(piece, np.float32(self.scale), out=result[: len(piece)], casting="unsafe", dtype=np.float32)
        return result


@dataclass(frozen=True)
class FasterSong:
    """A song played ``speed`` times as fast, interpolated from its samples where it is heard (order random)."""

    song: ArraySong
    speed: float

    def __len__(self) -> int:
        return int((len(self.song) - 1) / self.speed) + 1 if len(self.song) else 0

    def part(self, start: int, stop: int, size: int) -> Floats:
        stop = min(stop, start + size, len(self))
        result: Floats = np.zeros(size, np.float32)
        if stop <= start:
            return result
        places = np.arange(start, stop) * self.speed
        first = int(places[0])
        last = min(int(places[-1]) + 2, len(self.song))
        source = self.song.part(first, last, last - first)
        result[: stop - start] = np.interp(places - first, np.arange(last - first), source)
        return result


class AudioStore:
    """Decodes songs and keeps the latest few; with a folder, all of them on disk at the normal rate.

    Files hold int16 where that is exact, else float32; they are named by the content of the audio file.
    """

    def __init__(
        self,
        sample_rate: int,
        normalize: bool,
        folder: Path | None = None,
        kept: int = 2,
        digests: Mapping[str, str] | None = None,
    ) -> None:
        """``kept`` songs stay in memory; ``digests`` are known SHA-256 sums of audio files by path."""
        self._rate, self._normalize, self._folder = sample_rate, normalize, folder
        self._digests = dict(digests or {})
        self._kept: OrderedDict[tuple[str, float], ArraySong] = OrderedDict()
        self._mapped: OrderedDict[str, ArraySong] = OrderedDict()
        self._limit = kept

    def song(self, ref: Ref, speed: float = 1.0) -> Song:
        """The song as the published loader plays it at a rate. Raises ``BadTrack``."""
        name = _key(ref)
        if speed == 1 and self._folder is not None:
            mapped = self._mapped.get(name) or self._stored(ref)
            if mapped is not None:
                return _keep(self._mapped, name, mapped, _MAPPED)
        known = self._kept.get((name, speed))
        song = self._decoded(ref, speed, self._normalize) if known is None else known
        return _keep(self._kept, (name, speed), song, self._limit)

    def resampled(self, ref: Ref, speed: float) -> Song:
        """The song at a rate, interpolated window by window from the normal rate. Raises ``BadTrack``."""
        song = self.song(ref)
        assert isinstance(song, ArraySong)
        return song if speed == 1 else FasterSong(song, speed)

    def _decoded(self, ref: Ref, speed: float, normalize: bool) -> ArraySong:
        try:
            with as_file(ref) as path:
                return ArraySong(load_audio(path, self._rate, speed, normalize))
        except (AudioError, ValueError) as error:
            raise BadTrack("audio_broken", str(error)) from error
        except OSError as error:
            raise BadTrack("audio_missing", f"{_key(ref)}: {error.strerror or error}") from error

    def _stored(self, ref: Ref) -> ArraySong | None:
        """The song from the folder; written first where it is missing. None without a folder that can be used."""
        if self._folder is None:
            return None
        path = self._path(ref)
        if path is None:
            return None
        if not path.exists():
            song = self._decoded(ref, 1.0, False)
            try:
                _write(path, np.asarray(song.samples, dtype=np.float32))
            except OSError:  # a full or read-only disk: go on without
                return ArraySong(song.samples, self._scale(song.samples))
        samples = np.load(path, mmap_mode="r")
        peak = np.load(path.with_suffix(".peak.npy")) if self._normalize else 1.0
        return ArraySong(samples, float(peak) or 1.0)

    def _path(self, ref: Ref) -> Path | None:
        assert self._folder is not None
        digest = self._digests.get(_key(ref))
        if digest is None and isinstance(ref, Content):
            digest = hashlib.sha256(ref.data).hexdigest()
        elif digest is None:
            try:
                digest = file_digest(Path(_key(ref)))
            except OSError:
                return None
            self._digests[_key(ref)] = digest
        return self._folder / digest[:2] / f"{digest}-{self._rate}.npy"

    def _scale(self, samples: NDArray[np.generic]) -> float:
        return float(np.abs(np.asarray(samples, np.float32)).max(initial=0)) or 1.0 if self._normalize else 1.0


def _keep(kept: OrderedDict[_Key, ArraySong], key: _Key, song: ArraySong, limit: int) -> ArraySong:
    """Remember a song as the latest."""
    kept[key] = song
    kept.move_to_end(key)
    while len(kept) > limit:
        kept.popitem(last=False)
    return song


def file_digest(path: Path) -> str:
    """SHA-256 of a file. Raises ``OSError``."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _write(path: Path, samples: Floats) -> None:
    whole = samples.astype(np.int16) if np.abs(samples).max(initial=0) < 32768 else samples
    exact = whole if np.array_equal(whole.astype(np.float32), samples) else samples
    with atomic_write(path.with_suffix(".peak.npy")) as handle:
        np.save(handle, np.float32(np.abs(samples).max(initial=0)))
    with atomic_write(path) as handle:
        np.save(handle, exact)


def _key(ref: Ref) -> str:
    return ref.name if isinstance(ref, Content) else os.fspath(ref)
