"""Options in, report out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..request import RequestError
from ..rules import Finding, Level, check_map, check_set, lowest_of_set
from .filters import MIN_RELATIVE
from .mapset import level_of, maps_in, summarise, unpack
from .options import ModOptions
from .repair import repaired_copy
from .report import MapReport, Report
from .scorer import ScoredMap, Scorer
from .scoring import Score
from .source import Source, check_path, read_source
from .suggestion import Suggester, Suggestion
from .view import View, view_of

STRANGE = 0.1  # share of surprising events; a map of the model's own kind has about one in a thousand
Notify = Callable[[str], None]
Progress = Callable[[str, int, int], None]  # name of the map, windows done, windows in all


@dataclass(frozen=True)
class Maps:
    """The maps to look at. ``origin`` is where they come from: a folder, or an archive that was unpacked elsewhere."""

    paths: tuple[Path, ...]
    origin: Path
    is_set: bool

    @property
    def home(self) -> Path:
        """Where copies go: beside the map, or beside the archive."""
        return self.origin if self.origin.is_dir() else self.origin.parent

    def shown(self, path: Path) -> Path:
        """A map's path as the user knows it: maps of an archive lie in a temporary folder."""
        return path if path.parent == self.origin or not self.is_set else self.origin / path.name


def run(options: ModOptions, notify: Notify, progress: Progress) -> tuple[Report, Scorer]:
    """Look at one map or a whole set. Raises ``ValueError`` with one line where there is nothing to report.

    ``notify`` gets what the user should know at once, such as a stand-in for the model; it is in the report, too.
    """
    view = view_of(options)
    notices = _Notices(notify)
    scorer = Scorer(options, notices)
    with _maps(options) as maps:
        sources, failed = _sources(maps, options.audio_path)
        reports: list[MapReport] = []
        lowest = lowest_of_set([source.beatmap for source in sources], [source.stars for source in sources])
        for source, is_lowest in zip(sources, lowest, strict=True):
            try:
                scored = scorer.score(source, partial(progress, source.path.name))
            except RequestError as error:
                if not maps.is_set:
                    raise
                failed.append(f"{source.path.name}: {error}")
                continue
            facts = _Facts(scored.audio_ms, is_lowest and maps.is_set, _names(source.path.parent))
            copy = repaired_copy(source, maps.home, *facts) if options.fix else None
            report = _map_report(source, scored, view, facts)
            path = maps.shown(source.path)
            reports.append(replace(report, path=path, notices=tuple(notices.take()), repaired=copy))
    if not reports:
        raise RequestError(failed[0])
    return _report(reports, maps, view, failed), scorer


class _Facts(NamedTuple):
    """What the rules ask about a map beside itself. ``files``: names in its folder."""

    audio_ms: float
    lowest: bool  # the lowest level of its set, and required there
    files: list[str]


@contextmanager
def _maps(options: ModOptions) -> Iterator[Maps]:
    path = check_path(options.beatmap_path)
    if path.is_dir():
        yield Maps(tuple(maps_in(path)), path, True)
    elif path.suffix.lower() == ".osz":
        with tempfile.TemporaryDirectory(prefix="beatwright-set-") as folder:
            yield Maps(tuple(unpack(path, Path(folder))), path, True)
    else:
        yield Maps((path,), path.parent, False)


def _sources(maps: Maps, audio_path: str) -> tuple[list[Source], list[str]]:
    """The maps that can be looked at, and a line for each of the others. Raises where there is but one."""
    sources, failed = [], []
    for path in maps.paths:
        try:
            sources.append(read_source(path, audio_path))
        except RequestError as error:
            if len(maps.paths) == 1:
                raise
            failed.append(f"{path.name}: {error}")
    return sources, failed


class _Notices:
    """Passes notices on, each once, and keeps those of the current map."""

    def __init__(self, notify: Notify) -> None:
        self.notify = notify
        self._said: set[str] = set()
        self._kept: list[str] = []

    def __call__(self, notice: str) -> None:
        if notice not in self._said:
            self.notify(notice)
            self._said.add(notice)
            self._kept.append(notice)

    def take(self) -> list[str]:
        kept, self._kept = self._kept, []
        return kept


def _map_report(source: Source, scored: ScoredMap, view: View, facts: _Facts) -> MapReport:
    contexts, (audio_ms, lowest, files) = scored.scored.contexts, facts
    findings = check_map(source.beatmap, source.stars, None, audio_ms, lowest=lowest, files=files)
    scores = [score for context in contexts for score in context.scores if score is not None]
    return MapReport(
        path=source.path,
        beatmap=source.beatmap,
        stars=source.stars,
        model=scored.loaded.name,
        audio_ms=scored.audio_ms,
        events=sum(len(context.stream) for context in contexts),
        scored=len(scores),
        suggestions=tuple(_suggestions(source, scored, view)),
        findings=tuple(_in_part(findings, view)),
        warnings=(*scored.scored.warnings, *_strange(scores)),
    )


def _strange(scores: Sequence[Score]) -> Iterator[str]:
    """A model that is surprised all the time says little about the map."""
    surprising = sum(score.relative >= MIN_RELATIVE for score in scores)
    if surprising > STRANGE * len(scores):
        yield (
            f"{surprising} of {len(scores)} events surprise the model: it was trained on maps unlike this one; "
            "choose another with inference=, or look at the highest few with limit=20"
        )


def _names(folder: Path) -> list[str]:
    """Files of the set: what lies in the map's folder, which may be anything, is not searched."""
    return [path.name for path in folder.iterdir() if path.is_file()]


def _suggestions(source: Source, scored: ScoredMap, view: View) -> list[Suggestion]:
    suggester = Suggester(source.beatmap, scored.chosen.able.layout, scored.loaded.tokenizer, scored.compat)
    found = [item for context in scored.scored.contexts for item in suggester.suggestions(context, view.min_relative)]
    return [item for item in found if item.category in view.categories and view.shows(item.time)]


def _in_part(findings: Sequence[Finding], view: View) -> list[Finding]:
    """Findings of the part that was asked for, and those about the map as a whole."""
    return [item for item in findings if not item.objects and not item.start or view.shows(item.start)]


def _report(reports: Sequence[MapReport], maps: Maps, view: View, failed: Sequence[str]) -> Report:
    if not maps.is_set:
        return Report(tuple(reports), view)
    levels: list[Level | None] = [level_of(each) for each in reports]
    stars = [each.stars for each in reports]
    audio_ms = max(each.audio_ms for each in reports)
    findings = check_set([each.beatmap for each in reports], stars, levels, audio_ms)
    return Report(tuple(reports), view, tuple(findings), summarise(reports), tuple(failed))
