"""Bring the caches of a data set up to date, and fall back to reading anew where that is impossible."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from ..config import DataLayout
from .audio_index import AudioEntry, prepare_audio
from .audio_store import AudioStore
from .cache import EventCache, Writing, prepare_events
from .errors import DataError
from .options import DataOptions
from .parse import contexts_of
from .plan import Listed
from .report import SkipReport
from .rows import MapRow
from .selection import select_nonempty
from .table import MapTable, rows_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caches:
    """``events`` is None where maps are to be parsed when they are needed."""

    folder: Path
    events: EventCache | None
    audio_folder: Path | None


def writing_of(layout: DataLayout, options: DataOptions) -> Writing:
    """The events that a run needs."""
    flips = options.flip_horizontal_prob > 0 or options.flip_vertical_prob > 0
    return Writing(layout, contexts_of(layout, options.add_gd_context), flips)


def cache_folder(root: Path, options: DataOptions) -> Path:
    """Where the caches of a data set are."""
    return Path(options.cache_dir) if options.cache_dir else root / ".cache"


def prepare_caches(table: MapTable, layout: DataLayout, options: DataOptions, split: str) -> Caches:
    """Read the maps of a split into the event cache. Run it in one process before others start.

    A folder that cannot be written is no failure: maps are then parsed when they are needed.
    """
    folder = cache_folder(table.root, options)
    audio = folder / "audio" if options.audio_cache else None
    if not options.event_cache:
        return Caches(folder, None, audio)
    rows = rows_of(table, select_nonempty(table, options, split))
    try:
        return Caches(folder, prepare_events(rows, writing_of(layout, options), folder, options.cache_jobs), audio)
    except OSError as error:
        _log.warning("%s: no event cache here (%s); maps are parsed when they are needed", folder, error)
        return Caches(folder, None, audio)


def prepare_list(
    table: MapTable, layout: DataLayout, options: DataOptions, split: str, caches: Caches, report: SkipReport
) -> tuple[list[Listed], dict[str, str]]:
    """Usable maps of a split for random access, and the known sums of their audio files.

    Raises ``DataError`` without an event cache, and where no map is usable.
    """
    if caches.events is None:
        raise DataError("order random and locality need the event cache; set cache_dir to a folder that can be written")
    indices = select_nonempty(table, options, split)
    rows = rows_of(table, indices)
    paths = [row.audio for row in rows if isinstance(row.audio, Path)]
    audio = prepare_audio(paths, layout.sample_rate, caches.folder, caches.audio_folder, options.cache_jobs)
    listed = []
    for index, row in zip(indices, rows, strict=True):
        entry = _usable(row, caches.events, audio[str(row.audio)], report)
        if entry is not None:
            listed.append(Listed(int(index), row.set_id, row.number, audio[str(row.audio)].samples, entry["events"]))
    if not listed:
        raise DataError(f"{table.root}: no usable map in the {split} split; {report.summary()}")
    return listed, {path: entry.sha256 for path, entry in audio.items()}


def _usable(row: MapRow, events: EventCache, audio: AudioEntry, report: SkipReport) -> dict[str, int] | None:
    entry = events.entry(row)
    if entry is None or entry["code"] is not None:
        code, message = ("not_cached", "not in the cache") if entry is None else (entry["code"], entry["message"])
        report.add(row.name, code, message)
        return None
    if audio.code is not None:
        report.add(row.name, audio.code, audio.message or "")
        return None
    return entry


def audio_store(layout: DataLayout, caches: Caches, kept: int, digests: dict[str, str] | None = None) -> AudioStore:
    """The store that a run reads songs from."""
    return AudioStore(layout.sample_rate, layout.normalize_audio, caches.audio_folder, kept, digests)
