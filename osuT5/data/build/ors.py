"""The legacy ORS layout (one folder a track, standard mode only) to an MMRS set (spec 05 section 2.1)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...files import free_path, safe_name
from ..errors import BadTrack, DataError
from ..report import SkipReport
from ..rows import RATES
from ..table import METADATA
from .archive import AUDIO
from .columns import MODES, STATUSES, write_metadata
from .map_row import map_row
from .tables import Tables

_STATUS = {2: 0, 4: 1, 5: 2, 6: 3, 7: 4}  # client database to API
_STAR_KEYS = ("StandardStarRating", "TaikoStarRating", "CatchStarRating", "ManiaStarRating")
_KNOWN_RATES = {"256": 0.75, "0": 1.0, "64": 1.5}


def convert_ors(root: Path, out: Path, tables: Tables, link: bool = True) -> tuple[int, SkipReport]:
    """Write the maps of an ORS set as MMRS; files are hard links where ``link`` and the file system allow it.

    Returns the number of maps. Raises ``DataError`` for a folder that is no ORS set, ``OSError``.
    """
    tracks = sorted(path for path in root.glob("Track*") if path.is_dir())
    if not tracks:
        raise DataError(f"{root}: no Track00000, Track00001, ... here; this is no ORS set")
    report = SkipReport()
    rows = [row for track in tracks for row in _track(track, out, link, report)]
    write_metadata(out / METADATA, [tables.fill(row) for row in rows])
    report.save(out / "build_report.jsonl")
    return len(rows), report


def _track(track: Path, out: Path, link: bool, report: SkipReport) -> Iterator[dict[str, Any]]:
    try:
        told = json.loads((track / "metadata.json").read_text(encoding="utf-8-sig"))
        audio = _audio(track, told)
        entries = sorted(told["Beatmaps"].items())
        set_id = int(told["BeatmapSetId"])
    except BadTrack as error:
        report.add(track.name, error.code, str(error))
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        report.add(track.name, "track_broken", f"{track}: {error!r}")
        return
    name = safe_name(f"{set_id} {told.get('Artist', '')} - {told.get('Title', '')}".replace(".", ""))
    folder = free_path(out / "data" / name)
    for stem, entry in entries:
        source = track / str(told.get("MapDir", "beatmaps")) / f"{stem}.osu"
        try:
            row = _row(source, entry, told)
        except (BadTrack, OSError, KeyError, ValueError) as error:
            code = error.code if isinstance(error, BadTrack) else "map_missing"
            report.add(f"{track.name}/{stem}", code, f"{source}: {error}")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        _place(source, folder / source.name, link)
        _place(audio, folder / audio.name, link)
        yield row | {
            "BeatmapSetId": set_id,
            "BeatmapSetFolder": folder.name,
            "AudioFile": audio.name,
            "BeatmapFile": source.name,
        }


def _audio(track: Path, told: dict[str, Any]) -> Path:
    named = track / str(told.get("AudioFile", ""))
    if told.get("AudioFile") and named.is_file():
        return named
    found = sorted(path for path in track.iterdir() if path.suffix.lower() in AUDIO)
    if not found:
        raise BadTrack("audio_missing", f"{track}: no audio file")
    return found[0]


def _row(source: Path, entry: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    mode = int(entry.get("Ruleset", 0))
    row = map_row(source.read_bytes(), source.name)
    status = _STATUS.get(int(entry.get("RankedStatus", 0)))
    known = {_KNOWN_RATES[key]: float(stars) for key, stars in entry[_STAR_KEYS[mode]].items() if key in _KNOWN_RATES}
    if len(known) == len(_KNOWN_RATES):
        rates = sorted(known)
        inside = [float(np.interp(rate, rates, [known[rate] for rate in rates])) for rate in RATES]
        # the client knows three rates: between them it is followed, beyond them the stars are computed
        computed = row["StarRating"]
        row["StarRating"] = [
            known.get(rate, stars if rate < rates[0] or rate > rates[-1] else near)
            for rate, stars, near in zip(RATES, computed, inside, strict=True)
        ]
        row |= {"DifficultyRating": known[1.0], "StarRatingSource": "osu! client"}
    return row | {
        "Id": int(entry["BeatmapId"]),
        "ModeInt": mode,
        "Mode": MODES[mode],
        "Version": entry.get("Difficulty", row["Version"]),
        "Ranked": status,
        "BeatmapSetRanked": status,
        "Status": None if status is None else STATUSES[status],
        "BeatmapSetStatus": None if status is None else STATUSES[status],
        "Creator": told.get("Creator", row["Creator"]),
        "Tags": told.get("Tags", row["Tags"]),
        "Source": told.get("Source", row["Source"]),
        "Checksum": entry.get("MD5Hash") or row["Checksum"],
    }


def _place(source: Path, target: Path, link: bool) -> None:
    if target.exists():
        return
    try:
        if link:
            os.link(source, target)
            return
    except OSError:
        pass
    shutil.copyfile(source, target)
