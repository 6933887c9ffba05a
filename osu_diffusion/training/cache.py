"""Parsed maps in one file each of rows and of facts, mapped into memory: parsing .osu text is the slow part of loading."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from osuT5.beatmap import BeatmapError, read_beatmap
from osuT5.files import write_bytes
from osuT5.stars import star_rating

from ..map_rows import rows_of
from .collect import DOUBLE_TIME, MapFile
from .options import DataOptions

logger = logging.getLogger(__name__)

VERSION = 1
ROW = np.dtype([("x", "<f4"), ("y", "<f4"), ("time", "<f8"), ("type", "u1")])


@dataclass(frozen=True)
class TrainingMap:
    """One map: rows ``start`` to ``end`` of the shared array, and what its class vector needs."""

    start: int
    end: int
    beatmap_id: int | None
    stars: tuple[float, float] | None
    circle_size: float


class MapCache:
    """All maps of a data set; ``rows`` (all elements) is mapped from disk."""

    def __init__(self, folder: Path) -> None:
        facts = json.loads((folder / "maps.json").read_text())
        self.maps = [TrainingMap(s, e, i, tuple(stars) if stars else None, cs) for s, e, i, stars, cs in facts]
        self._path = folder / "rows.npy"

    @property
    def rows(self) -> np.ndarray:
        """All rows, opened anew in each process."""
        return np.load(self._path, mmap_mode="r")


def build_cache(files: Sequence[MapFile], folder: Path, options: DataOptions) -> MapCache:
    """The cache for these files, from ``folder`` when it is there, else parsed and written to it.

    Maps of other modes are left out; those that cannot be read or hold no object too, with a warning.
    """
    target = folder / _key(files, options)
    if not (target / "maps.json").is_file():
        _write(target, _parsed_all(files, options))
    return MapCache(target)


def _key(files: Sequence[MapFile], options: DataOptions) -> str:
    known = json.dumps([VERSION, options.anchor_times, options.modes, [astuple(item) for item in files]])
    return hashlib.sha256(known.encode()).hexdigest()[:16]


def _parsed_all(files: Sequence[MapFile], options: DataOptions) -> Iterator[tuple[np.ndarray, TrainingMap] | None]:
    parse = partial(_parsed, anchor_times=options.anchor_times, modes=tuple(options.modes))
    if options.jobs <= 1:
        yield from map(parse, files)
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        yield from pool.map(parse, files, chunksize=16)


def _parsed(file: MapFile, anchor_times: str, modes: tuple[int, ...]) -> tuple[np.ndarray, TrainingMap] | None:
    path = Path(file.path)
    try:
        beatmap = read_beatmap(path)
    except (BeatmapError, OSError) as error:
        logger.warning("left out: %s", error)
        return None
    if beatmap.mode not in modes:
        return None
    elements = rows_of(beatmap, anchor_times=anchor_times).elements
    if not len(elements) or not np.isfinite(elements.times).all() or not np.isfinite(elements.positions).all():
        logger.warning("left out: %s has no objects with finite times and places", path)
        return None
    rows = np.zeros(len(elements), dtype=ROW)
    rows["x"], rows["y"] = elements.positions.T
    rows["time"], rows["type"] = elements.times, elements.types
    ratings = file.stars or (star_rating(path), star_rating(path, clock_rate=DOUBLE_TIME))
    stars = None if None in ratings else (float(ratings[0] or 0), float(ratings[1] or 0))
    beatmap_id = file.beatmap_id if file.beatmap_id is not None else beatmap.metadata.beatmap_id
    return rows, TrainingMap(0, len(rows), beatmap_id, stars, beatmap.difficulty.circle_size)


def _write(target: Path, parsed: Iterable[tuple[np.ndarray, TrainingMap] | None]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    facts, pieces, start = [], [], 0
    for result in parsed:
        if result is None:
            continue
        rows, item = result
        pieces.append(rows)
        facts.append((start, start + len(rows), item.beatmap_id, item.stars, item.circle_size))
        start += len(rows)
    np.save(target / "rows.npy", np.concatenate(pieces) if pieces else np.zeros(0, dtype=ROW))
    write_bytes(target / "maps.json", json.dumps(facts).encode())
