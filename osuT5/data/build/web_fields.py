"""Columns of an MMRS table and the fields of the web set's JSON that say the same (spec 05 sections 2.2 and 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .columns import MODES, STATUSES

_DATE = "%Y-%m-%d %H:%M:%S"
_TEXTS = {
    "title": "Title",
    "artist": "Artist",
    "creator": "Creator",
    "version": "Version",
    "source": "Source",
    "tags": "Tags",
    "file_md5": "Checksum",
}
_INTS = {
    "beatmapset_id": "BeatmapSetId",
    "beatmap_id": "Id",
    "mode": "ModeInt",
    "approved": "Ranked",
    "creator_id": "UserId",
    "hit_length": "HitLength",
    "total_length": "TotalLength",
    "max_combo": "MaxCombo",
    "count_normal": "CountCircles",
    "count_slider": "CountSliders",
    "count_spinner": "CountSpinners",
    "favourite_count": "FavouriteCount",
    "playcount": "PlayCount",
    "passcount": "PassCount",
    "genre_id": "GenreId",
    "language_id": "LanguageId",
}
_FLOATS = {
    "difficultyrating": "DifficultyRating",
    "bpm": "Bpm",
    "diff_size": "Cs",
    "diff_overall": "Accuracy",
    "diff_approach": "Ar",
    "diff_drain": "Drain",
}
_DATES = {"submit_date": "SubmittedDate", "approved_date": "RankedDate", "last_update": "LastUpdated"}


def row_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Columns that an entry of the web set tells; nulls are left out. Raises ``KeyError``, ``TypeError``, ``ValueError``."""
    row: dict[str, Any] = {}
    kinds: tuple[tuple[dict[str, str], Any], ...] = ((_TEXTS, str), (_INTS, int), (_FLOATS, float), (_DATES, _date))
    for names, kind in kinds:
        row |= {column: kind(entry[name]) for name, column in names.items() if entry.get(name) is not None}
    if row["ModeInt"] not in range(len(MODES)):
        raise ValueError(f"mode {row['ModeInt']} is not one of 0 to {len(MODES) - 1}")
    row["Mode"] = MODES[row["ModeInt"]]
    if "Ranked" in row:
        status = STATUSES.get(row["Ranked"])
        row |= {"BeatmapSetRanked": row["Ranked"], "Status": status, "BeatmapSetStatus": status}
    if "UserId" in row:
        row["BeatmapSetUserId"] = row["UserId"]
    if "LastUpdated" in row:
        row["BeatmapSetLastUpdated"] = row["LastUpdated"]
    return row


def entry_of(row: Mapping[str, Any], content: str) -> dict[str, Any]:
    """The web set's entry for a row and the text of its map; what the row does not tell is null."""
    entry = {name: row.get(column) for names in (_TEXTS, _INTS, _FLOATS) for name, column in names.items()}
    for name, column in _DATES.items():
        date = row.get(column)
        entry[name] = None if date is None else date.strftime(_DATE)
    return {**entry, "content": content}


def _date(text: Any) -> datetime:
    return datetime.strptime(str(text)[:19], _DATE)
