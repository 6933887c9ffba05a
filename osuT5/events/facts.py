"""Facts of a map as written: the conditions it stands for, and what a new map of the same song takes over (spec 01 section 10)."""

from __future__ import annotations

from dataclasses import dataclass

from ..beatmap import Beatmap, Hold
from ..config import Conditions
from .errors import EventError
from .source import Source, written_number
from .speeds import change_ratio
from .timeline import event_ms

DEFAULT_KEYS = 4


@dataclass(frozen=True)
class SongFacts:
    """What another difficulty of the same song can take over."""

    audio_filename: str
    preview_time: int  # ms; 0 where the file says there is none
    title: str
    title_unicode: str
    artist: str
    artist_unicode: str
    creator: str
    version: str
    source: str | None  # None when the file has no such line
    tags: str
    bpm: int | None  # fastest; None without a usable timing line
    offset: int | None  # ms, earliest line
    background: str  # "" for none


def song_facts(beatmap: Beatmap) -> SongFacts:
    """Title, timing and the like, unclamped and as written (section 10.7)."""
    metadata, general = beatmap.metadata, beatmap.general
    source = Source(beatmap)
    tempos = [tempo for line in source.lines if (tempo := bpm(line.beat_length)) is not None]
    return SongFacts(
        audio_filename=general.audio_filename,
        preview_time=event_ms(round(written_number(general.written, "PreviewTime", -1) * 1000)),
        title=metadata.title,
        title_unicode=metadata.title_unicode,
        artist=metadata.artist,
        artist_unicode=metadata.artist_unicode,
        creator=metadata.creator,
        version=metadata.version,
        source=metadata.source if "Source" in metadata.written else None,
        tags=" ".join(metadata.tags.split()),
        bpm=max(tempos, default=None),
        offset=round(min(line.offset_ms for line in source.lines)) if source.lines else None,
        background=beatmap.events.background,
    )


def map_conditions(beatmap: Beatmap, stars: float | None, normalised_scroll_speed: bool = True) -> Conditions:
    """The conditions that would ask for this map; ``stars`` is its star rating, None for unknown.

    Mapper, year and descriptors are not in the file and stay unset.
    """
    source, written = Source(beatmap), beatmap.difficulty.written
    difficulty = written_number(written, "OverallDifficulty", beatmap.difficulty.overall_difficulty)
    return Conditions(
        gamemode=beatmap.mode,
        beatmap_id=beatmap.metadata.beatmap_id,
        difficulty=stars,
        hitsounded=hitsounded(beatmap),
        hp_drain_rate=written_number(written, "HPDrainRate", beatmap.difficulty.hp_drain_rate),
        circle_size=source.circle_size,
        overall_difficulty=difficulty,
        approach_rate=written_number(written, "ApproachRate", difficulty),
        slider_multiplier=source.slider_multiplier,
        slider_tick_rate=written_number(written, "SliderTickRate", beatmap.difficulty.slider_tick_rate),
        keycount=source.columns if beatmap.mode == 3 else DEFAULT_KEYS,
        hold_note_ratio=hold_note_ratio(beatmap),
        scroll_speed_ratio=scroll_speed_ratio(beatmap, normalised_scroll_speed),
    )


def bpm(beat_length: float) -> int | None:
    """Beats a minute of a timing line; None where it has none (not above 0, or no number)."""
    return round(min(60000 / beat_length, 1e9)) if beat_length > 0 else None


def hitsounded(beatmap: Beatmap) -> bool:
    """Whether any object has a hitsound of its own, the plain one included; slider edges don't count."""
    return any(item.hit_sound for item in beatmap.hit_objects)


def hold_note_ratio(beatmap: Beatmap) -> float | None:
    """Share of holds among the objects of a mania map; None in other modes and without objects."""
    if beatmap.mode != 3 or not beatmap.hit_objects:
        return None
    return sum(isinstance(item, Hold) for item in beatmap.hit_objects) / len(beatmap.hit_objects)


def scroll_speed_ratio(beatmap: Beatmap, normalised: bool = True) -> float | None:
    """Changes of scroll speed per object, in taiko and mania; None in other modes and where it cannot be told.

    ``normalised`` counts what mania shows, tempo included; in taiko only the lines count. May exceed 1.
    """
    if beatmap.mode not in (1, 3):
        return None
    try:
        return change_ratio(Source(beatmap), normalised and beatmap.mode == 3)
    except EventError:  # a beat length of 0
        return None
