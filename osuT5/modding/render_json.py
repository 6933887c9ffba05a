"""The report as one JSON object; ``report.schema.json`` says what is in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..events.event import Event
from ..rules import Finding, Severity, counts
from .links import ObjectFinder
from .render_text import by_category
from .report import MapReport, Report
from .suggestion import Suggestion

VERSION = 1  # of the form
_DIGITS = 5


def report_json(report: Report) -> str:
    """The object as text, without a line break at its end."""
    return json.dumps(report_object(report), ensure_ascii=False, indent=2)


def report_object(report: Report) -> dict[str, Any]:
    """Suggestions and findings of all maps in one list each; ``map`` is the place of their map in ``maps``."""
    shown = [report.view.select(each.suggestions) for each in report.maps]
    finders = [ObjectFinder(each.beatmap, columns=True) for each in report.maps]
    findings = [
        _finding(item, number, finders[number]) for number, each in enumerate(report.maps) for item in each.findings
    ]
    findings += [_finding(item, None, None) for item in report.findings]
    return {
        "version": VERSION,
        "maps": [_map(each) for each in report.maps],
        "suggestions": [_suggestion(item, number) for number, items in enumerate(shown) for item in items],
        "findings": findings,
        "summary": _summary(report, shown),
        "failed": list(report.failed),
    }


def _map(each: MapReport) -> dict[str, Any]:
    data, repaired = each.beatmap.metadata, each.repaired
    return {
        "path": str(each.path),
        "artist": data.artist,
        "title": data.title,
        "creator": data.creator,
        "difficulty": data.version,
        "mode": each.beatmap.mode,
        "stars": each.stars,
        "model": each.model,
        "audio_ms": round(each.audio_ms, 1),
        "objects": len(each.beatmap.hit_objects),
        "events": each.events,
        "scored_events": each.scored,
        "notices": list(each.notices),
        "warnings": list(each.warnings),
        "repaired_path": None if repaired is None or repaired.path is None else str(repaired.path),
        "repairs": [] if repaired is None else list(repaired.steps),
    }


def _suggestion(item: Suggestion, number: int) -> dict[str, Any]:
    return {
        "map": number,
        "context": item.context.value,
        "index": item.index,
        "time": item.time,
        "object_time": item.target.time,
        "combo": item.target.combo,
        "column": item.target.column,
        "link": item.target.link,
        "group": item.group,
        "category": item.category,
        "message": item.message,
        "actual": _event(item.actual, item.actual_words),
        "expected": _event(item.expected, item.expected_words),
        "surprisal": _number(item.score.surprisal),
        "entropy": _number(item.score.entropy),
        "relative_surprisal": _number(item.score.relative),
        "importance": round(item.importance),
    }


def _number(value: float) -> float:
    return round(value, _DIGITS) + 0.0  # no minus before a zero


def _event(event: Event, words: str) -> dict[str, Any]:
    return {"type": event.type.value, "value": event.value, "text": words}


def _finding(item: Finding, number: int | None, finder: ObjectFinder | None) -> dict[str, Any]:
    target = None if finder is None or (not item.objects and not item.start) else finder.of(item.objects, item.start)
    return {
        "map": number,
        "rule": item.rule,
        "severity": item.severity.value,
        "start": item.start,
        "end": item.end,
        "message": item.message,
        "objects": list(item.objects),
        "link": None if target is None else target.link,
        "value": item.value,
        "limit": item.limit,
        "repair": item.repair,
        "maps": list(item.maps),
    }


def _summary(report: Report, shown: Sequence[Sequence[Suggestion]]) -> dict[str, Any]:
    every = [item for each in report.maps for item in each.suggestions]
    found = counts([*report.findings, *(item for each in report.maps for item in each.findings)])
    return {
        "maps": len(report.maps),
        "suggestions": len(every),
        "shown": sum(map(len, shown)),
        "by_category": {category: len(items) for category, items in by_category(every).items()},
        "findings": {severity.value: found[severity] for severity in Severity},
        "set": None if report.summary is None else asdict(report.summary),
    }
