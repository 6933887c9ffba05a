"""What a reference map says about itself, in the names of the options (spec 01 section 10, spec 03 section 3.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from ..beatmap import Beatmap, BeatmapError, read_beatmap
from ..beatmap.timing_lines import TimingLine, parse_timing_lines
from ..events.facts import hitsounded, hold_note_ratio, scroll_speed_ratio
from ..stars import star_rating
from .errors import RequestError

MANIA, SCROLLING = 3, (1, 3)


@dataclass(frozen=True)
class ReferenceFacts:
    """Unset where the map does not say. Difficulty settings as written, not clamped; ``background`` by name."""

    gamemode: int
    audio_filename: str
    beatmap_id: int | None
    difficulty: float | None  # stars, 2 decimals
    hp_drain_rate: float
    circle_size: float
    overall_difficulty: float
    approach_rate: float
    slider_multiplier: float
    slider_tick_rate: float
    hitsounded: bool
    keycount: int
    hold_note_ratio: float | None
    scroll_speed_ratio: float | None
    bpm: int | None
    offset: int | None
    title: str
    artist: str
    title_unicode: str
    artist_unicode: str
    creator: str
    version: str
    source: str | None
    tags: str
    background: str | None
    preview_time: int


@dataclass(frozen=True)
class Reference:
    """A reference map that was read."""

    path: Path
    beatmap: Beatmap
    facts: ReferenceFacts


def read_reference(path: Path) -> Reference:
    """Raises :class:`RequestError` where the file is no beatmap."""
    try:
        beatmap = read_beatmap(path)
    except BeatmapError as error:
        raise RequestError(f"beatmap_path: {error}") from None
    return Reference(path, beatmap, facts_of(beatmap, stars_of(path)))


def stars_of(path: Path) -> float | None:
    """Star rating to 2 decimals, ``None`` where it cannot be had."""
    try:
        return round(star_rating(path.read_bytes()), 2)
    except (OSError, ValueError):
        return None


def facts_of(beatmap: Beatmap, stars: float | None) -> ReferenceFacts:
    """The facts of ``beatmap``; ``stars`` is its rating."""
    written, meta, mode = beatmap.difficulty.written, beatmap.metadata, beatmap.mode
    overall = _number(written, "OverallDifficulty", 5.0)
    circle_size = _number(written, "CircleSize", 5.0)
    lines = parse_timing_lines(point.text for point in beatmap.timing_points)
    return ReferenceFacts(
        gamemode=mode,
        audio_filename=beatmap.general.audio_filename,
        beatmap_id=meta.beatmap_id,
        difficulty=stars,
        hp_drain_rate=_number(written, "HPDrainRate", 5.0),
        circle_size=circle_size,
        overall_difficulty=overall,
        approach_rate=_number(written, "ApproachRate", overall),
        slider_multiplier=_number(written, "SliderMultiplier", 1.4),
        slider_tick_rate=_number(written, "SliderTickRate", 1.0),
        hitsounded=hitsounded(beatmap),
        keycount=int(circle_size) if mode == MANIA else 4,
        hold_note_ratio=hold_note_ratio(beatmap) if mode == MANIA else None,
        scroll_speed_ratio=scroll_speed_ratio(beatmap) if mode in SCROLLING else None,
        bpm=max_bpm(lines),
        offset=min((round(line.offset_ms) for line in lines), default=None),
        title=meta.title,
        artist=meta.artist,
        title_unicode=meta.title_unicode,
        artist_unicode=meta.artist_unicode,
        creator=meta.creator,
        version=meta.version,
        source=meta.written.get("Source"),
        tags=" ".join(meta.tags.split()),
        background=beatmap.events.background or None,
        preview_time=_preview(beatmap),
    )


def max_bpm(lines: list[TimingLine]) -> int | None:
    """The largest tempo of the red lines in whole BPM."""
    lengths = (line.beat_length for line in lines if line.parent is None)
    return max((round(60000 / length) for length in lengths if length > 0 and math.isfinite(length)), default=None)


def _preview(beatmap: Beatmap) -> int:
    """Published reading: a written -1 is 0, a missing key -1."""
    if "PreviewTime" not in beatmap.general.written:
        return -1
    return max(0, beatmap.general.preview_time)


def _number(written: dict[str, str], key: str, default: float) -> float:
    try:
        return float(written[key])
    except (KeyError, ValueError):
        return default
