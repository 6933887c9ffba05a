"""The map under test and its song, checked before any model is loaded (spec 06 section 1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..audio import AudioError, load_audio
from ..beatmap import Beatmap, BeatmapError, parse_beatmap
from ..config import Conditions, DataLayout
from ..events.facts import SongFacts, map_conditions, song_facts
from ..request import RequestError
from ..stars import star_rating
from .words import clock

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Source:
    """A map that can be looked at. ``data`` is the file as it is; ``audio`` an existing file."""

    path: Path
    data: bytes
    beatmap: Beatmap
    stars: float | None
    conditions: Conditions
    song: SongFacts
    audio: Path


def check_path(text: str) -> Path:
    """The path of a map, an archive or a folder. Raises :class:`RequestError`."""
    if not text:
        raise RequestError("beatmap_path: empty; give an .osu file, an .osz file or a folder")
    path = Path(text)
    if not path.exists():
        raise RequestError(f"beatmap_path: {path} does not exist")
    if not path.is_dir() and path.suffix.lower() not in (".osu", ".osz"):
        raise RequestError(f"beatmap_path: {path} is not an .osu file, an .osz file or a folder")
    return path


def read_source(path: Path, audio_path: str = "") -> Source:
    """Read and check one difficulty. Raises :class:`RequestError` with one line."""
    try:
        data = path.read_bytes()
        beatmap = parse_beatmap(data, path.name)
    except BeatmapError as error:
        raise RequestError(f"beatmap_path: {error}") from None
    except OSError as error:
        raise RequestError(f"beatmap_path: cannot read {path}: {error.strerror or error}") from None
    if not beatmap.hit_objects:
        raise RequestError(f"beatmap_path: {path} has no hit objects")
    if not any(point.uninherited for point in beatmap.timing_points):
        raise RequestError(f"beatmap_path: {path} has no timing: not one uninherited timing point")
    stars = star_rating(data)
    try:
        conditions, song = map_conditions(beatmap, stars), song_facts(beatmap)
    except ValueError as error:
        raise RequestError(f"beatmap_path: {path}: {error}") from None
    return Source(path, data, beatmap, stars, conditions, song, _audio(path, beatmap, audio_path))


def _audio(path: Path, beatmap: Beatmap, audio_path: str) -> Path:
    if audio_path:
        audio, origin = Path(audio_path), ""
    elif beatmap.general.audio_filename:
        audio, origin = path.parent / beatmap.general.audio_filename, f", named by {path.name},"
    else:
        raise RequestError(f"audio_path: empty, and {path.name} names no song")
    if audio.is_dir():
        raise RequestError(f"audio_path: {audio}{origin} is a directory; give one file, a song")
    if not audio.exists():
        raise RequestError(f"audio_path: {audio}{origin} does not exist")
    return audio


class Songs:
    """Decodes songs; the difficulties of a set share one."""

    def __init__(self) -> None:
        self._key: tuple[Path, int, bool] | None = None
        self._samples: Samples | None = None

    def load(self, source: Source, layout: DataLayout) -> Samples:
        """The song's samples (f32, mono). Raises :class:`RequestError`, also where the song ends before the map."""
        sample_rate, normalize = layout.sample_rate, layout.normalize_audio
        key = (source.audio.resolve(), sample_rate, normalize)
        if self._samples is None or key != self._key:
            try:
                self._samples = load_audio(source.audio, sample_rate, normalize=normalize)
            except AudioError as error:
                raise RequestError(f"audio_path: {error}") from None
            self._key = key
        length, last = len(self._samples) / sample_rate * 1000, source.beatmap.hit_objects[-1].time
        if last >= length:
            raise RequestError(
                f"audio_path: {source.audio} ends at {clock(length)}, before the last object of {source.path.name} "
                f"at {clock(last)}"
            )
        return self._samples
