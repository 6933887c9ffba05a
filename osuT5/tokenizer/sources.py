"""Class tables of a new vocabulary from the tables of a training set (spec 01 section 14.3, spec 05 section 3)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import DataLayout
from .ranges import TokenizerError
from .tables import ClassTables

RANKED = (1, 2)  # ranked and approved


@dataclass(frozen=True)
class TagList:
    """The site's user tags: class is the tag id; gaps between ids stay unused."""

    index: dict[str, int]  # a name that several rulesets share stands for the latest entry
    classes: int


def read_tags(path: Path) -> TagList:
    """Read a tag list, ``{"tags": [{"id", "name", ...}]}``. Raises ``TokenizerError``, ``OSError``."""
    try:
        tags = json.loads(path.read_text(encoding="utf-8"))["tags"]
        index = {str(tag["name"]): int(tag["id"]) for tag in tags}
        return TagList(index, max((int(tag["id"]) for tag in tags), default=-1) + 1)
    except (ValueError, KeyError, TypeError) as error:
        raise TokenizerError(f"{path}: not a tag list: {error!r}") from error


def read_mapper_file(path: Path) -> dict[int, int]:
    """Read ``{beatmap id: user id}``. Raises ``TokenizerError``, ``OSError``."""
    try:
        return {int(beatmap): int(user) for beatmap, user in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise TokenizerError(f"{path}: not a table of beatmap ids and user ids: {error}") from error


def read_mmrs_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of an MMRS metadata table (parquet, or the same rows as JSON), sorted by set id and beatmap id.

    ``BeatmapIdx`` is added: the number of the row in the file.
    """
    if path.suffix == ".json":
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    else:
        import pandas  # needed for parquet only

        rows = pandas.read_parquet(path).to_dict("records")
    for number, row in enumerate(rows):
        row["BeatmapIdx"] = number
    return sorted(rows, key=lambda row: (int(row["BeatmapSetId"]), int(row["Id"])))


def select_rows(
    rows: Sequence[Mapping[str, Any]], start: int = 0, end: int | None = None, ranked: Iterable[int] | None = RANKED
) -> list[Mapping[str, Any]]:
    """Rows of the sets at positions ``start..end`` of the sorted set ids, with one of the ``ranked`` statuses."""
    sets = set(sorted({int(row["BeatmapSetId"]) for row in rows})[start:end])
    statuses = None if ranked is None else set(ranked)
    return [
        row for row in rows if int(row["BeatmapSetId"]) in sets and (statuses is None or int(row["Ranked"]) in statuses)
    ]


def mmrs_tables(rows: Sequence[Mapping[str, Any]], layout: DataLayout, tags: TagList | None = None) -> ClassTables:
    """Tables from MMRS rows in the order given, already split and filtered.

    ``tags`` is needed when ``layout.descriptor_source`` is ``user_tags``. Raises ``TokenizerError`` without it.
    """
    tables = ClassTables()
    if layout.add_style_token or layout.do_style_embed:
        tables.beatmap_idx = {int(row["Id"]): int(row["BeatmapIdx"]) for row in rows}
    if layout.add_mapper_token or layout.do_mapper_embed:
        _set_mappers(tables, {int(row["Id"]): int(row["UserId"]) for row in rows})
    if layout.add_descriptors:
        if layout.descriptor_source == "omdb":
            _set_named(tables, ((int(row["Id"]), str(name)) for row in rows for name in row["OmdbTags"]))
        else:
            _set_tagged(tables, _needed(tags), _mmrs_votes(rows, layout.min_top_tag_count))
    return tables


def file_tables(
    layout: DataLayout,
    mappers: Mapping[int, int],
    descriptors_csv: Path | None = None,
    tags: TagList | None = None,
    votes_csv: Path | None = None,
) -> ClassTables:
    """Tables from loose files: a mapper table, and descriptors by ``beatmap_id,name`` lines or by tag votes.

    Mapper classes are numbered by first appearance, so that the same files give the same vocabulary.
    """
    tables = ClassTables()
    if layout.add_mapper_token or layout.do_mapper_embed:
        _set_mappers(tables, mappers)
    if layout.add_descriptors and votes_csv is not None:
        _set_tagged(tables, _needed(tags), _csv_votes(votes_csv, _needed(tags), layout.min_top_tag_count))
    elif layout.add_descriptors and descriptors_csv is not None:
        with descriptors_csv.open(encoding="utf-8", newline="") as handle:
            _set_named(tables, ((int(row[0]), row[1]) for row in csv.reader(handle) if len(row) >= 2))
    return tables


def _needed(tags: TagList | None) -> TagList:
    if tags is None:
        raise TokenizerError("descriptors by user tags need a tag list")
    return tags


def _set_mappers(tables: ClassTables, mappers: Mapping[int, int]) -> None:
    tables.beatmap_mapper = dict(mappers)
    for user in mappers.values():
        tables.mapper_idx.setdefault(user, len(tables.mapper_idx))
    tables.num_mapper_classes = len(tables.mapper_idx)


def _set_named(tables: ClassTables, pairs: Iterable[tuple[int, str]]) -> None:
    for beatmap, name in pairs:
        index = tables.descriptor_idx.setdefault(name, len(tables.descriptor_idx))
        tables.beatmap_descriptors.setdefault(beatmap, []).append(index)
    tables.num_descriptor_classes = len(tables.descriptor_idx)


def _set_tagged(tables: ClassTables, tags: TagList, votes: Iterable[tuple[int, list[int]]]) -> None:
    tables.descriptor_idx = dict(tags.index)
    tables.num_descriptor_classes = tags.classes
    tables.beatmap_descriptors = {beatmap: chosen for beatmap, chosen in votes if chosen}


def _mmrs_votes(rows: Iterable[Mapping[str, Any]], least: int) -> Iterable[tuple[int, list[int]]]:
    for row in rows:
        pairs = zip(row["TopTagIds"], row["TopTagCounts"], strict=True)
        yield int(row["Id"]), [int(tag) for tag, count in pairs if count >= least]


def _csv_votes(path: Path, tags: TagList, least: int) -> Iterable[tuple[int, list[int]]]:
    """Rows of a vote table (one column a tag): classes with enough votes, most votes first, ties in column order."""
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        classes = [tags.index.get(name, tags.classes) for name in next(reader)[1:]]
        for row in reader:
            counts = [float(cell or 0) for cell in row[1:]]
            kept = [column for column, count in enumerate(counts) if count >= least]
            yield int(row[0]), [classes[column] for column in sorted(kept, key=lambda column: -counts[column])]
