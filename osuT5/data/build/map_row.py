"""The metadata of one difficulty, from its file alone (spec 05 section 13)."""

from __future__ import annotations

import hashlib
import math
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ... import __version__
from ...beatmap import Beatmap, BeatmapError, Circle, Hold, Slider, Spinner, parse_beatmap
from ...beatmap.play import Play
from ..errors import BadTrack
from .columns import MODES
from .rate import rate, rating_source

_TEMPO = (1.0, 10000.0)  # BPM
_MAX_SLIDER = 1e6  # osu! pixels


def map_row(data: bytes, name: str) -> dict[str, Any]:
    """Columns of a map, without ids of the set, audio and file names. Raises ``BadTrack`` with the reason."""
    try:
        beatmap = parse_beatmap(data, name)
    except BeatmapError as error:
        raise BadTrack("map_broken", str(error)) from error
    tempo = _checked(beatmap, name)
    rating = rate(data, name)
    settings, told = beatmap.difficulty, beatmap.metadata
    play = Play(beatmap)
    first, last = beatmap.hit_objects[0].time, max(play.end_time(item) for item in beatmap.hit_objects)
    pauses = sum(max(pause.end - pause.start, 0) for pause in beatmap.events.breaks)
    kinds = Counter(type(item) for item in beatmap.hit_objects)
    return {
        "Artist": told.artist,
        "ArtistUnicode": told.artist_unicode,
        "Title": told.title,
        "TitleUnicode": told.title_unicode,
        "Creator": told.creator,
        "Source": told.source,
        "Tags": told.tags,
        "Version": told.version,
        "Id": told.beatmap_id if told.beatmap_id and told.beatmap_id > 0 else None,
        "BeatmapSetId": told.beatmap_set_id if told.beatmap_set_id and told.beatmap_set_id > 0 else None,
        "Mode": MODES[beatmap.mode],
        "ModeInt": beatmap.mode,
        "Checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "OsuSha256": hashlib.sha256(data).hexdigest(),
        "DifficultyRating": rating.stars[2],
        "StarRating": list(rating.stars),
        "StarRatingSource": rating_source(),
        "MaxCombo": rating.max_combo,
        "TotalLength": round((last - first) / 1000),
        "HitLength": round(max(last - first - pauses, 0) / 1000),
        "CountCircles": kinds[Circle],
        "CountSliders": kinds[Slider] + kinds[Hold],
        "CountSpinners": kinds[Spinner],
        "Accuracy": settings.overall_difficulty,
        "Ar": settings.approach_rate,
        "Cs": settings.circle_size,
        "Drain": settings.hp_drain_rate,
        "Bpm": tempo,
        "Video": bool(beatmap.events.videos),
        "Storyboard": bool(beatmap.events.storyboard),
        "FormatVersion": beatmap.format_version,
        "BuilderVersion": __version__,
    }


def _checked(beatmap: Beatmap, name: str) -> float:
    """BPM that lasts longest. Raises ``BadTrack`` for a map that cannot be learnt from."""
    if not beatmap.hit_objects:
        raise BadTrack("no_objects", f"{name}: the map has no objects")
    red = [line for line in beatmap.timing_points if line.uninherited]
    if not red:
        raise BadTrack("no_timing", f"{name}: the map has no timing point")
    for line in red:
        if not (math.isfinite(line.beat_length) and line.beat_length > 0) or not _sane(60000 / line.beat_length):
            raise BadTrack("absurd_tempo", f"{name}: beat length {line.beat_length} ms at {line.time:g} ms")
    sliders = [item for item in beatmap.hit_objects if isinstance(item, Slider)]
    if any((slider.length or 0) > _MAX_SLIDER for slider in sliders):
        raise BadTrack("absurd_slider", f"{name}: a slider is longer than {_MAX_SLIDER:g} px")
    starts = [line.time for line in red]
    lasting: dict[float, float] = {}
    for line, stop in zip(red, [*starts[1:], max(beatmap.hit_objects[-1].time, starts[-1])], strict=True):
        lasting[line.beat_length] = lasting.get(line.beat_length, 0) + max(stop - line.time, 0)
    return 60000 / max(lasting, key=lambda beat: lasting[beat])


def set_bpm(rows: Sequence[dict[str, Any]]) -> float:
    """BPM of a set."""
    return statistics.median(row["Bpm"] for row in rows)


def _sane(tempo: float) -> bool:
    return _TEMPO[0] <= tempo <= _TEMPO[1]
