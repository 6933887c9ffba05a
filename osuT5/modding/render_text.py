"""The report for a terminal, as lines with rich's markup (spec 06 section 1.10)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.markup import escape

from ..rules import Finding, Severity
from .links import LINK, ObjectFinder
from .report import MapReport, Report, SetSummary
from .suggestion import Suggestion
from .words import clock

WIDTH = 900  # columns: lines never wrap, so that a click on a link hits
PUBLISHED_ITEMS = 10
PLACES_A_RULE = 12  # findings of one rule that are listed
_MODES = ("osu!", "osu!taiko", "osu!catch", "osu!mania")
_CLOCK = re.compile(r"\b\d{2,}:\d{2}:\d{3}\b")
_HEAD = (
    "The first value between parentheses represents the importance of the suggestion. "
    "Values above [red]100[/red] are likely issues, whereas values below 10 are likely subjective"
)
_STYLES = {Severity.PROBLEM: "bold red", Severity.WARNING: "bold yellow", Severity.MINOR: "bold"}


def report_lines(report: Report, *, published: bool = False) -> list[str]:
    """Lines with markup. ``published`` prints what the published tool prints, map by map."""
    if published:
        return [line for each in report.maps for line in published_lines(each.suggestions)]
    lines: list[str] = []
    for each in report.maps:
        lines += [*_map_lines(each, report), ""]
    lines += [f"[red]not looked at: {escape(line)}[/red]" for line in report.failed]
    if report.summary is not None:
        lines += _summary_lines(report.summary, report.findings)
    return lines[:-1] if lines and not lines[-1] else lines


def published_lines(suggestions: Sequence[Suggestion]) -> list[str]:
    """Explanation, count, and at most ten items of each category."""
    lines = [_HEAD, f"Found {len(suggestions)} suggestions:"]
    for category, items in by_category(suggestions).items():
        lines += ["", f"{category}:", *(f" {item_line(item)}" for item in items[:PUBLISHED_ITEMS])]
    return lines


def by_category(suggestions: Iterable[Suggestion]) -> dict[str, list[Suggestion]]:
    """Suggestions of each category that has any, categories in alphabetical order."""
    found: dict[str, list[Suggestion]] = {}
    for item in suggestions:
        found.setdefault(item.category, []).append(item)
    return dict(sorted(found.items()))


def item_line(item: Suggestion) -> str:
    """``  (12) 00:01:230 (Slider Head) - Expected ...`` with markup."""
    style = _style(item.importance)
    number = f"({round(item.importance)})"
    shown = f"[{style}]{number}[/{style}]" if style else number
    time = f"[link={item.target.link}][green]{clock(item.time)}[/green][/link]"
    return f"{_padding(item.importance)}{shown} {time} ({item.group}) - {linked(item.message)}"


def linked(message: str) -> str:
    """A message with its times as links into the editor."""
    return _CLOCK.sub(lambda match: f"[link={LINK}{match[0]}]{match[0]}[/link]", message)


def _style(importance: float) -> str:
    if importance >= 100:
        return "bold red"
    if importance >= 10:
        return "bold yellow"
    return "bold" if importance >= 1 else ""


def _padding(importance: float) -> str:
    digits = next((count for count, limit in enumerate((10, 100, 1000, 10000), 1) if importance < limit), 5)
    return " " * (5 - digits)


def _map_lines(each: MapReport, report: Report) -> Iterator[str]:
    stars = "no star rating" if each.stars is None else f"{each.stars:.2f} stars"
    yield f"[bold]{escape(each.name)}[/bold]"
    yield f"{_MODES[each.beatmap.mode]}, {stars}, {len(each.beatmap.hit_objects)} objects; read by {escape(each.model)}"
    yield from (f"[yellow]warning: {escape(warning)}[/yellow]" for warning in each.warnings)
    yield from _finding_lines("Facts: departures from the ranking criteria", each.findings, each)
    yield from _repair_lines(each)
    shown = report.view.select(each.suggestions)
    yield ""
    yield "Opinions of the model: the first value between parentheses is the importance."
    yield "Values above [red]100[/red] are likely issues, values below 10 are likely a matter of taste."
    if len(shown) < len(each.suggestions):
        yield f"{len(shown)} of {len(each.suggestions)} are shown."
    yield f"Found {len(each.suggestions)} suggestions:"
    for category, items in by_category(shown).items():
        yield ""
        yield f"{category}:"
        yield from (f" {item_line(item)}" for item in items)


def _finding_lines(title: str, findings: Sequence[Finding], each: MapReport | None) -> Iterator[str]:
    if not findings:
        return
    finder = None if each is None else ObjectFinder(each.beatmap, columns=True)
    yield ""
    yield f"{title} ({len(findings)}; explain=<id> tells more):"
    for rule, items in groupby(sorted(findings, key=_by_rule), key=lambda item: item.rule):
        listed = list(items)
        yield from (_finding_line(item, finder) for item in listed[:PLACES_A_RULE])
        if len(listed) > PLACES_A_RULE:
            yield f"          {rule} {len(listed) - PLACES_A_RULE} more; format=json lists all"


def _by_rule(item: Finding) -> tuple[int, str, float]:
    return item.severity.rank, item.rule, item.start


def _finding_line(item: Finding, finder: ObjectFinder | None) -> str:
    style = _STYLES[item.severity]
    place = "" if finder is None else _place(item, finder)
    maps = f" ({escape(', '.join(item.maps))})" if item.maps else ""
    return f"  [{style}]{item.severity.value:>7}[/{style}] {item.rule} {place}{linked(escape(item.message))}{maps}"


def _place(item: Finding, finder: ObjectFinder) -> str:
    if not item.objects and not item.start:
        return ""
    target = finder.of(item.objects, item.start)
    return f"[link={target.link}][green]{clock(target.time)}{target.selection}[/green][/link] - "


def _repair_lines(each: MapReport) -> Iterator[str]:
    if each.repaired is None:
        return
    yield ""
    if each.repaired.path is None:
        yield "Nothing to repair."
        return
    yield f"Repaired copy: {escape(str(each.repaired.path))}"
    yield from (f"  {escape(step)}" for step in each.repaired.steps)


def _summary_lines(summary: SetSummary, findings: Sequence[Finding]) -> Iterator[str]:
    yield "[bold]The set[/bold]"
    for one in summary.difficulties:
        stars = "  -  " if one.stars is None else f"{one.stars:5.2f}"
        bpm = "-" if one.main_bpm is None else f"{one.main_bpm:g}"
        yield (
            f"  {stars} stars  {_MODES[one.mode]:<9}  {one.level:<9}  {one.objects:>5} objects  {bpm:>7} bpm  "
            f"{one.hitsounded:>4.0%} with additions  {escape(one.name)}"
        )
    for title, lines in (("Spread", summary.spread), ("Timing", summary.timing), ("Hit sounds", summary.hitsounds)):
        yield f"{title}: {escape('; '.join(lines)) if lines else 'nothing to say'}"
    yield from _finding_lines("Facts about the set", findings, None)
