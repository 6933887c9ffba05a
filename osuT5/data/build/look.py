"""What is in a data set, and whether its files are there (``inspect`` and ``validate``)."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...config import DataLayout
from ..errors import BadTrack
from ..options import DataOptions
from ..parse import contexts_of, parse_map
from ..rows import read_ref
from ..table import MapTable, read_table


@dataclass(frozen=True)
class Contents:
    """Counts of a data set. ``events`` are percentiles (50, 90, 99, 100) of the events of a window."""

    sets: int
    maps: int
    modes: dict[str, int]
    statuses: dict[str, int]
    years: dict[str, int]
    stars: dict[str, int]
    events: dict[str, int]
    broken: int
    missing: int

    def text(self) -> str:
        """A table for the terminal."""
        lines = [f"{self.maps} maps in {self.sets} sets; {self.missing} files missing, {self.broken} maps unreadable"]
        for name in ("modes", "statuses", "years", "stars", "events"):
            counts: dict[str, int] = getattr(self, name)
            lines.append(f"{name:9} " + (", ".join(f"{key}: {count}" for key, count in counts.items()) or "-"))
        return "\n".join(lines)


def inspect(root: Path, layout: DataLayout, sampled: int = 200) -> Contents:
    """Count what a data set holds; window lengths come from at most ``sampled`` maps. Raises ``DataError``."""
    table = read_table(root)
    places = np.linspace(0, len(table) - 1, min(sampled, len(table))).astype(int).tolist()
    densities, broken = _densities(table, layout, places)
    percentiles = {f"{q}%": int(np.percentile(densities, q)) for q in (50, 90, 99, 100)} if densities else {}
    return Contents(
        sets=len(table.unique_sets),
        maps=len(table),
        modes=_counts(table.column("ModeInt")),
        statuses=_counts(table.column("Ranked")),
        years=_counts(table.column("SubmittedDate")),
        stars=_counts(np.floor(stars)) if (stars := table.column("DifficultyRating")) is not None else {},
        events=percentiles,
        broken=broken,
        missing=len(_missing(table)),
    )


@dataclass
class Validation:
    """Files that rows name and that are not there; folders and files that no row names."""

    missing: list[Path] = field(default_factory=list)
    orphans: list[Path] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.missing and not self.orphans


def validate(root: Path, delete: bool = False) -> Validation:
    """Compare the table with the files; ``delete`` removes files that no row names. Raises ``DataError``."""
    table = read_table(root)
    named = {path for index in range(len(table)) for path in _files(table, index)}
    found = Validation(missing=_missing(table))
    for folder in sorted((root / "data").iterdir()) if (root / "data").is_dir() else []:
        inside = [path for path in sorted(folder.rglob("*")) if path.is_file()] if folder.is_dir() else [folder]
        left = [path for path in inside if path not in named]
        found.orphans += [folder] if left == inside and folder.is_dir() else left
    for path in found.orphans if delete else []:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return found


def _files(table: MapTable, index: int) -> Sequence[Any]:
    row = table.row(index)
    return row.beatmap, row.audio


def _missing(table: MapTable) -> list[Path]:
    found = {path for index in range(len(table)) for path in _files(table, index) if not path.is_file()}
    return sorted(found)


def _densities(table: MapTable, layout: DataLayout, places: list[int]) -> tuple[list[int], int]:
    """Events of each window of the maps, and how many maps could not be read."""
    contexts = contexts_of(layout, DataOptions().add_gd_context)
    found: list[int] = []
    broken = 0
    for place in places:
        row = table.row(place)
        try:
            made = parse_map(read_ref(row.beatmap), row.name, layout, contexts, False)
        except BadTrack:
            broken += 1
            continue
        times = np.concatenate([stream.times for stream in made.streams.values()])
        windows = np.maximum(times, 0) // max(int(layout.window_ms), 1)
        found += np.bincount(windows.astype(np.int64)).tolist()
    return found, broken


def _counts(values: Any) -> dict[str, int]:
    if values is None:
        return {}
    counts = Counter("null" if np.isnan(value) else str(int(value)) for value in values)
    return dict(sorted(counts.items(), key=lambda item: (item[0] == "null", len(item[0]), item[0])))
