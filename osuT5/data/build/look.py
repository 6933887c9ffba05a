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
from ...tokenizer import Tokenizer
from ..draws import MapDraws, SetDraws
from ..errors import BadTrack
from ..options import DataOptions
from ..parse import contexts_of, parse_map
from ..rows import MapRow, read_ref
from ..table import MapTable, read_table
from ..windows import Given, MapWindows, Recipe

_REST_MS = 1000  # of song behind the last event


@dataclass(frozen=True)
class Contents:
    """Counts of a data set. ``tokens`` are percentiles (50, 90, 99, 100) of the tokens of a window.

    ``truncated`` is the share of windows with more tokens than ``tgt_seq_len``, ``outside`` the number of times and maps
    with values that have no token.
    """

    sets: int
    maps: int
    modes: dict[str, int]
    statuses: dict[str, int]
    years: dict[str, int]
    stars: dict[str, int]
    tokens: dict[str, int]
    truncated: float
    outside: int
    broken: int
    missing: int

    def text(self) -> str:
        """A table for the terminal."""
        lines = [f"{self.maps} maps in {self.sets} sets; {self.missing} files missing, {self.broken} maps unreadable"]
        for name in ("modes", "statuses", "years", "stars", "tokens"):
            counts: dict[str, int] = getattr(self, name)
            lines.append(f"{name:9} " + (", ".join(f"{key}: {count}" for key, count in counts.items()) or "-"))
        lines.append(f"{'cut off':9} {self.truncated:.2%} of the windows; {self.outside} times or maps have no token")
        return "\n".join(lines)


def inspect(root: Path, layout: DataLayout, sampled: int = 200) -> Contents:
    """Count what a data set holds; window lengths come from at most ``sampled`` maps. Raises ``DataError``."""
    table = read_table(root)
    places = np.linspace(0, len(table) - 1, min(sampled, len(table))).astype(int).tolist()
    sample = _Sample(layout)
    for place in places:
        sample.take(table.row(place))
    lengths = sample.lengths
    return Contents(
        sets=len(table.unique_sets),
        maps=len(table),
        modes=_counts(table.column("ModeInt")),
        statuses=_counts(table.column("Ranked")),
        years=_counts(table.column("SubmittedDate")),
        stars=_counts(np.floor(stars)) if (stars := table.column("DifficultyRating")) is not None else {},
        tokens={f"{q}%": int(np.percentile(lengths, q)) for q in (50, 90, 99, 100)} if lengths else {},
        truncated=sample.truncated / max(len(lengths), 1),
        outside=sample.outside + sample.recipe.codec.clipped,
        broken=sample.broken,
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


class _Sample:
    """Windows of some maps under every template, without augmentation; a map stands in for its guest map."""

    def __init__(self, layout: DataLayout) -> None:
        self.recipe = Recipe(Tokenizer.build(layout), layout, DataOptions())
        self.lengths: list[int] = []
        self.truncated = self.outside = self.broken = 0
        self._contexts = contexts_of(layout)

    def take(self, row: MapRow) -> None:
        """Add the windows of one map."""
        layout = self.recipe.layout
        try:
            events = parse_map(read_ref(row.beatmap), row.name, layout, self._contexts, False)
            samples = (max(events.facts.last_ms, 0) + _REST_MS) * layout.sample_rate // 1000
            given = Given(row, events)
            maps = [
                MapWindows(self.recipe, given, given, SetDraws(), MapDraws(template), samples)
                for template in layout.templates
            ]
            windows = [w for made in maps for number in range(len(made)) if (w := made.window(number, None, None))]
        except BadTrack as error:
            if error.code == "outside_vocabulary":
                self.outside += 1
            else:
                self.broken += 1
            return
        self.lengths += [len(window.tokens.ids) for window in windows]
        self.truncated += sum(window.tokens.truncated for window in windows)


def _counts(values: Any) -> dict[str, int]:
    if values is None:
        return {}
    counts = Counter("null" if np.isnan(value) else str(int(value)) for value in values)
    return dict(sorted(counts.items(), key=lambda item: (item[0] == "null", len(item[0]), item[0])))
