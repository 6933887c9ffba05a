"""Local shards of the web set to an MMRS set (spec 05 sections 2.2, 2.3 and 13)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...files import free_path, safe_name, write_bytes
from ..errors import BadTrack, DataError
from ..report import SkipReport
from ..table import METADATA
from ..web import local_shards, tar_samples
from .columns import write_metadata
from .map_row import map_row, set_bpm
from .map_set import StoredAudio, free_name, store_audio
from .map_text import rewritten
from .tables import Tables
from .web_fields import row_of


def web_to_mmrs(root: Path, out: Path, tables: Tables, subset: str = "compressed") -> tuple[int, SkipReport]:
    """Write the songs of local shards as an MMRS set; stars at every rate are computed, the rest is the shards' own.

    Returns the number of maps. Raises ``DataError`` for a folder without shards, ``OSError``.
    """
    shards = local_shards(root, subset)
    if not shards:
        raise DataError(f"{root}: no metadata.parquet and no .tar shards here; this is neither an MMRS nor a web set")
    target = _Target(out, tables)
    for sample in tar_samples(shards):
        if sample["error"]:
            target.report.add(sample["name"], "shard_broken", sample["error"])
            continue
        try:
            target.take(sample)
        except BadTrack as error:
            target.report.add(sample["name"], error.code, str(error))
    return target.finish()


class _Target:
    """The MMRS set that grows: a folder a set, whichever samples its difficulties come from."""

    def __init__(self, out: Path, tables: Tables) -> None:
        self.report = SkipReport()
        self._out, self._tables = out, tables
        self._rows: dict[int, list[dict[str, Any]]] = {}
        self._folders: dict[int, Path] = {}
        self._names: dict[int, set[str]] = {}  # files of each folder, in lower case

    def take(self, sample: Mapping[str, Any]) -> None:
        """Write one song and its maps. Raises ``BadTrack`` where nothing of it can be used."""
        maps = [made for entry in _entries(sample) if (made := self._map(sample["name"], entry)) is not None]
        audio: dict[int, StoredAudio] = {}
        for row, content in maps:
            set_id = row["BeatmapSetId"]
            folder = self._folder(row)
            if set_id not in audio:
                first = next(iter(audio.items()), None)
                audio[set_id] = self._song(sample, set_id, folder, first)
            song, name = audio[set_id], f"{row['Id']}.osu"
            write_bytes(folder / name, rewritten(content, row["Id"], set_id, song.name))
            row |= {"BeatmapSetFolder": folder.name, "BeatmapFile": name, "AudioFile": song.name}
            row |= {"AudioSha256": song.sha256, "AudioSeconds": song.seconds, "AudioPeak": song.peak}
            self._rows.setdefault(set_id, []).append(row)

    def finish(self) -> tuple[int, SkipReport]:
        """Write the table and the report."""
        for rows in self._rows.values():
            tempo = set_bpm(rows)
            for row in rows:
                row["BeatmapSetBpm"] = tempo
        rows = [self._filled(row) for _, found in sorted(self._rows.items()) for row in found]
        write_metadata(self._out / METADATA, rows)
        self.report.save(self._out / "build_report.jsonl")
        return len(rows), self.report

    def _map(self, sample: str, entry: Mapping[str, Any]) -> tuple[dict[str, Any], bytes] | None:
        label = f"{sample}/{entry.get('beatmap_id')}"
        try:
            told, content = row_of(entry), str(entry["content"]).encode("utf-8", "surrogateescape")
            return {**map_row(content, label), **told}, content
        except BadTrack as error:
            self.report.add(label, error.code, str(error))
        except (KeyError, TypeError, ValueError) as error:
            self.report.add(label, "sample_broken", f"{label}: not a map of the web set: {error!r}")
        return None

    def _folder(self, row: Mapping[str, Any]) -> Path:
        set_id = row["BeatmapSetId"]
        if set_id not in self._folders:
            name = safe_name(f"{set_id} {row['Artist']} - {row['Title']}".replace(".", ""))
            self._folders[set_id] = free_path(self._out / "data" / name)
            self._folders[set_id].mkdir(parents=True)
            self._names[set_id] = set()
        return self._folders[set_id]

    def _song(
        self, sample: Mapping[str, Any], set_id: int, folder: Path, first: tuple[int, StoredAudio] | None
    ) -> StoredAudio:
        """The song in the folder of a set; a link where another set of the sample has it. Raises ``BadTrack``."""
        wanted, taken = f"audio{sample['ending']}", self._names[set_id]
        if first is None:
            stored = store_audio(folder, wanted, sample["audio"], taken)
            if isinstance(stored, BadTrack):
                if not any(folder.iterdir()):
                    folder.rmdir()
                    del self._folders[set_id], self._names[set_id]
                raise stored
            return stored
        source, name = self._folders[first[0]] / first[1].name, free_name(wanted, taken)
        try:
            os.link(source, folder / name)
        except OSError:  # a file system without links
            shutil.copyfile(source, folder / name)
        return StoredAudio(name, first[1].sha256, first[1].seconds, first[1].peak)

    def _filled(self, row: dict[str, Any]) -> dict[str, Any]:
        """``row`` with what the given tables know; the shards' user stays where they know none."""
        user, host = row.get("UserId"), row.get("BeatmapSetUserId")
        row = self._tables.fill(row)
        if row["UserId"] is None and user is not None:
            row |= {"UserId": user, "Owners": [user]}
        if row["BeatmapSetUserId"] is None:
            row["BeatmapSetUserId"] = host
        return row


def _entries(sample: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        found = json.loads(sample["json"])["beatmaps"]
        if not all(isinstance(entry, dict) for entry in found):
            raise TypeError("an entry of beatmaps is no object")
        return list(found)
    except (ValueError, KeyError, TypeError) as error:
        raise BadTrack("sample_broken", f"{sample['name']}: not a sample of the web set: {error!r}") from error
