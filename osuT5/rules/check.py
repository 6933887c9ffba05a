"""All checks of one map."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from osuT5.beatmap import Beatmap

from . import (
    catch,
    length,
    mania,
    mania_patterns,
    objects,
    osu_places,
    osu_rhythm,
    osu_shapes,
    osu_sliders,
    osu_spacing,
    settings,
    sound_files,
    sounds,
    taiko,
    timing,
)
from .context import Facts
from .finding import Finding, in_order
from .level import Level, decide_level
from .set_files import SetFiles

Check = Callable[[Facts], Iterator[Finding]]

SHARED: tuple[Check, ...] = (
    *timing.CHECKS,
    *objects.CHECKS,
    *length.CHECKS,
    *settings.CHECKS,
    *sounds.CHECKS,
    *sound_files.CHECKS,
)
BY_MODE: tuple[tuple[Check, ...], ...] = (
    (
        *osu_places.CHECKS,
        *osu_spacing.CHECKS,
        *osu_sliders.CHECKS,
        *osu_shapes.CHECKS,
        *osu_rhythm.CHECKS,
    ),
    taiko.CHECKS,
    catch.CHECKS,
    (*mania.CHECKS, *mania_patterns.CHECKS),
)


def check_map(
    beatmap: Beatmap,
    stars: float | None = None,
    level: Level | str | None = None,
    audio_ms: float | None = None,
    *,
    lowest: bool = False,
    files: Path | str | Iterable[str] | None = None,
) -> list[Finding]:
    """What ``beatmap`` departs from, by time and then id; equal input gives equal findings.

    ``level`` (E, N, H, I, X or a name) overrides what the difficulty's name or ``stars`` say; without any of them the
    rules of single levels are left out. ``audio_ms``: length of the audio. ``lowest``: the map is the lowest level of its
    set and required there. ``files``: the set's folder, or the names of its files, for the checks of named sounds.
    Raises ``ValueError`` for an unknown level.
    """
    return checked(facts_of(beatmap, stars, level, audio_ms, lowest, files))


def facts_of(
    beatmap: Beatmap,
    stars: float | None = None,
    level: Level | str | None = None,
    audio_ms: float | None = None,
    lowest: bool = False,
    files: Path | str | Iterable[str] | SetFiles | None = None,
) -> Facts:
    """What the checks of ``beatmap`` share; see :func:`check_map`."""
    known = decide_level(beatmap.metadata.version, beatmap.mode, stars, level)
    folder = files if files is None or isinstance(files, SetFiles) else SetFiles(files)
    return Facts(beatmap, stars, known, audio_ms, lowest, folder)


def checked(facts: Facts) -> list[Finding]:
    """The findings of all checks that are for the mode of the map."""
    checks = (*SHARED, *BY_MODE[facts.mode])
    return in_order(finding for check in checks for finding in check(facts))
