"""The table ``{beatmap id: user id}`` that a fresh vocabulary for the web set is made of (spec 05 section 2.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ...files import write_bytes
from ..errors import BadTrack, DataError
from ..report import SkipReport
from ..table import METADATA, read_table
from ..web import local_shards, rows_of_sample, tar_samples


def mapper_table(root: Path, subset: str = "compressed") -> tuple[dict[int, int], SkipReport]:
    """Mappers of all maps of an MMRS set or of local web shards, by beatmap id; maps without one are left out.

    Raises ``DataError`` for a folder that is neither.
    """
    report = SkipReport()
    pairs = _of_table(root) if (root / METADATA).is_file() else _of_shards(root, subset, report)
    return dict(sorted(pairs)), report


def write_mapper_table(root: Path, out: Path, subset: str = "compressed") -> tuple[int, SkipReport]:
    """Write :func:`mapper_table` as JSON for ``vocabulary.mappers_path``; returns how many maps it names."""
    found, report = mapper_table(root, subset)
    write_bytes(out, (json.dumps(found, indent=0) + "\n").encode())
    return len(found), report


def _of_table(root: Path) -> Iterator[tuple[int, int]]:
    table = read_table(root)
    for index in range(len(table)):
        row = table.row(index)
        if row.user_id is not None:
            yield row.beatmap_id, row.user_id


def _of_shards(root: Path, subset: str, report: SkipReport) -> Iterator[tuple[int, int]]:
    shards = local_shards(root, subset)
    if not shards:
        raise DataError(f"{root}: no {METADATA} and no .tar shards here; this is neither an MMRS nor a web set")
    for sample in tar_samples(shards):
        if sample["error"]:
            report.add(sample["name"], "shard_broken", sample["error"])
            continue
        try:
            rows = rows_of_sample(sample)
        except BadTrack as error:
            report.add(sample["name"], error.code, str(error))
            continue
        yield from ((row.beatmap_id, row.user_id) for row, _ in rows if row.user_id is not None)
