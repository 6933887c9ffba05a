"""The report as Markdown, in the form of a mod post: ``00:12:345 (1) - ...``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..rules import Finding
from .links import ObjectFinder
from .render_text import by_category
from .report import MapReport, Report, SetSummary
from .words import clock

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def report_markdown(report: Report) -> str:
    """Ends with a line break."""
    lines = ["# Modding report", ""]
    for each in report.maps:
        lines += _map_lines(each, report)
    lines += [f"Not looked at: {_plain(line)}" for line in report.failed]
    if report.summary is not None:
        lines += _summary_lines(report.summary, report.findings)
    return "\n".join(lines).rstrip("\n") + "\n"


def _map_lines(each: MapReport, report: Report) -> Iterator[str]:
    yield f"## {_plain(each.name)}"
    yield ""
    yield f"Read by {_plain(each.model)}. Suggestions are the model's opinions, findings are facts."
    yield from (f"\n> {_plain(notice)}" for notice in (*each.notices, *each.warnings))
    yield ""
    if each.findings:
        yield "### Findings"
        yield ""
        finder = ObjectFinder(each.beatmap, columns=True)
        yield from (f"- {_place(item, finder)}{_finding(item)}" for item in each.findings)
        yield ""
    if each.repaired is not None and each.repaired.path is not None:
        yield f"### Repaired copy: {_plain(each.repaired.path.name)}"
        yield ""
        yield from (f"- {_plain(step)}" for step in each.repaired.steps)
        yield ""
    for category, items in by_category(report.view.select(each.suggestions)).items():
        yield f"### {category}"
        yield ""
        for item in items:
            selection = f"[{clock(item.time)}{_plain(item.target.selection)}]({item.target.link})"
            yield f"- {selection} - {_plain(item.message)} ({item.group}, importance {round(item.importance)})"
        yield ""


def _place(item: Finding, finder: ObjectFinder) -> str:
    if not item.objects and not item.start:
        return ""
    target = finder.of(item.objects, item.start)
    return f"[{clock(target.time)}{_plain(target.selection)}]({target.link}) - "


def _finding(item: Finding) -> str:
    return f"{_plain(item.message)} ({item.severity.value}, {item.rule})"


def _summary_lines(summary: SetSummary, findings: Sequence[Finding]) -> Iterator[str]:
    yield "## The set"
    yield ""
    yield "| difficulty | level | stars | objects | bpm | with additions |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in summary.difficulties:
        stars = "-" if one.stars is None else f"{one.stars:.2f}"
        bpm = "-" if one.main_bpm is None else f"{one.main_bpm:g}"
        yield f"| {_plain(one.name)} | {one.level} | {stars} | {one.objects} | {bpm} | {one.hitsounded:.0%} |"
    yield ""
    for lines in (summary.spread, summary.timing, summary.hitsounds):
        yield from (f"- {_plain(line)}" for line in lines)
    yield from (f"- {_finding(item)}" for item in findings)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
