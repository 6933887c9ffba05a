"""Small maps for the tests of the rules: 150 BPM from 0, so that a beat is 400 ms and a slider covers 140 px of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from osuT5.beatmap import Beatmap, parse_beatmap
from osuT5.rules import Finding, check_map

RED = "0,400,4,2,0,70,1,0"
COLOURS = ("Combo1 : 255,192,0", "Combo2 : 0,202,0")


def song(
    objects: Sequence[str],
    timing: Sequence[str] = (RED,),
    *,
    mode: int = 0,
    general: str = "",
    difficulty: str = "",
    metadata: str = "",
    events: Sequence[str] = (),
    colours: Sequence[str] = COLOURS,
) -> Beatmap:
    """A map of the given lines; settings are separated by line breaks."""
    settings = (
        "HPDrainRate:5\nCircleSize:5\nOverallDifficulty:5\nApproachRate:5\nSliderMultiplier:1.4\nSliderTickRate:1"
    )
    if mode == 3:
        settings = settings.replace("CircleSize:5", "CircleSize:4")
    parts = ["osu file format v14", "[General]", "PreviewTime: 1000", f"Mode: {mode}", general, "[Metadata]", metadata]
    parts += ["[Difficulty]", settings, difficulty, "[Events]", *events, "[TimingPoints]", *timing]
    parts += ["[Colours]", *colours, "[HitObjects]", *objects]
    return parse_beatmap("\n".join(parts))


def circle(time: int, x: int = 256, y: int = 192, sound: int = 0, new: bool = False, sample: str = "0:0:0:0:") -> str:
    return f"{x},{y},{time},{5 if new else 1},{sound},{sample}"


def slider(
    time: int, length: float = 140, x: int = 100, y: int = 100, slides: int = 1, path: str = "", new: bool = False
) -> str:
    """To the right, unless a path is given."""
    path = path or f"L|{x + round(length)}:{y}"
    return f"{x},{y},{time},{6 if new else 2},0,{path},{slides},{length}"


def spinner(time: int, end: int) -> str:
    return f"256,192,{time},12,0,{end},0:0:0:0:"


def note(time: int, column: int = 0, keys: int = 4, sound: int = 0) -> str:
    return f"{int((column + 0.5) * 512 / keys)},192,{time},1,{sound},0:0:0:0:"


def hold(time: int, end: int, column: int = 0, keys: int = 4) -> str:
    return f"{int((column + 0.5) * 512 / keys)},192,{time},128,0,{end}:0:0:0:0:"


def green(time: float, velocity: float = 1.0, volume: int = 70, kiai: int = 0, index: int = 0) -> str:
    return f"{time},{-100 / velocity},4,2,{index},{volume},0,{kiai}"


def circles(times: Sequence[int], **more: Any) -> list[str]:
    return [circle(time, **more) for time in times]


def found(beatmap: Beatmap, rule: str, **options: Any) -> list[Finding]:
    return [finding for finding in check_map(beatmap, **options) if finding.rule == rule]


@dataclass(frozen=True)
class Case:
    """``fires`` breaks ``rule``, ``quiet`` just not; ``count`` and ``severity`` of what is found."""

    rule: str
    fires: Beatmap
    quiet: Beatmap
    options: dict[str, Any] = field(default_factory=dict)
    severity: str = ""
    quiet_options: dict[str, Any] | None = None
    note: str = ""
