"""Which maps there are to train on: MMRS and ORS data sets, or any folder of .osu files (spec 04 section 9, spec 05 section 2)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..classes import ClassTable
from .options import DataOptions, TrainOptionError

DOUBLE_TIME = 1.5
_DOUBLE_TIME_COLUMN = 4  # StarRating holds ratings at rates 0.5, 0.75, ... 2
_MMRS_COLUMNS = ["Id", "BeatmapSetId", "UserId", "ModeInt", "StarRating", "OmdbTags", "BeatmapSetFolder", "BeatmapFile"]


@dataclass(frozen=True)
class MapFile:
    """One difficulty. ``stars`` are those at normal speed and in double time; None: rate the file."""

    path: str
    beatmap_id: int | None
    user_id: int | None = None
    stars: tuple[float, float] | None = None
    descriptors: tuple[str, ...] = ()
    style: int | None = None


def map_files(options: DataOptions) -> list[MapFile]:
    """Maps of the chosen part of a data set, in its order. Raises :class:`TrainOptionError` where there are none."""
    root = Path(options.path)
    if not root.is_dir():
        raise TrainOptionError(f"data.path: {root} is no folder")
    readers = {"mmrs": _mmrs, "ors": _ors, "folder": _folder}
    kind = _kind(root) if options.kind == "auto" else options.kind
    found = list(readers[kind](root, options))
    if not found:
        raise TrainOptionError(f"data.path: no maps in {root} (read as {kind}, part {options.start} to {options.end})")
    return found


def class_table(files: Sequence[MapFile], options: DataOptions) -> ClassTable:
    """Classes of the maps: mappers by ascending user id, descriptors in order of first appearance."""
    users = _user_table(options, files) if options.mapper_classes else {}
    named = _descriptor_table(options, files) if options.descriptor_classes else {}
    mappers = {user: index for index, user in enumerate(sorted(set(users.values())))}
    names = {name: index for index, name in enumerate(dict.fromkeys(n for all_ in named.values() for n in all_))}
    styles = _styles(files) if options.style_classes else {}
    return ClassTable(
        beatmap_idx=styles,
        num_classes=max(styles.values(), default=-1) + 2 if options.style_classes else 0,
        num_diff_classes=options.num_diff_classes,
        max_difficulty=options.max_difficulty,
        beatmap_mapper=users,
        mapper_idx=mappers,
        num_mapper_classes=len(mappers) + 1 if options.mapper_classes else 0,
        beatmap_descriptors={key: [names[name] for name in value] for key, value in named.items()},
        descriptor_idx=names,
        num_descriptor_classes=len(names) + 1 if options.descriptor_classes else 0,
        num_cs_classes=options.num_cs_classes,
    )


def _kind(root: Path) -> str:
    if (root / "metadata.parquet").is_file():
        return "mmrs"
    return "ors" if any(root.glob("Track*/metadata.json")) else "folder"


def _part(items: Sequence[Any], options: DataOptions) -> Sequence[Any]:
    return items[options.start : options.end]


def _mmrs(root: Path, options: DataOptions) -> Iterator[MapFile]:
    from pyarrow import parquet

    rows = parquet.read_table(root / "metadata.parquet", columns=_MMRS_COLUMNS).to_pylist()
    chosen = set(_part(sorted({row["BeatmapSetId"] for row in rows}), options))
    for row in sorted(rows, key=lambda row: (row["BeatmapSetId"], row["Id"])):
        if row["BeatmapSetId"] not in chosen or row["ModeInt"] not in options.modes:
            continue
        ratings = row["StarRating"] or []
        stars = (ratings[2], ratings[_DOUBLE_TIME_COLUMN]) if len(ratings) > _DOUBLE_TIME_COLUMN else None
        yield MapFile(
            path=str(root / "data" / row["BeatmapSetFolder"] / row["BeatmapFile"]),
            beatmap_id=row["Id"],
            user_id=row["UserId"],
            stars=stars,
            descriptors=tuple(row["OmdbTags"] or ()),
        )


def _ors(root: Path, options: DataOptions) -> Iterator[MapFile]:
    for track in _part(sorted(root.glob("Track*")), options):
        meta = json.loads((track / "metadata.json").read_text(encoding="utf-8"))
        for path in sorted((track / "beatmaps").glob("*.osu")):
            entry = meta["Beatmaps"].get(path.stem)
            if entry is None or entry.get("Ruleset", 0) not in options.modes:
                continue
            ratings = entry.get("StandardStarRating", {})
            stars = (ratings["0"], ratings["64"]) if {"0", "64"} <= set(ratings) else None
            yield MapFile(str(path), entry["BeatmapId"], stars=stars, style=entry.get("Index"))


def _folder(root: Path, options: DataOptions) -> Iterator[MapFile]:
    for path in _part(sorted(root.rglob("*.osu")), options):
        yield MapFile(str(path), None)


def _user_table(options: DataOptions, files: Iterable[MapFile]) -> dict[int, int]:
    if options.users:
        rows = json.loads(Path(options.users).read_text(encoding="utf-8"))
        return {int(row["id"]): int(row["user_id"]) for row in rows}
    return {f.beatmap_id: f.user_id for f in files if f.beatmap_id is not None and f.user_id is not None}


def _descriptor_table(options: DataOptions, files: Iterable[MapFile]) -> dict[int, list[str]]:
    if not options.descriptors:
        return {f.beatmap_id: list(f.descriptors) for f in files if f.beatmap_id is not None and f.descriptors}
    table: dict[int, list[str]] = {}
    with open(options.descriptors, newline="", encoding="utf-8") as handle:
        for row in csv.reader(handle):
            table.setdefault(int(row[0]), []).append(row[1])
    return table


def _styles(files: Iterable[MapFile]) -> dict[int, int]:
    known = [f for f in files if f.beatmap_id is not None]
    return {f.beatmap_id: i if f.style is None else f.style for i, f in enumerate(known) if f.beatmap_id is not None}
