"""Reads recorded runs of the published system: events, settings, red lines."""

from __future__ import annotations

import re
from typing import Any

from osuT5.beatmap.timing_lines import TimingLine, parse_timing_lines
from osuT5.events.event import Event, EventType
from osuT5.postprocess.settings import MapSettings
from tests.shared_data import SHARED, need


def events_of(pairs: list[list[Any]]) -> list[Event]:
    return [Event(EventType(kind), value) for kind, value in pairs]


def settings_of(config: dict[str, Any]) -> MapSettings:
    values = {key: value for key, value in config.items() if key != "background_line"}
    background = re.match(r'0,0,"(.*)",0,0', config["background_line"])
    return MapSettings(background=background[1] if background else None, **values)


def lines_of(recorded: list[dict[str, Any]]) -> list[TimingLine]:
    return [
        TimingLine(
            round(point["offset_ms"] * 1000),
            point["ms_per_beat"],
            point["meter"],
            point["sample_type"],
            point["sample_set"],
            point["volume"],
            None,
            point["kiai"],
        )
        for point in recorded
    ]


def corpus_text(name: str) -> str:
    return need(SHARED / "corpus" / "osu" / name).read_text(encoding="utf-8-sig")


def corpus_red_lines(name: str) -> list[TimingLine]:
    """The uninherited timing lines of a corpus map."""
    section = corpus_text(name).split("[TimingPoints]")[1].split("\n[")[0]
    return [line for line in parse_timing_lines(section.splitlines()) if line.parent is None]


def differing_lines(found: str, wanted: str, tolerance: float = 1e-6) -> list[tuple[str, str]]:
    """Lines that differ; slider lengths may differ by ``tolerance``, relative."""
    a, b = found.split("\n"), wanted.split("\n")
    if len(a) != len(b):
        return [(f"{len(a)} lines", f"{len(b)} lines")]
    return [(x, y) for x, y in zip(a, b, strict=True) if x != y and not _same_slider(x, y, tolerance)]


def _same_slider(a: str, b: str, tolerance: float) -> bool:
    x, y = a.split(","), b.split(",")
    if len(x) != len(y) or len(x) < 8 or "|" not in x[5]:
        return False
    lengths = float(x.pop(7)), float(y.pop(7))
    return x == y and abs(lengths[0] - lengths[1]) <= tolerance * abs(lengths[1])
