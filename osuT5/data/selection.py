"""Which rows of a data set take part: split by position or hash, then filters (spec 05 section 3)."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from .errors import DataError
from .options import DataOptions
from .table import Ints, MapTable


def set_positions(table: MapTable, options: DataOptions, split: str) -> range:
    """Positions of the split in the sorted set ids. Raises ``DataError`` when it is empty."""
    start, end = options.span(split)
    count = len(table.unique_sets)
    stop = count if end is None else min(end, count)
    if stop <= start or start < 0:
        raise DataError(
            f"{split}_dataset_start, {split}_dataset_end: {start}..{end} holds no set; {table.root} has {count} sets"
        )
    return range(start, stop)


def select(table: MapTable, options: DataOptions, split: str, positions: range | None = None) -> Ints:
    """Indices of the rows that take part, in table order. ``positions`` narrows the split (one worker's part)."""
    places = set_positions(table, options, split) if positions is None else positions
    sets = table.unique_sets[places.start : places.stop]
    keep = np.isin(table.set_ids, sets) & _filters(table, options)
    if options.test_percent > 0:
        in_test = _in_test(table, options.test_percent)
        keep &= in_test if split == "test" else ~in_test
    indices: Ints = np.flatnonzero(keep)
    if options.add_gd_context:
        ids, counts = np.unique(table.set_ids[indices], return_counts=True)
        indices = indices[np.isin(table.set_ids[indices], ids[counts > 1])]
    return indices


def select_nonempty(table: MapTable, options: DataOptions, split: str) -> Ints:
    """:func:`select` for a whole split. Raises ``DataError`` when nothing passes the filters."""
    indices = select(table, options, split)
    if not len(indices):
        raise DataError(
            f"{table.root}: no map of the {split} split passes the filters "
            f"(gamemodes {options.gamemodes}, ranked_statuses {options.ranked_statuses}, years "
            f"{options.min_year}..{options.max_year}, stars {options.min_difficulty}..{options.max_difficulty}); "
            "sets without a status need include_unknown_status=true"
        )
    return indices


def _filters(table: MapTable, options: DataOptions) -> NDArray[np.bool_]:
    keep = np.isin(table.column("ModeInt"), options.gamemodes)
    if options.set_ids is not None:
        keep &= np.isin(table.set_ids, options.set_ids)
    if options.ranked_statuses is not None:
        ranked = _values(table, "Ranked")
        keep &= np.isin(ranked, options.ranked_statuses) | (np.isnan(ranked) & options.include_unknown_status)
    keep &= _between(_values(table, "RankedDate"), options.min_year, options.max_year)
    return keep & _between(_values(table, "DifficultyRating"), options.min_difficulty, options.max_difficulty)


def _values(table: MapTable, name: str) -> NDArray[np.float64]:
    column = table.column(name)
    return np.full(len(table), np.nan) if column is None else column


def _between(values: NDArray[np.float64], low: float | None, high: float | None) -> NDArray[np.bool_]:
    """Inside the limits; a null is outside any limit."""
    keep = np.ones(len(values), dtype=bool)
    if low is not None:
        keep &= values >= low
    if high is not None:
        keep &= values <= high
    return keep


def _in_test(table: MapTable, percent: float) -> NDArray[np.bool_]:
    """Whether each row's set falls to the test split. Sets that share a song fall to the same side."""
    group = {int(set_id): str(set_id) for set_id in table.unique_sets}
    songs = table.column("AudioSha256")
    if songs is not None:
        leader: dict[str, str] = {}
        for set_id, song in zip(table.set_ids.tolist(), songs, strict=True):
            if isinstance(song, str):
                group[set_id] = leader.setdefault(song, group[set_id])
    chosen = [set_id for set_id, name in group.items() if _share(name) * 100 < percent]
    return np.isin(table.set_ids, chosen)


def _share(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32
