"""A build from start to end: a pool of processes, resumable, one row a map, a report of what was left out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ...files import free_path, write_bytes
from ..errors import DataError
from ..report import Skipped, SkipReport
from ..table import METADATA
from .archive import find_sources, fingerprint
from .columns import STATUSES, write_metadata
from .map_set import BuiltSet, Limits, build_set
from .tables import Tables
from .years import estimated_year

STATE = "build_state.jsonl"
REPORT = "build_report.jsonl"
_PARTS = ".parts"


@dataclass(frozen=True)
class BuildOptions:
    """``status`` and ``year`` are what the user asserts of all maps; without them the columns stay null.

    ``guess_years`` estimates the year of each set from its id, and marks it.
    """

    jobs: int = 1
    limits: Limits = field(default_factory=Limits)
    status: int | None = None
    year: int | None = None
    guess_years: bool = False
    tables: Tables = field(default_factory=Tables)


@dataclass(frozen=True)
class BuildResult:
    """Numbers for the last line of a build."""

    sources: int
    unchanged: int
    sets: int
    maps: int
    shared_audio: int  # audio files that are links to an equal one
    report: SkipReport


Progress = Callable[[int, int, int], None]  # sources done, of all, maps so far


def build(songs: Path, out: Path, options: BuildOptions, progress: Progress | None = None) -> BuildResult:
    """Bring the data set in ``out`` up to date with ``songs``; sources that did not change are not read again.

    Raises ``DataError`` where there is nothing to read, ``OSError`` where ``out`` cannot be written.
    """
    if not songs.exists():
        raise DataError(f"{songs}: no such file or folder")
    sources = find_sources(songs)
    if not sources:
        raise DataError(f"{songs}: no .osz and no folder with .osu files below it")
    session = _Session(out, options)
    todo = [(source, mark) for source in sources if (mark := _mark(source, songs)) not in session.done]
    unchanged = len(sources) - len(todo)
    session.forget_all_but({_mark(source, songs) for source in sources})
    try:
        for number, (mark, part, built) in enumerate(_run(todo, out / _PARTS, options), 1):
            session.take(mark, part, built)
            if progress:
                progress(unchanged + number, len(sources), session.maps)
    finally:
        shutil.rmtree(out / _PARTS, ignore_errors=True)
        report = session.finish()
    sets = {row["BeatmapSetId"] for row in session.rows}
    return BuildResult(len(sources), unchanged, len(sets), len(session.rows), session.shared, report)


def _mark(source: Path, songs: Path) -> str:
    """Name and state of a source; another state means another mark."""
    name = source.relative_to(songs).as_posix() if source != songs else source.name
    try:
        return f"{name}\0{fingerprint(source)}"
    except OSError:
        return f"{name}\0missing"


def _run(todo: Sequence[tuple[Path, str]], parts: Path, options: BuildOptions) -> Iterator[tuple[str, Path, BuiltSet]]:
    folders = [parts / f"{number:06d}" for number in range(len(todo))]
    work = partial(_one, limits=options.limits)
    jobs = min(options.jobs, len(todo))
    if jobs <= 1:
        results: Iterator[BuiltSet] = map(work, [source for source, _ in todo], folders)
        yield from zip((mark for _, mark in todo), folders, results, strict=True)
        return
    with ProcessPoolExecutor(jobs) as pool:
        results = pool.map(work, [source for source, _ in todo], folders)
        yield from zip((mark for _, mark in todo), folders, results, strict=True)


def _one(source: Path, folder: Path, limits: Limits) -> BuiltSet:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        return build_set(source, folder, limits)
    except Exception as error:  # one source must not end the build of a library
        return BuiltSet(skipped=[Skipped(source.name, "unexpected", f"{source}: {error!r}")])


class _Session:
    """What is known of an output folder, and the only one who writes its names."""

    def __init__(self, out: Path, options: BuildOptions) -> None:
        self._out, self._options = out, options
        out.mkdir(parents=True, exist_ok=True)
        self.done: dict[str, dict[str, Any]] = _read_state(out / STATE)
        self.shared = self.maps = 0

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Rows of all sources."""
        return [row for entry in self.done.values() for row in entry["rows"]]

    def forget_all_but(self, marks: set[str]) -> None:
        """Remove what came of sources that are gone or changed."""
        for mark in [mark for mark in self.done if mark not in marks]:
            for folder in {row["BeatmapSetFolder"] for row in self.done[mark]["rows"]}:
                shutil.rmtree(self._out / "data" / folder, ignore_errors=True)
            del self.done[mark]
        self.maps = len(self.rows)
        self._sums = {row["Checksum"] for row in self.rows}
        self._audio = {row["AudioSha256"]: self._path(row, "AudioFile") for row in self.rows}
        write_bytes(self._out / STATE, b"".join(_line(mark, entry) for mark, entry in self.done.items()))

    def take(self, mark: str, part: Path, built: BuiltSet) -> None:
        """Move a finished part into place and note it."""
        skipped = list(built.skipped)
        rows = [row for row in built.rows if self._is_new(row, mark, skipped)]
        if rows:
            for name in {row["BeatmapFile"] for row in built.rows} - {row["BeatmapFile"] for row in rows}:
                (part / name).unlink()
            used = {row["AudioFile"] for row in rows}
            for name in {row["AudioFile"] for row in built.rows} - used:
                (part / name).unlink()
            folder = free_path(self._out / "data" / built.name)
            folder.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, folder)
            for row in rows:
                row["BeatmapSetFolder"] = folder.name
            self._link(rows)
        else:
            shutil.rmtree(part, ignore_errors=True)
        self.maps += len(rows)
        entry = {"rows": rows, "skipped": [asdict(item) for item in skipped]}
        self.done[mark] = entry
        with (self._out / STATE).open("ab") as handle:
            handle.write(_line(mark, entry))

    def finish(self) -> SkipReport:
        """Write the metadata and the report."""
        report = SkipReport()
        for entry in self.done.values():
            for item in entry["skipped"]:
                report.entries[item["name"], item["code"]] = Skipped(**item)
        rows = [self._asserted(self._options.tables.fill(dict(row))) for row in self.rows]
        write_metadata(self._out / METADATA, rows)
        report.save(self._out / REPORT)
        bad = sorted({item.name for item in report.entries.values()})
        write_bytes(self._out / "sets_skipped.txt", "".join(f"{name}\n" for name in bad).encode())
        return report

    def _is_new(self, row: dict[str, Any], mark: str, skipped: list[Skipped]) -> bool:
        if row["Checksum"] in self._sums:
            name = f"{mark.split(chr(0))[0]}/{row['BeatmapFile']}"
            skipped.append(Skipped(name, "duplicate_map", f"{name}: the same map is in another source"))
            return False
        self._sums.add(row["Checksum"])
        return True

    def _asserted(self, row: dict[str, Any]) -> dict[str, Any]:
        """``row`` with the status and year that the user vouches for."""
        status, year = self._options.status, self._options.year
        if status is not None:
            row |= {"Ranked": status, "BeatmapSetRanked": status, "StatusSource": "asserted"}
            row |= {"Status": STATUSES[status], "BeatmapSetStatus": STATUSES[status]}
        if year is not None:
            row["SubmittedDate"] = datetime(year, 1, 1)
            row["RankedDate"] = datetime(year, 1, 1) if status in (1, 2) else None
        elif self._options.guess_years and (guess := estimated_year(row["BeatmapSetId"])) is not None:
            row |= {"SubmittedDate": datetime(guess, 7, 1), "YearEstimated": True}
        return row

    def _link(self, rows: Sequence[dict[str, Any]]) -> None:
        """An audio file that is there already becomes a link to it."""
        for row in {row["AudioFile"]: row for row in rows}.values():
            path = self._path(row, "AudioFile")
            first = self._audio.setdefault(row["AudioSha256"], path)
            if first == path or not first.exists():
                continue
            self.shared += 1
            linked = path.with_name(f".{path.name}.link")
            try:
                os.link(first, linked)
                os.replace(linked, path)
            except OSError:  # a file system without links keeps the copy
                linked.unlink(missing_ok=True)

    def _path(self, row: dict[str, Any], column: str) -> Path:
        return self._out / "data" / str(row["BeatmapSetFolder"]) / str(row[column])


def _read_state(path: Path) -> dict[str, dict[str, Any]]:
    """Finished sources; a line that was cut off by the end of a process counts as not finished."""
    done: dict[str, dict[str, Any]] = {}
    if not path.exists():
        return done
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
            done[entry.pop("mark")] = entry
        except (ValueError, KeyError):
            continue
    return done


def _line(mark: str, entry: dict[str, Any]) -> bytes:
    return json.dumps({"mark": mark, **entry}, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"
