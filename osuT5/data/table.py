"""``metadata.parquet`` of an MMRS set in memory, sorted by set and beatmap id (spec 05 section 2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DataError
from .rows import MapRow

Ints = NDArray[np.int64]
METADATA = "metadata.parquet"
REQUIRED = ("BeatmapSetId", "Id", "ModeInt", "BeatmapSetFolder", "AudioFile", "BeatmapFile")
OPTIONAL = (
    "Ranked",
    "RankedDate",
    "SubmittedDate",
    "DifficultyRating",
    "StarRating",
    "UserId",
    "OmdbTags",
    "TopTagIds",
    "TopTagCounts",
    "AudioSha256",
)
_DATES = ("RankedDate", "SubmittedDate")


class MapTable:
    """Rows of one data set; columns are arrays, a :class:`MapRow` is made when it is asked for."""

    def __init__(self, root: Path, columns: dict[str, Any]) -> None:
        self.root = root
        self._columns = columns
        self.set_ids: Ints = columns["BeatmapSetId"]
        self.ids: Ints = columns["Id"]
        self.unique_sets: Ints = np.unique(self.set_ids)

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> Any:
        """A column as floats (NaN for null) where it is a number, years for dates, objects otherwise; None if absent."""
        return self._columns.get(name)

    def row(self, index: int) -> MapRow:
        """One difficulty."""
        folder = self.root / "data" / str(self._columns["BeatmapSetFolder"][index])
        return MapRow(
            set_id=int(self.set_ids[index]),
            beatmap_id=int(self.ids[index]),
            number=int(self._columns["BeatmapIdx"][index]),
            mode=int(self._columns["ModeInt"][index]),
            beatmap=folder / str(self._columns["BeatmapFile"][index]),
            audio=folder / str(self._columns["AudioFile"][index]),
            ranked=self._whole("Ranked", index),
            year=self._whole("SubmittedDate", index),
            stars=self._number("DifficultyRating", index),
            star_ratings=self._stars(index),
            user_id=self._whole("UserId", index),
            omdb_tags=tuple(str(tag) for tag in self._list("OmdbTags", index)),
            tags=self._tags(index),
        )

    def _number(self, name: str, index: int) -> float | None:
        column = self._columns.get(name)
        if column is None or np.isnan(column[index]):
            return None
        return float(column[index])

    def _whole(self, name: str, index: int) -> int | None:
        value = self._number(name, index)
        return None if value is None else int(value)

    def _list(self, name: str, index: int) -> Sequence[Any]:
        column = self._columns.get(name)
        if column is None or column[index] is None or np.ndim(column[index]) == 0:
            return ()
        return list(column[index])

    def _stars(self, index: int) -> tuple[float, ...] | None:
        values = tuple(float(value) for value in self._list("StarRating", index) if value is not None)
        return values or None

    def _tags(self, index: int) -> tuple[tuple[int, int], ...]:
        ids, counts = self._list("TopTagIds", index), self._list("TopTagCounts", index)
        return tuple((int(tag), int(count)) for tag, count in zip(ids, counts, strict=False))


def read_table(root: str | Path) -> MapTable:
    """Read the metadata of an MMRS set. Raises ``DataError`` for a folder that holds none, or columns it lacks."""
    import pandas

    root = Path(root)
    path = root / METADATA
    if not path.is_file():
        raise DataError(f"{root}: no {METADATA} here; an MMRS data set has it beside its folder data/")
    try:
        frame = pandas.read_parquet(path, columns=_present(path))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as parquet: {error}") from error
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise DataError(f"{path}: columns missing: {', '.join(missing)}")
    frame["BeatmapIdx"] = np.arange(len(frame))
    for name in ("BeatmapSetId", "Id"):
        if frame[name].isna().any():
            raise DataError(f"{path}: column {name} has nulls; every row needs it")
    frame = frame.sort_values(["BeatmapSetId", "Id"], kind="stable").reset_index(drop=True)
    return MapTable(root, {name: _column(frame[name], name) for name in frame.columns})


def _present(path: Path) -> list[str]:
    from pyarrow import parquet

    names = set(parquet.read_schema(path).names)
    return [name for name in (*REQUIRED, *OPTIONAL) if name in names]


def _column(series: Any, name: str) -> Any:
    import pandas

    if name in _DATES:
        return pandas.to_datetime(series, errors="coerce", utc=True).dt.year.to_numpy(dtype=float, na_value=np.nan)
    if name in ("BeatmapSetId", "Id", "BeatmapIdx"):
        return series.to_numpy(dtype=np.int64)
    if name in ("ModeInt", "Ranked", "DifficultyRating", "UserId"):
        return pandas.to_numeric(series, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return series.to_numpy(dtype=object)


def rows_of(table: MapTable, indices: Iterable[int]) -> list[MapRow]:
    """Several rows."""
    return [table.row(int(index)) for index in indices]
