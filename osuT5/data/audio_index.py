"""Lengths and sums of all songs of a data set, found once (spec 05 section 12.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from ..files import atomic_write
from .audio_store import AudioStore, file_digest
from .errors import BadTrack

INDEX = "audio.parquet"
_COLUMNS = pa.schema(
    [
        ("path", pa.string()),
        ("size", pa.int64()),
        ("modified", pa.int64()),
        ("sha256", pa.string()),
        ("samples", pa.int64()),
        ("rate", pa.int32()),
        ("code", pa.string()),
        ("message", pa.string()),
    ]
)


@dataclass(frozen=True)
class AudioEntry:
    """One audio file: its length in samples at ``rate`` Hz, or why it cannot be used."""

    path: str
    size: int
    modified: int
    sha256: str
    samples: int
    rate: int
    code: str | None = None
    message: str | None = None


def prepare_audio(
    paths: Iterable[Path], sample_rate: int, folder: Path, samples_folder: Path | None, jobs: int = 1
) -> dict[str, AudioEntry]:
    """Entries by path, brought up to date; songs are decoded to ``samples_folder`` where one is given.

    Raises ``OSError`` where the folder cannot be written.
    """
    known = _read(folder / INDEX)
    wanted = sorted({str(path) for path in paths})
    fresh = {path: known[path] for path in wanted if path in known and _holds(known[path], sample_rate)}
    stale = [path for path in wanted if path not in fresh]
    for entry in _run(stale, sample_rate, samples_folder, jobs):
        fresh[entry.path] = entry
    if stale:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / INDEX, {**known, **fresh})
    return fresh


def _holds(entry: AudioEntry, sample_rate: int) -> bool:
    try:
        state = Path(entry.path).stat()
    except OSError:
        return entry.code == "audio_missing"
    return (entry.size, entry.modified, entry.rate) == (state.st_size, state.st_mtime_ns, sample_rate)


def _run(paths: Sequence[str], rate: int, samples_folder: Path | None, jobs: int) -> Iterator[AudioEntry]:
    work = partial(_measure, rate=rate, samples_folder=samples_folder)
    if jobs <= 1 or len(paths) < 2:
        yield from map(work, paths)
        return
    with ProcessPoolExecutor(min(jobs, len(paths))) as pool:
        yield from pool.map(work, paths, chunksize=4)


def _measure(path: str, rate: int, samples_folder: Path | None) -> AudioEntry:
    file = Path(path)
    try:
        state = file.stat()
        digest = file_digest(file)
        store = AudioStore(rate, False, samples_folder, kept=1, digests={path: digest})
        return AudioEntry(path, state.st_size, state.st_mtime_ns, digest, len(store.song(file)), rate)
    except OSError as error:
        return AudioEntry(path, -1, -1, "", 0, rate, "audio_missing", f"{path}: cannot be read ({error.strerror})")
    except BadTrack as error:
        return AudioEntry(path, state.st_size, state.st_mtime_ns, digest, 0, rate, error.code, str(error))


def _read(path: Path) -> dict[str, AudioEntry]:
    if not path.exists():
        return {}
    try:
        rows = parquet.read_table(path, schema=_COLUMNS).to_pylist()
    except (pa.ArrowException, OSError):
        return {}
    return {row["path"]: AudioEntry(**row) for row in rows}


def _write(path: Path, entries: dict[str, AudioEntry]) -> None:
    rows = [vars(entries[name]) for name in sorted(entries)]
    with atomic_write(path) as handle:
        parquet.write_table(pa.Table.from_pylist(rows, schema=_COLUMNS), handle)
