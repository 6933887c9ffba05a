"""An MMRS set to shards like those of the web set: a song with all its difficulties a sample (spec 05 section 2.3)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ...audio import AudioError, load_audio
from ..errors import DataError
from ..report import SkipReport
from ..table import METADATA
from .map_set import RATE
from .web_fields import entry_of

SUBSETS = ("compressed", "original")
BIT_RATE = 64_000  # of the compressed variant, mono Opus
_OPUS_RATE = 48_000  # Hz


def mmrs_to_web(root: Path, out: Path, subset: str = "compressed", size: int = 500) -> tuple[int, SkipReport]:
    """Write ``out/<subset>/data-000000.tar`` ... with ``size`` songs each, in the order of set ids.

    ``compressed`` holds Opus; ``original`` the files as they are, named .mp3 as published. Returns the number of songs.
    Raises ``DataError`` for a table that cannot be read, ``OSError``.
    """
    report = SkipReport()
    samples, written = _samples(root, subset, report), 0
    folder = out / subset
    folder.mkdir(parents=True, exist_ok=True)
    for number, first in enumerate(samples):
        path = folder / f"data-{number:06d}.tar"
        partial = path.with_name(f".{path.name}.partial")
        with tarfile.open(partial, "w") as archive:
            for told, audio in chain([first], islice(samples, size - 1)):
                _add(archive, f"{written:06d}.json", told)
                _add(archive, f"{written:06d}.{'opus' if subset == 'compressed' else 'mp3'}", audio)
                written += 1
        os.replace(partial, path)
    report.save(out / "build_report.jsonl")
    return written, report


def _samples(root: Path, subset: str, report: SkipReport) -> Iterator[tuple[bytes, bytes]]:
    """JSON and audio of each song; what cannot be read is named in ``report``."""
    for rows in _by_song(root, report).values():
        path = _file(root, rows[0], "AudioFile")
        try:
            audio = path.read_bytes()
            told = {
                "audio_hash": hashlib.sha256(audio).hexdigest(),
                "audio_length": rows[0].get("AudioSeconds") or len(load_audio(path, RATE)) / RATE,
                "beatmaps": [entry for row in rows if (entry := _entry(root, row, report)) is not None],
            }
            if told["beatmaps"]:
                yield json.dumps(told).encode(), opus(path) if subset == "compressed" else audio
        except (OSError, AudioError) as error:
            report.add(f"{path.parent.name}/{path.name}", "audio_broken", f"{path}: {error}")


def _by_song(root: Path, report: SkipReport) -> dict[str, list[dict[str, Any]]]:
    """Rows by the content of their audio, in the order of set and map ids."""
    songs: dict[str, list[dict[str, Any]]] = {}
    sums: dict[Path, str] = {}
    for row in sorted(_rows(root), key=lambda row: (row["BeatmapSetId"], row["Id"])):
        path = _file(root, row, "AudioFile")
        try:
            if path not in sums:
                sums[path] = row.get("AudioSha256") or hashlib.sha256(path.read_bytes()).hexdigest()
            songs.setdefault(sums[path], []).append(row)
        except OSError as error:
            report.add(f"{path.parent.name}/{row['BeatmapFile']}", "audio_missing", f"{path}: {error.strerror}")
    return songs


def _rows(root: Path) -> Sequence[dict[str, Any]]:
    from pyarrow import ArrowException, parquet

    try:
        return list(parquet.read_table(root / METADATA).to_pylist())
    except (OSError, ArrowException) as error:
        raise DataError(f"{root / METADATA}: cannot be read as parquet: {error}") from error


def _entry(root: Path, row: dict[str, Any], report: SkipReport) -> dict[str, Any] | None:
    path = _file(root, row, "BeatmapFile")
    try:
        return entry_of(row, path.read_bytes().decode("utf-8-sig", errors="replace"))
    except OSError as error:
        report.add(f"{path.parent.name}/{path.name}", "map_missing", f"{path}: {error.strerror}")
        return None


def _file(root: Path, row: dict[str, Any], column: str) -> Path:
    return root / "data" / str(row["BeatmapSetFolder"]) / str(row[column])


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def opus(path: Path) -> bytes:
    """A song as mono Opus in Ogg. Raises ``AudioError``."""
    import av

    made = io.BytesIO()
    try:
        with av.open(str(path), metadata_errors="ignore") as source, av.open(made, "w", format="ogg") as target:
            stream = target.add_stream("libopus", rate=_OPUS_RATE, layout="mono")
            stream.bit_rate = BIT_RATE
            resampler = av.AudioResampler("s16", "mono", _OPUS_RATE)
            frames = (part for frame in source.decode(audio=0) for part in resampler.resample(frame))
            for frame in frames:
                target.mux(stream.encode(frame))
            for frame in resampler.resample(None):
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    except (av.FFmpegError, IndexError) as error:
        raise AudioError(f"{path}: cannot be made Opus: {error}") from error
    return made.getvalue()
