"""What is not in a map file and comes from tables that the user gives: descriptors, user tags, mappers."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DataError


@dataclass(frozen=True)
class Tables:
    """``descriptors``: names by beatmap id; ``votes``: (tag id, count) by beatmap id; ``users``: id by lower-case name;
    ``mappers``: user id by beatmap id."""

    descriptors: Mapping[int, list[str]] = field(default_factory=dict)
    votes: Mapping[int, list[tuple[int, int]]] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    mappers: Mapping[int, int] = field(default_factory=dict)

    def fill(self, row: dict[str, Any]) -> dict[str, Any]:
        """``row`` with what the tables know of it; lists are empty where nothing is known."""
        votes = self.votes.get(row["Id"], [])
        host = self.users.get(str(row.get("Creator", "")).lower())
        user = self.mappers.get(row["Id"], host)
        row |= {
            "OmdbTags": list(self.descriptors.get(row["Id"], [])),
            "TopTagIds": [tag for tag, _ in votes],
            "TopTagCounts": [count for _, count in votes],
            "UserId": user,
            "BeatmapSetUserId": host,
            "Owners": [] if user is None else [user],
            "PackTags": [],
            "Ratings": [],
        }
        return row


def read_tables(
    descriptors: Path | None = None, tags: Path | None = None, users: Path | None = None, mappers: Path | None = None
) -> Tables:
    """Read the tables that are given.

    ``descriptors``: lines ``beatmap id,name``. ``tags``: lines ``beatmap id,tag id,votes``. ``users``: JSON
    ``{name: id}``. ``mappers``: JSON ``{beatmap id: user id}``. Raises ``DataError``.
    """
    named: dict[int, list[str]] = {}
    votes: dict[int, list[tuple[int, int]]] = {}
    for row in _csv(descriptors, 2):
        named.setdefault(int(row[0]), []).append(row[1])
    for row in _csv(tags, 3):
        votes.setdefault(int(row[0]), []).append((int(row[1]), int(row[2])))
    return Tables(
        named,
        {beatmap: sorted(found, key=lambda vote: -vote[1]) for beatmap, found in votes.items()},
        {str(name).lower(): int(user) for name, user in _json(users).items()},
        {int(beatmap): int(user) for beatmap, user in _json(mappers).items()},
    )


def _csv(path: Path | None, width: int) -> list[list[str]]:
    if path is None:
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = [row for row in csv.reader(handle) if row]
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as CSV: {error}") from error
    rows = rows[1:] if rows and not rows[0][0].lstrip("-").isdigit() else rows
    for number, row in enumerate(rows, 1):
        if len(row) < width or not all(cell.strip().lstrip("-").isdigit() for cell in [row[0], *row[2:width]]):
            raise DataError(f"{path}, row {number}: {row!r}; expected {width} columns that begin with a beatmap id")
    return rows


def _json(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(value, int) for value in found.values()):
        raise DataError(f"{path}: expected an object whose values are user ids")
    return found
