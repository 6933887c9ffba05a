"""Events of all maps on disk, mapped into memory by whoever reads them (spec 05 section 12).

``<folder>/<key>/index.parquet`` has a row for each map: path, size, date and SHA-256 of its file, and the place of its
events in ``events-00000.arrow`` and the following. A map whose content changed is read anew; a changed parser or layout
has another key. Files are written beside and renamed, an index only names files that are complete.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from ..config import DataLayout
from ..events.event import ContextType
from ..files import atomic_write
from .cache_key import cache_key
from .cache_rows import from_batch, schema, to_row
from .errors import BadTrack
from .parse import MapEvents, parse_map
from .rows import MapRow

_log = logging.getLogger(__name__)
_CHUNK = 64  # maps of one task, and of one batch in the file
INDEX = "index.parquet"
_COLUMNS = pa.schema(
    [
        ("path", pa.string()),
        ("size", pa.int64()),
        ("modified", pa.int64()),
        ("sha256", pa.string()),
        ("shard", pa.int32()),
        ("batch", pa.int32()),
        ("place", pa.int32()),
        ("code", pa.string()),  # reason why a map has no events, else null
        ("message", pa.string()),
        ("events", pa.int32()),
        ("last_ms", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Writing:
    """How events are written: what a cache belongs to."""

    layout: DataLayout
    contexts: tuple[ContextType, ...]
    flips: bool

    @property
    def key(self) -> str:
        return cache_key(self.layout, self.contexts, self.flips)


class EventCache:
    """Reads cached events. Safe to hand to worker processes: files are opened where they are used."""

    def __init__(self, folder: Path, writing: Writing, entries: dict[str, dict[str, Any]]) -> None:
        self._folder, self._writing, self._entries = folder, writing, entries
        self._files: dict[int, pa.RecordBatchFileReader] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_files": {}}

    def entry(self, row: MapRow) -> dict[str, Any] | None:
        """What the index says of a map: ``events``, ``last_ms``, and ``code`` where it is unusable."""
        return self._entries.get(str(row.beatmap))

    def events(self, row: MapRow) -> MapEvents:
        """Events of a map. Raises ``BadTrack`` for one that could not be read, or that is not in the cache."""
        entry = self.entry(row)
        if entry is None:
            raise BadTrack("not_cached", f"{row.name}: not in the event cache")
        if entry["code"] is not None:
            raise BadTrack(entry["code"], entry["message"])
        batch = self._file(entry["shard"]).get_batch(entry["batch"])
        return from_batch(batch, entry["place"], self._writing.contexts, self._writing.flips)

    def _file(self, shard: int) -> pa.RecordBatchFileReader:
        if shard not in self._files:
            path = _shard_path(self._folder, shard)
            self._files[shard] = pa.ipc.open_file(pa.memory_map(str(path)))
        return self._files[shard]


def prepare_events(rows: Iterable[MapRow], writing: Writing, folder: Path, jobs: int = 1) -> EventCache:
    """The cache for ``rows`` (whose maps are files), brought up to date first.

    Raises ``OSError`` where the folder cannot be written.
    """
    folder = folder / writing.key
    folder.mkdir(parents=True, exist_ok=True)
    known = _read_index(folder)
    paths = sorted({str(row.beatmap) for row in rows if isinstance(row.beatmap, Path)})
    fresh, stale = _check(paths, known)
    if stale:
        _log.info("event cache %s: reading %d of %d maps", writing.key, len(stale), len(paths))
        shard = _next_shard(folder)
        for entry in _build(stale, writing, folder, shard, jobs):
            fresh[entry["path"]] = entry
    if fresh != known:
        others = {path: entry for path, entry in known.items() if path not in fresh and path not in set(paths)}
        _write_index(folder, [*others.values(), *fresh.values()])
    return EventCache(folder, writing, fresh)


def _check(paths: Sequence[str], known: dict[str, dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Entries that still hold, and paths to read. A file that was only touched keeps its events."""
    fresh: dict[str, dict[str, Any]] = {}
    stale: list[str] = []
    for path in paths:
        entry = known.get(path)
        try:
            state = Path(path).stat()
        except OSError:
            stale.append(path)
            continue
        if entry is not None and (entry["size"], entry["modified"]) == (state.st_size, state.st_mtime_ns):
            fresh[path] = entry
        elif entry is not None and entry["size"] == state.st_size and entry["sha256"] == _digest(path):
            fresh[path] = {**entry, "modified": state.st_mtime_ns}
        else:
            stale.append(path)
    return fresh, stale


def _build(paths: Sequence[str], writing: Writing, folder: Path, shard: int, jobs: int) -> Iterator[dict[str, Any]]:
    """Write one new file of events; entries come once it is complete."""
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    entries: list[dict[str, Any]] = []
    columns = schema(writing.contexts, writing.flips)
    with atomic_write(_shard_path(folder, shard)) as handle, pa.ipc.new_file(handle, columns) as writer:
        batch = 0
        for results in _run(chunks, writing, jobs):
            found = [row for _, row in results if row is not None]
            place = 0
            for entry, row in results:
                entries.append({**entry, "shard": shard, "batch": batch, "place": place if row is not None else -1})
                place += row is not None
            if found:
                writer.write_batch(pa.RecordBatch.from_pylist(found, schema=columns))
                batch += 1
    return chain(entries)


Result = tuple[dict[str, Any], "dict[str, Any] | None"]


def _run(chunks: Sequence[Sequence[str]], writing: Writing, jobs: int) -> Iterator[list[Result]]:
    work = partial(_read_chunk, writing=writing)
    if jobs <= 1 or len(chunks) < 2:
        yield from map(work, chunks)
        return
    with ProcessPoolExecutor(min(jobs, len(chunks))) as pool:
        yield from pool.map(work, chunks)


def _read_chunk(paths: Sequence[str], writing: Writing) -> list[Result]:
    return [_read_one(path, writing) for path in paths]


def _read_one(path: str, writing: Writing) -> Result:
    entry: dict[str, Any] = dict.fromkeys(("code", "message", "events", "last_ms"))
    entry |= {"path": path, "size": -1, "modified": -1, "sha256": ""}
    try:
        state = Path(path).stat()
        data = Path(path).read_bytes()
    except OSError as error:
        return {**entry, "code": "map_missing", "message": f"{path}: cannot be read ({error.strerror})"}, None
    entry |= {"size": len(data), "modified": state.st_mtime_ns, "sha256": hashlib.sha256(data).hexdigest()}
    try:
        found = parse_map(data, Path(path).name, writing.layout, writing.contexts, writing.flips)
    except BadTrack as error:
        return {**entry, "code": error.code, "message": str(error)}, None
    count = sum(len(stream) for stream in found.streams.values())
    return {**entry, "events": count, "last_ms": found.facts.last_ms}, to_row(found)


def _read_index(folder: Path) -> dict[str, dict[str, Any]]:
    """Entries by path; none where there is no index or it is damaged."""
    path = folder / INDEX
    if not path.exists():
        return {}
    try:
        rows = parquet.read_table(path, schema=_COLUMNS).to_pylist()
    except (pa.ArrowException, OSError) as error:
        _log.warning("%s: damaged, the cache is built anew (%s)", path, error)
        return {}
    return {row["path"]: row for row in rows if row["code"] is not None or _shard_path(folder, row["shard"]).exists()}


def _write_index(folder: Path, entries: Sequence[dict[str, Any]]) -> None:
    ordered = sorted(entries, key=lambda entry: entry["path"])
    with atomic_write(folder / INDEX) as handle:
        parquet.write_table(pa.Table.from_pylist(ordered, schema=_COLUMNS), handle)


def _next_shard(folder: Path) -> int:
    numbers = [int(path.stem.split("-")[1]) for path in folder.glob("events-*.arrow")]
    return max(numbers, default=-1) + 1


def _shard_path(folder: Path, shard: int) -> Path:
    return folder / f"events-{shard:05d}.arrow"


def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
