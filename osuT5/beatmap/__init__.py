"""Beatmaps: .osu text to typed objects and back, for all modes and versions (spec 07).

What a map means in play is asked of :mod:`play` (ends, ticks), :mod:`timing`, :mod:`path`, :mod:`samples`,
:mod:`combos`, :mod:`stacking`, and of :mod:`taiko`, :mod:`catch`, :mod:`mania`; :mod:`compare` tells maps apart.
"""

from osuT5.beatmap.model import (
    Beatmap,
    BeatmapError,
    Circle,
    Diagnostic,
    Difficulty,
    General,
    HitObject,
    Hold,
    Metadata,
    Slider,
    Spinner,
    TimingPoint,
)
from osuT5.beatmap.reader import parse_beatmap, read_beatmap
from osuT5.beatmap.writer import write_beatmap

__all__ = [
    "Beatmap",
    "BeatmapError",
    "Circle",
    "Diagnostic",
    "Difficulty",
    "General",
    "HitObject",
    "Hold",
    "Metadata",
    "Slider",
    "Spinner",
    "TimingPoint",
    "parse_beatmap",
    "read_beatmap",
    "write_beatmap",
]
