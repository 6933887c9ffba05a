"""The course of a training run: its log, thinned, as CSV and as a picture."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Row = Mapping[str, float]
LOSSES, SHARES = ("token", "frame", "guide"), ("accuracy", "timing")
NAMES = {
    "token": "tokens, cross entropy",
    "frame": "onsets and beats, cross entropy",
    "guide": "attention away from the frame",
    "accuracy": "share of tokens right",
    "timing": "share of times within 20 ms",
}
COLUMNS = ("step", *LOSSES, *SHARES)
POINTS = 150
WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 960, 260, 64, 270, 24, 52
PAPER, INK, FAINT = (255, 255, 255), (40, 44, 52), (222, 225, 230)
COLOURS = {
    "token": (38, 92, 190),
    "frame": (214, 110, 30),
    "guide": (120, 120, 128),
    "accuracy": (38, 92, 190),
    "timing": (30, 140, 90),
}


def read_log(path: Path) -> list[Row]:
    """Rows by step; of a step that was logged twice (a resumed run) the later one. Raises ``OSError``, ``ValueError``."""
    rows: dict[float, Row] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            rows[row["step"]] = row
    return [rows[step] for step in sorted(rows)]


def training_seconds(path: Path) -> float:
    """Time of all sittings together; each counts its own seconds from zero."""
    total = last = 0.0
    for line in path.read_text(encoding="utf-8").splitlines():
        seconds = float(json.loads(line)["seconds"]) if line.strip() else last
        total += last if seconds < last else 0.0
        last = seconds
    return total + last


def thinned(rows: Sequence[Row], points: int = POINTS) -> list[dict[str, float]]:
    """At most ``points`` rows: means of neighbours, with the last step of each."""
    if not rows:
        return []
    groups = np.array_split(np.arange(len(rows)), min(points, len(rows)))
    result = []
    for group in groups:
        members = [rows[i] for i in group]
        means = {name: _mean([row[name] for row in members if name in row]) for name in COLUMNS[1:]}
        result.append({"step": members[-1]["step"], **{k: v for k, v in means.items() if not math.isnan(v)}})
    return result


def as_csv(rows: Sequence[Row]) -> str:
    """A header and a line a row; empty where a row has no such value."""
    lines = [",".join(COLUMNS)]
    for row in rows:
        cells = ["" if name not in row else f"{row[name]:.5g}" for name in COLUMNS[1:]]
        lines.append(",".join((str(int(row["step"])), *cells)))
    return "\n".join(lines) + "\n"


def draw_curve(rows: Sequence[Row]) -> bytes:
    """A PNG with losses (logarithmic) above and shares below, over the steps."""
    image = Image.new("RGB", (WIDTH, TOP + 2 * (PANEL + GAP)), PAPER)
    draw = ImageDraw.Draw(image)
    values = [row[name] for row in rows for name in LOSSES if row.get(name, 0) > 0]
    low, high = (min(values), max(values)) if values else (0.1, 1.0)
    span = math.log10(low) - 0.05, math.log10(high) + 0.05
    _panel(draw, TOP, rows, LOSSES, span, logarithmic=True)
    _panel(draw, TOP + PANEL + GAP, rows, SHARES, (0.0, 1.0), logarithmic=False)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _panel(
    draw: ImageDraw.ImageDraw,
    top: int,
    rows: Sequence[Row],
    names: Sequence[str],
    span: tuple[float, float],
    logarithmic: bool,
) -> None:
    font = ImageFont.load_default(13)
    steps = max((row["step"] for row in rows), default=1.0)
    right = WIDTH - RIGHT

    def place(step: float, value: float) -> tuple[float, float]:
        height = math.log10(value) if logarithmic else value
        return LEFT + (right - LEFT) * step / steps, top + PANEL * (span[1] - height) / (span[1] - span[0])

    for mark in _marks(span, logarithmic):
        y = place(0, mark)[1]
        draw.line((LEFT, y, right, y), FAINT)
        draw.text((LEFT - 8, y), f"{mark:g}", INK, font, anchor="rm")
    for part in range(5):
        x = LEFT + (right - LEFT) * part / 4
        draw.text((x, top + PANEL + 6), f"{steps * part / 4:,.0f}", INK, font, anchor="ma")
    draw.rectangle((LEFT, top, right, top + PANEL), outline=INK)
    for number, name in enumerate(names):
        points = [
            place(row["step"], row[name]) for row in rows if row.get(name, -1) > 0 or name in row and not logarithmic
        ]
        if len(points) > 1:
            draw.line(points, COLOURS[name], 2, joint="curve")
        y = top + 14 + 22 * number
        draw.line((right + 14, y, right + 36, y), COLOURS[name], 3)
        draw.text((right + 44, y), NAMES[name], INK, font, anchor="lm")


def _marks(span: tuple[float, float], logarithmic: bool) -> list[float]:
    if not logarithmic:
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    marks = [digit * 10.0**power for power in range(-6, 6) for digit in (1, 2, 5)]
    return [mark for mark in marks if span[0] <= math.log10(mark) <= span[1]]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
