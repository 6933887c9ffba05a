"""Whole sets: their difficulties, and whether they fit together."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path, PurePosixPath

from ..beatmap import Beatmap, HitObject, Slider, Spinner
from ..beatmap.play import Play
from ..beatmap.timing import most_common_beat_length
from ..request import RequestError
from ..rules import Level, level_name
from ..rules.level import decide_level
from .report import DifficultyFacts, MapReport, SetSummary
from .words import clock

SOUND_BITS = 14  # whistle, finish, clap
SAME_MS = 2
AGREEMENT = 0.9  # of shared sounds
FEW = 16  # shared sounds that say nothing
MAX_UNPACKED = 1 << 30  # bytes
_WANTED = frozenset({".osu", ".mp3", ".ogg", ".wav", ".m4a", ".flac", ".aac", ".opus"})


def maps_in(folder: Path) -> list[Path]:
    """The .osu files of a folder, not of those below it. Raises :class:`RequestError` where there is none."""
    found = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() == ".osu")
    if not found:
        raise RequestError(f"beatmap_path: {folder} holds no .osu file")
    return found


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Unpack maps and songs of an .osz into ``folder``; the maps. Raises :class:`RequestError`."""
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [info for info in packed.infolist() if not info.is_dir() and _wanted(info.filename)]
            if sum(info.file_size for info in members) > MAX_UNPACKED:
                raise RequestError(f"beatmap_path: {archive} unpacks to more than {MAX_UNPACKED >> 20} MiB")
            for info in members:
                packed.extract(info, folder)  # drops drive letters, leading slashes and ..
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise RequestError(f"beatmap_path: {archive} is not a readable .osz file ({error})") from None
    except OSError as error:
        raise RequestError(f"beatmap_path: cannot unpack {archive}: {error.strerror or error}") from None
    try:
        return maps_in(folder)
    except RequestError:
        raise RequestError(f"beatmap_path: {archive} holds no .osu file") from None


def _wanted(name: str) -> bool:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower() in _WANTED


def summarise(maps: Sequence[MapReport]) -> SetSummary:
    """What can be said about the set from its difficulties; from easy to hard."""
    ordered = sorted(maps, key=lambda each: (each.beatmap.mode, each.stars or 0.0, each.difficulty))
    return SetSummary(
        tuple(_facts(each) for each in ordered),
        tuple(_spread(ordered)),
        tuple(_timing([each.beatmap for each in ordered])),
        tuple(_hitsounds([each.beatmap for each in ordered])),
    )


def level_of(each: MapReport) -> Level | None:
    return decide_level(each.difficulty, each.beatmap.mode, each.stars)


def _facts(each: MapReport) -> DifficultyFacts:
    beatmap, play, level = each.beatmap, Play(each.beatmap), level_of(each)
    red = any(point.uninherited for point in beatmap.timing_points)
    beat = most_common_beat_length(beatmap, play.latest_end) if red else 0.0
    sounding = sum(bool(_additions(item)) for item in beatmap.hit_objects)
    return DifficultyFacts(
        each.difficulty,
        beatmap.mode,
        each.stars,
        "" if level is None else level_name(level, beatmap.mode, each.stars),
        len(beatmap.hit_objects),
        play.latest_end - beatmap.hit_objects[0].time,
        round(60000 / beat, 2) if beat > 0 else None,
        sounding / len(beatmap.hit_objects),
    )


def _spread(ordered: Sequence[MapReport]) -> Iterator[str]:
    """Levels that are skipped between neighbours of one mode."""
    for lower, upper in zip(ordered, ordered[1:], strict=False):
        first, second = level_of(lower), level_of(upper)
        if lower.beatmap.mode != upper.beatmap.mode or first is None or second is None or second - first < 2:
            continue
        missing = [level_name(Level(step), lower.beatmap.mode) for step in range(first + 1, second)]
        yield f"no {' or '.join(missing)} between {lower.difficulty} and {upper.difficulty}"


def _timing(maps: Sequence[Beatmap]) -> Iterator[str]:
    """Red lines that differ from those of the first difficulty."""
    if not maps:
        return
    first, reference = maps[0].metadata.version, _red_lines(maps[0])
    for other in maps[1:]:
        lines = _red_lines(other)
        if lines == reference:
            continue
        times = sorted({time for time, *_ in set(lines) ^ set(reference)})
        shown = ", ".join(clock(time) for time in times[:3]) + (", ..." if len(times) > 3 else "")
        yield f"{other.metadata.version} is timed otherwise than {first} at {shown}"


def _red_lines(beatmap: Beatmap) -> list[tuple[float, float, int]]:
    return [
        (point.time, round(point.beat_length, 6), point.meter) for point in beatmap.timing_points if point.uninherited
    ]


def _hitsounds(maps: Sequence[Beatmap]) -> Iterator[str]:
    """Pairs of one mode that sound different where both have an object."""
    sounds = [_sounds(beatmap) for beatmap in maps]
    for (one, first), (other, second) in combinations(zip(maps, sounds, strict=True), 2):
        shared = first.keys() & second.keys()
        if one.mode != other.mode or len(shared) < FEW:
            continue
        agreement = sum(first[time] == second[time] for time in shared) / len(shared)
        if agreement < AGREEMENT:
            yield (
                f"{one.metadata.version} and {other.metadata.version} agree on {agreement:.0%} of "
                f"{len(shared)} shared moments"
            )


def _sounds(beatmap: Beatmap) -> dict[int, int]:
    """Additions by moment, in steps of 2 ms; objects of one moment sound together."""
    found: dict[int, int] = {}
    for item in beatmap.hit_objects:
        if isinstance(item, Spinner):
            continue
        moment = round(item.time / SAME_MS)
        found[moment] = found.get(moment, 0) | _additions(item)
    return found


def _additions(item: HitObject) -> int:
    """Whistle, finish and clap of an object's start."""
    sound = item.edge_sounds[0] if isinstance(item, Slider) and item.edge_sounds else item.hit_sound
    return sound & SOUND_BITS
