"""Figures of the benchmark: one row each, shown as text or Markdown, kept as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MODES = ("osu", "taiko", "catch", "mania")
_FORMATS = {
    "share": "{:.1%}",
    "percent": "{:.3%}",
    "number": "{:.2f}",
    "ms": "{:.1f} ms",
    "s": "{:.1f} s",
    "GB": "{:.2f} GB",
}


@dataclass(frozen=True)
class Row:
    """One figure. ``kind``: share, percent (three decimals), number, ms, s or GB. ``beside``: what to read it with. ``count``: samples."""

    what: str
    value: float
    kind: str = "share"
    mode: str = ""
    target: float | None = None
    at_most: bool = False  # the target is an upper limit
    beside: dict[str, float] = field(default_factory=dict)
    count: int = 0

    @property
    def reached(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        if math.isnan(self.value):
            return False
        return self.value <= self.target if self.at_most else self.value >= self.target

    def shown(self, value: float) -> str:
        return "-" if math.isnan(value) else _FORMATS[self.kind].format(value)

    def cells(self) -> tuple[str, ...]:
        """What, mode, measured, wanted, verdict, beside, samples."""
        wanted = "" if self.target is None else ("at most " if self.at_most else "") + self.shown(self.target)
        verdict = {None: "", True: "reached", False: "short"}[self.reached]
        beside = ", ".join(f"{name} {self.shown(value)}" for name, value in self.beside.items())
        return self.what, self.mode, self.shown(self.value), wanted, verdict, beside, str(self.count or "")


HEAD = ("what", "mode", "measured", "wanted", "", "beside", "n")


def text_table(rows: Iterable[Row]) -> str:
    """Columns of equal width, a line a row."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join(lines) + "\n"


def markdown_table(rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]
    return "".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |\n" for line in lines)


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as plain data; what is unknown (NaN) is null."""
    return [_plain(asdict(row)) | {"reached": row.reached} for row in rows]


def from_json(stored: Iterable[dict[str, Any]]) -> list[Row]:
    """Rows from :func:`as_json`. Raises ``TypeError`` for data of another shape."""
    rows = []
    for entry in stored:
        values = {name: value for name, value in entry.items() if name != "reached"}
        known = math.nan if values["value"] is None else values["value"]
        beside = {name: math.nan if value is None else value for name, value in values["beside"].items()}
        rows.append(Row(**{**values, "value": known, "beside": beside}))
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
