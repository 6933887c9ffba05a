"""Beatmaps: .osu text to typed objects and back, for all modes and versions (spec 07)."""

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
