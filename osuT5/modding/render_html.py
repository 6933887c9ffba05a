"""The report as one HTML page without anything from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ..rules import Finding
from .links import ObjectFinder, Target
from .render_text import by_category
from .report import MapReport, Report, SetSummary
from .words import clock

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .2rem .6rem; border-bottom: 1px solid #8883 }
td.n { text-align: right; font-weight: 600 }
.problem, .high { color: #d33 } .warning, .middle { color: #b80 }
.note { border-left: 3px solid #b80; padding-left: .6rem }
"""


def report_html(report: Report) -> str:
    """Ends with a line break."""
    title = report.maps[0].name if len(report.maps) == 1 else "Modding report"
    lines = ["<!doctype html>", '<html lang="en"><head><meta charset="utf-8">', f"<title>{escape(title)}</title>"]
    lines += [f"<style>{_STYLE}</style></head><body>", "<h1>Modding report</h1>"]
    for each in report.maps:
        lines += _map_lines(each, report)
    lines += [f'<p class="problem">Not looked at: {escape(line)}</p>' for line in report.failed]
    if report.summary is not None:
        lines += _summary_lines(report.summary, report.findings)
    return "\n".join([*lines, "</body></html>"]) + "\n"


def _map_lines(each: MapReport, report: Report) -> Iterator[str]:
    yield f"<h2>{escape(each.name)}</h2>"
    yield f"<p>Read by {escape(each.model)}. Suggestions are the model's opinions, findings are facts.</p>"
    yield from (f'<p class="note">{escape(notice)}</p>' for notice in (*each.notices, *each.warnings))
    if each.findings:
        finder = ObjectFinder(each.beatmap, columns=True)
        yield "<details open><summary><h3>Findings</h3></summary><table>"
        for found in each.findings:
            place = _link(finder.of(found.objects, found.start)) if found.objects or found.start else ""
            yield _row(found.severity.value, found.severity.value, place, found.rule, found.message)
        yield "</table></details>"
    if each.repaired is not None and each.repaired.path is not None:
        yield f"<h3>Repaired copy: {escape(each.repaired.path.name)}</h3><ul>"
        yield from (f"<li>{escape(step)}</li>" for step in each.repaired.steps)
        yield "</ul>"
    for category, items in by_category(report.view.select(each.suggestions)).items():
        yield f"<details open><summary><h3>{category}</h3></summary><table>"
        for item in items:
            number = str(round(item.importance))
            yield _row(_strength(item.importance), number, _link(item.target, item.time), item.group, item.message)
        yield "</table></details>"


def _strength(importance: float) -> str:
    if importance >= 100:
        return "high"
    return "middle" if importance >= 10 else "low"


def _row(kind: str, first: str, place: str, name: str, message: str) -> str:
    return (
        f'<tr><td class="n {kind}">{escape(first)}</td><td>{place}</td>'
        f"<td>{escape(name)}</td><td>{escape(message)}</td></tr>"
    )


def _link(target: Target, time: float | None = None) -> str:
    shown = clock(target.time if time is None else time) + target.selection
    return f'<a href="{escape(target.link)}">{escape(shown)}</a>'


def _summary_lines(summary: SetSummary, findings: Sequence[Finding]) -> Iterator[str]:
    yield "<h2>The set</h2><table>"
    heads = ("difficulty", "level", "stars", "objects", "bpm", "with additions")
    yield f"<tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
    for one in summary.difficulties:
        stars = "-" if one.stars is None else f"{one.stars:.2f}"
        bpm = "-" if one.main_bpm is None else f"{one.main_bpm:g}"
        cells = (one.name, one.level, stars, str(one.objects), bpm, f"{one.hitsounded:.0%}")
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    yield "</table><ul>"
    for lines in (summary.spread, summary.timing, summary.hitsounds):
        yield from (f"<li>{escape(line)}</li>" for line in lines)
    yield from (f"<li>{escape(item.message)} ({item.severity.value}, {item.rule})</li>" for item in findings)
    yield "</ul>"
