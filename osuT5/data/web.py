"""The web set: tar shards with one unique song and all its difficulties a sample, streamed (spec 05 section 2.3).

Shards come from the hub (through ``datasets``) or from a local folder of the same tars.
"""

from __future__ import annotations

import datetime
import json
import logging
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .errors import BadTrack, DataError
from .options import DataOptions
from .report import SkipReport
from .rows import Content, MapRow

_log = logging.getLogger(__name__)
BUFFER = 100  # samples that are shuffled among each other
_AUDIO = (".opus", ".mp3", ".ogg", ".wav", ".flac", ".m4a")
_BROKEN = (tarfile.TarError, EOFError, OSError, zlib.error, ValueError)


def shards_of(options: DataOptions, split: str) -> list[str]:
    """Addresses of the shards of a split, sorted and cut. Raises ``DataError`` when there is none."""
    where = options.path(split)
    found = local_shards(Path(where), options.dataset_subset) if Path(where).is_dir() else _on_hub(where, options)
    start, end = options.span(split)
    chosen = found[start:end]
    if not chosen:
        raise DataError(
            f"{split}_dataset_start, {split}_dataset_end: {start}..{end} holds no shard; {where} has {len(found)} "
            f"files in {options.dataset_subset!r} (positions count shards, not sets)"
        )
    return chosen


def shard_part(shards: Sequence[str], rank: int, world: int) -> list[str]:
    """The shards of one process; ``datasets`` deals them to its workers. No shard is read twice."""
    return list(shards[rank::world])


def web_samples(
    shards: Sequence[str], options: DataOptions, epoch: int, shuffled: bool, report: SkipReport
) -> Iterator[dict[str, Any]]:
    """Samples ``{"name", "json" bytes, "audio" bytes, "ending"}`` of some shards, streamed by ``datasets``.

    In a loader worker only the shards that fall to it.
    """
    if not shards:
        return
    # imported here: it is large, and only the web set needs it
    from datasets import IterableDataset

    stream = IterableDataset.from_generator(tar_samples, gen_kwargs={"shards": list(shards)})
    if shuffled:
        stream = stream.shuffle(seed=options.seed, buffer_size=BUFFER)
        stream.set_epoch(epoch)
    for sample in stream:
        if sample["error"]:
            report.add(sample["name"], "shard_broken", sample["error"])
        else:
            yield sample


def web_sets(samples: Iterator[dict[str, Any]], options: DataOptions, report: SkipReport) -> Iterator[list[MapRow]]:
    """Rows of each sample that pass the filters; samples without any are passed over."""
    for sample in samples:
        try:
            rows = rows_of_sample(sample)
        except BadTrack as error:
            report.add(sample["name"], error.code, str(error))
            continue
        kept = [row for row, date in rows if _passes(row, date, options)]
        if kept and not (options.add_gd_context and len(kept) < 2):
            yield kept


def rows_of_sample(sample: dict[str, Any]) -> list[tuple[MapRow, int | None]]:
    """Rows of one sample, each with the year that the year filter looks at. Raises ``BadTrack``."""
    try:
        told = json.loads(sample["json"])
        entries = told["beatmaps"]
        audio = Content(f"{sample['name']}{sample['ending']}", sample["audio"])
        return [_row(entry, audio) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadTrack("sample_broken", f"{sample['name']}: not a sample of the web set: {error!r}") from error


def _row(entry: dict[str, Any], audio: Content) -> tuple[MapRow, int | None]:
    submitted, approved = _year(entry.get("submit_date")), _year(entry.get("approved_date"))
    beatmap = int(entry["beatmap_id"])
    row = MapRow(
        set_id=int(entry["beatmapset_id"]),
        beatmap_id=beatmap,
        number=beatmap,
        mode=int(entry["mode"]),
        beatmap=Content(f"{beatmap}.osu", entry["content"].encode("utf-8")),
        audio=audio,
        ranked=None if entry.get("approved") is None else int(entry["approved"]),
        year=submitted,
        stars=None if entry.get("difficultyrating") is None else float(entry["difficultyrating"]),
        user_id=None if entry.get("creator_id") is None else int(entry["creator_id"]),
    )
    return row, approved or submitted


def _passes(row: MapRow, year: int | None, options: DataOptions) -> bool:
    if row.mode not in options.gamemodes:
        return False
    if options.set_ids is not None and row.set_id not in options.set_ids:
        return False
    if options.ranked_statuses is not None:
        if row.ranked is None and not options.include_unknown_status:
            return False
        if row.ranked is not None and row.ranked not in options.ranked_statuses:
            return False
    inside = _inside(year, options.min_year, options.max_year)
    return inside and _inside(row.stars, options.min_difficulty, options.max_difficulty)


def _inside(value: float | None, low: float | None, high: float | None) -> bool:
    if value is None:
        return low is None and high is None
    return (low is None or value >= low) and (high is None or value <= high)


def _year(text: Any) -> int | None:
    if isinstance(text, datetime.date):
        return text.year
    try:
        return int(str(text)[:4]) if text else None
    except ValueError:
        return None


def local_shards(folder: Path, subset: str) -> list[str]:
    """The shards in a folder, in its ``subset`` where it has one; sorted."""
    inner = folder / subset if subset and (folder / subset).is_dir() else folder
    return sorted(str(path) for path in inner.rglob("*.tar"))


def _on_hub(name: str, options: DataOptions) -> list[str]:
    from huggingface_hub import HfApi

    try:
        files = HfApi().list_repo_files(name, repo_type="dataset")
    except Exception as error:  # the client raises many kinds: no network, no such name, no right to read
        raise DataError(
            f"{name}: neither a local folder nor a data set of the hub that can be read: {error}"
        ) from error
    inside = [file for file in sorted(files) if file.startswith(f"{options.dataset_subset}/") and file.endswith(".tar")]
    return [f"hf://datasets/{name}/{file}" for file in inside]


def tar_samples(shards: list[str]) -> Iterator[dict[str, Any]]:
    """All samples of some shards; a damaged shard gives what can be read and then says so."""
    for shard in shards:
        try:
            yield from _one_tar(shard)
        except _BROKEN as error:
            yield {"name": shard, "json": b"", "audio": b"", "ending": "", "error": f"{shard}: reading ends: {error}"}


def _one_tar(shard: str) -> Iterator[dict[str, Any]]:
    import fsspec

    parts: dict[str, bytes] = {}
    current, ending = "", ""
    with fsspec.open(shard, "rb") as handle, tarfile.open(fileobj=handle, mode="r|") as archive:
        for member in archive:
            if not member.isfile():
                continue
            path = Path(member.name)
            if path.stem != current:
                yield from _complete(current, parts, ending, shard)
                parts, current = {}, path.stem
            data = archive.extractfile(member)
            content = b"" if data is None else data.read()
            if path.suffix == ".json":
                parts["json"] = content
            elif path.suffix.lower() in _AUDIO:
                parts["audio"], ending = content, path.suffix.lower()
        yield from _complete(current, parts, ending, shard)


def _complete(name: str, parts: dict[str, bytes], ending: str, shard: str) -> Iterator[dict[str, Any]]:
    if not name or not parts:
        return
    whole = "json" in parts and "audio" in parts
    error = "" if whole else f"{shard}: sample {name} lacks {'its audio' if 'json' in parts else 'its json'}"
    audio, told = parts.get("audio", b""), parts.get("json", b"")
    yield {"name": f"{Path(shard).stem}/{name}", "json": told, "audio": audio, "ending": ending, "error": error}
