"""Repairs of what the difficulties of a set must share, and of their names (spec 08 sections 2, 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from osuT5.beatmap import Beatmap

from .check import facts_of
from .draft import copy_of
from .length import misnamed
from .level import Level, level_name, level_of_name, level_of_stars
from .repair import Repair
from .same import shared_settings

TEXTS = {
    "title": "Title",
    "artist": "Artist",
    "source": "Source",
    "tags": "Tags",
    "title_unicode": "TitleUnicode",
    "artist_unicode": "ArtistUnicode",
}


def repair_set(
    beatmaps: Sequence[Beatmap],
    allow_gameplay: bool = False,
    *,
    chosen: int = 0,
    stars: Sequence[float | None] | None = None,
) -> tuple[list[Beatmap], list[Repair]]:
    """Copies of ``beatmaps`` that agree with the ``chosen`` one in metadata, audio and settings, and what was done.

    ``allow_gameplay`` also copies its red points (T11). With ``stars``, names two levels off become those of their
    level (S05). ``beatmaps`` stay as they are.
    """
    copies = [copy_of(beatmap) for beatmap in beatmaps]
    repairs: list[Repair] = []
    for index, beatmap in enumerate(copies):
        if index != chosen:
            repairs += _agree(copies[chosen], beatmap, allow_gameplay)
    for beatmap, rating in zip(copies, stars or [None] * len(copies), strict=True):
        repairs += _rename(beatmap, rating, copies)
    return copies, repairs


def _agree(chosen: Beatmap, beatmap: Beatmap, allow_gameplay: bool) -> list[Repair]:
    done = []
    for finding in shared_settings([facts_of(chosen), facts_of(beatmap)]):
        if finding.rule == "T11" and not allow_gameplay:
            continue
        _COPIES[finding.rule](chosen, beatmap, finding.part)
        done.append(Repair(finding.rule, 0.0, f"copied from {chosen.metadata.version!r}", finding))
    return done


def _copy_shared(chosen: Beatmap, beatmap: Beatmap, part: str) -> None:
    """S07."""
    if part == "preview time":
        beatmap.general.preview_time = chosen.general.preview_time
        beatmap.general.written.pop("PreviewTime", None)
    elif part == "audio file":
        beatmap.general.audio_filename = chosen.general.audio_filename
        beatmap.general.written.pop("AudioFilename", None)
    else:
        for name in (part, f"{part}_unicode"):
            if name in TEXTS:
                setattr(beatmap.metadata, name, getattr(chosen.metadata, name))
                beatmap.metadata.written[TEXTS[name]] = getattr(chosen.metadata, name)


def _copy_setting(chosen: Beatmap, beatmap: Beatmap, part: str) -> None:
    """D06; the writer takes a text that reads as another value for old."""
    setattr(beatmap.general, part, getattr(chosen.general, part))


def _copy_reds(chosen: Beatmap, beatmap: Beatmap, part: str) -> None:
    """T11: the red points of the chosen map, the green ones of the map itself."""
    greens = [point for point in beatmap.timing_points if not point.uninherited]
    reds = [replace(point) for point in chosen.timing_points if point.uninherited]
    beatmap.timing_points = [*reds, *greens]
    beatmap.timing_points.sort(key=lambda point: (point.time, not point.uninherited))
    beatmap.timing_text = [point.text for point in beatmap.timing_points]


_COPIES: dict[str, Callable[[Beatmap, Beatmap, str], None]] = {
    "S07": _copy_shared,
    "D06": _copy_setting,
    "T11": _copy_reds,
}


def _rename(beatmap: Beatmap, stars: float | None, others: Sequence[Beatmap]) -> list[Repair]:
    """S05: the name of the level, with a number where another difficulty has it."""
    old = beatmap.metadata.version
    named = level_of_name(old, beatmap.mode)
    if stars is None or named is None or abs(named - level_of_stars(stars)) < 2:
        return []
    level: Level = level_of_stars(stars)
    name, number = level_name(level, beatmap.mode, stars), 1
    taken = {other.metadata.version for other in others}
    new = name
    while new in taken:
        number += 1
        new = f"{name} {number}"
    findings = list(misnamed(facts_of(beatmap, stars)))
    beatmap.metadata.version = beatmap.metadata.written["Version"] = new
    return [Repair("S05", 0.0, f"renamed to {new!r}", finding) for finding in findings]
