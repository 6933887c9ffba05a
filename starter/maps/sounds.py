"""Hitsounds, volumes, velocities and kiai from what plays in a bar."""

from __future__ import annotations

from itertools import pairwise

from osuT5.beatmap.model import TimingPoint
from starter.songs.score import Bar, Score

from .levels import Level
from .rhythm import Onset
from .styles import Style

WHISTLE, FINISH, CLAP = 2, 4, 8
_SECTION_VELOCITY = {"break": 0.75, "intro": 0.85, "outro": 0.85, "chorus": 1.1}


def addition(onset: Onset, style: Style) -> int:
    """Hitsound bits of an edge: finishes on crashes, the style's accent on back beats, whistles on strong melody."""
    bits = 0
    if "crash" in onset.layers:
        bits |= FINISH
    if onset.layers & {"snare", "clap"}:
        bits |= style.additions if style.additions != WHISTLE else CLAP
    elif style.additions == WHISTLE and "lead" in onset.layers and onset.on_beat:
        bits |= WHISTLE
    return bits


def section_velocity(bar: Bar, level: Level, style: Style) -> float:
    """Slider velocity multiplier of a section: the style's, calmer in breaks, faster in choruses from three stars on."""
    if level.stars < 3:
        return style.velocity
    return style.velocity * _SECTION_VELOCITY.get(bar.section, 1.0)


def timing_points(score: Score, level: Level, style: Style, sample_set: int, first_ms: float) -> list[TimingPoint]:
    """Red lines at tempo changes, green lines at sections: velocity, volume and kiai (on in choruses)."""
    points = [_red(bar, sample_set) for bar in score.tempo_changes]
    starts = score.bars[:1] + [bar for before, bar in pairwise(score.bars) if bar.section != before.section]
    for bar in starts:
        points.append(_green(bar, section_velocity(bar, level, style), sample_set))
    points.sort(key=lambda point: (point.time, not point.uninherited))
    return [point for point in points if point.uninherited or point.time >= first_ms - 60000]


def _time(bar: Bar) -> float:
    return float(round(bar.start_ms))


def _volume(bar: Bar) -> int:
    return int(round((35 + 45 * bar.energy) / 5) * 5)


def _red(bar: Bar, sample_set: int) -> TimingPoint:
    return TimingPoint(_time(bar), bar.beat_ms, bar.meter, sample_set, 0, _volume(bar), True, 0)


def _green(bar: Bar, velocity: float, sample_set: int) -> TimingPoint:
    kiai = 1 if bar.section == "chorus" else 0
    return TimingPoint(_time(bar), -100 / velocity, bar.meter, sample_set, 0, _volume(bar), False, kiai)
