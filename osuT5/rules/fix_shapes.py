"""Plain curves for sliders that can't be read, where it was asked for (O16, O17 of spec 08)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from osuT5.beatmap import Slider
from osuT5.beatmap.path import Path, slider_path

from .draft import Draft
from .finding import Finding
from .fix_snapping import on_screen
from .osu_shapes import arrow_angle, unreadable_part
from .turns import angles, arc

MOST_BEND = math.radians(200)  # a rounder arc leads back to its head
PLAIN_BEND = math.radians(80)


def plain_curve(draft: Draft, finding: Finding) -> str:
    """An arc of the same length and, where that can be, with the same end."""
    (index,) = finding.objects
    slider = draft.objects[index]
    if not isinstance(slider, Slider):
        return ""
    path = slider_path(slider, draft.facts.beatmap.format_version)
    for other in _arcs(slider, path):
        if on_screen(draft, other) and _readable(draft, other):
            draft.put(index, other)
            return "turned into an arc" if other.curve == "P" else "turned into a line"
    return ""


def _arcs(slider: Slider, path: Path) -> Iterator[Slider]:
    """Arcs with the end of ``path``; then gentler ones and lines towards it, and to all sides."""
    x, y = path.position(1)
    chord, towards = math.hypot(x, y), math.atan2(y, x)
    bend = _bend(path.length, chord)
    middle = path.position(0.5)
    side = 1.0 if x * middle[1] - y * middle[0] < 0 else -1.0
    if bend <= MOST_BEND:
        yield arc(slider, path.length, towards, side * bend)
        yield arc(slider, path.length, towards, -side * bend)
    for turn in (0.0, *angles(15, 180)):
        for least in (side * PLAIN_BEND, -side * PLAIN_BEND, 0.0):
            yield arc(slider, path.length, towards + turn, least)


def _bend(length: float, chord: float) -> float:
    """The radians by which an arc of ``length`` px turns whose ends are ``chord`` px apart."""
    low, high = 0.0, 2 * math.pi
    for _ in range(40):
        bend = (low + high) / 2
        if length * math.sin(bend / 2) > chord * bend / 2:
            low = bend
        else:
            high = bend
    return low


def _readable(draft: Draft, slider: Slider) -> bool:
    path = slider_path(slider, draft.facts.beatmap.format_version)
    radius = draft.facts.radius
    return not unreadable_part(slider, path, radius) and arrow_angle(slider, path, radius) <= 90


GAMEPLAY = {"O16": plain_curve, "O17": plain_curve}
