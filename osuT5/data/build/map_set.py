"""One source to one folder of a data set: maps rewritten, audio stored once, a row for each map."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ...audio import AudioError, load_audio
from ...beatmap import BeatmapError, parse_beatmap
from ...files import safe_name, write_bytes
from ..errors import BadTrack
from ..report import Skipped
from .archive import AUDIO, MAPS, read_source
from .map_row import map_row, set_bpm
from .map_text import rewritten

RATE = 16000  # Hz, of the audio check
_LEADING_NUMBER = re.compile(r"^(\d+)\b")
_NAME_BYTES = 100


@dataclass(frozen=True)
class Limits:
    """Which maps are taken."""

    modes: tuple[int, ...] = (0, 1, 2, 3)
    min_drain: float = 0.0  # s
    max_stars: float = float("inf")
    strict: bool = False  # one bad map leaves out its whole set


@dataclass
class BuiltSet:
    """What came of a source. ``rows`` lack the folder's final name; files lie in the folder that was given."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    name: str = ""  # wanted name of the folder


@dataclass(frozen=True)
class StoredAudio:
    """An audio file in its folder: length, and largest sample in the scale of the file's integers."""

    name: str
    sha256: str
    seconds: float
    peak: float


def build_set(source: Path, folder: Path, limits: Limits) -> BuiltSet:
    """Read a source and write its folder. Never raises for bad content: it is named in ``skipped``."""
    built = BuiltSet()
    try:
        files = read_source(source)
    except BadTrack as error:
        built.skipped.append(Skipped(source.name, error.code, str(error)))
        return built
    found = _rows(source, files, limits, built)
    if built.skipped and limits.strict:
        return built
    if found:
        _write(source, folder, files, found, built)
    return built


def _rows(
    source: Path, files: Mapping[str, bytes], limits: Limits, built: BuiltSet
) -> list[tuple[str, str, dict[str, Any]]]:
    """(map file, audio file, row) of the maps that are taken."""
    found, seen = [], set()
    for name in sorted(name for name in files if name.lower().endswith(MAPS)):
        label = f"{source.name}/{name}"
        try:
            row = map_row(files[name], label)
            _check(row, label, limits)
            if row["Checksum"] in seen:
                raise BadTrack("duplicate_map", f"{label}: the same file is in the set twice")
            seen.add(row["Checksum"])
            found.append((name, _audio_of(name, files), row))
        except BadTrack as error:
            built.skipped.append(Skipped(label, error.code, str(error)))
    if not found and not built.skipped:
        built.skipped.append(Skipped(source.name, "no_maps", f"{source}: holds no .osu file"))
    return found


def _check(row: Mapping[str, Any], label: str, limits: Limits) -> None:
    if row["ModeInt"] not in limits.modes:
        raise BadTrack("mode_not_wanted", f"{label}: mode {row['ModeInt']}")
    if row["HitLength"] < limits.min_drain:
        raise BadTrack("too_short", f"{label}: {row['HitLength']} s of play")
    if row["DifficultyRating"] > limits.max_stars:
        raise BadTrack("too_hard", f"{label}: {row['DifficultyRating']:.2f} stars")


def _audio_of(map_name: str, files: Mapping[str, bytes]) -> str:
    """The audio file that a map names: as written, whatever its case, or by its base name. Raises ``BadTrack``."""
    try:
        wanted = parse_beatmap(files[map_name], map_name).general.audio_filename.replace("\\", "/").strip()
    except BeatmapError as error:
        raise BadTrack("map_broken", str(error)) from error
    beside = (PurePosixPath(map_name).parent / wanted).as_posix()
    sounds = [name for name in files if name.lower().endswith(AUDIO)]
    for test in (
        lambda name: name in (beside, wanted),
        lambda name: name.lower() in (beside.lower(), wanted.lower()),
        lambda name: PurePosixPath(name).name.lower() == PurePosixPath(wanted).name.lower(),
    ):
        for name in sorted(sounds):
            if wanted and test(name):
                return name
    raise BadTrack("audio_missing", f"{map_name}: its audio file {wanted!r} is not in the set")


def _write(
    source: Path,
    folder: Path,
    files: Mapping[str, bytes],
    found: Sequence[tuple[str, str, dict[str, Any]]],
    built: BuiltSet,
) -> None:
    set_id = _set_id(source, [row for _, _, row in found])
    stored: dict[str, StoredAudio | BadTrack] = {}
    taken: set[str] = set()
    used_ids: set[int] = set()
    for name, audio_name, row in found:
        if audio_name not in stored:
            stored[audio_name] = store_audio(folder, audio_name, files[audio_name], taken)
        audio = stored[audio_name]
        if isinstance(audio, BadTrack):
            built.skipped.append(Skipped(f"{source.name}/{name}", audio.code, str(audio)))
            continue
        map_id = row["Id"] if row["Id"] and row["Id"] not in used_ids else _synthetic(row["OsuSha256"])
        used_ids.add(map_id)
        file_name = free_name(safe_name(PurePosixPath(name).name), taken)
        data = rewritten(files[name], map_id, set_id, audio.name)
        write_bytes(folder / file_name, data)
        row |= {
            "Id": map_id,
            "BeatmapSetId": set_id,
            "AudioFile": audio.name,
            "BeatmapFile": file_name,
            "AudioSha256": audio.sha256,
            "AudioSeconds": audio.seconds,
            "AudioPeak": audio.peak,
            "OsuSha256": hashlib.sha256(data).hexdigest(),
        }
        built.rows.append(row)
    if built.rows:
        tempo, first = set_bpm(built.rows), built.rows[0]
        for row in built.rows:
            row["BeatmapSetBpm"] = tempo
        name = safe_name(f"{set_id} {first['Artist']} - {first['Title']}".replace(".", ""))
        built.name = name.encode()[:_NAME_BYTES].decode("utf-8", errors="ignore").strip()


def store_audio(folder: Path, name: str, data: bytes, taken: set[str]) -> StoredAudio | BadTrack:
    """Write an audio file and decode it once, to know that it can be used."""
    plain = free_name(safe_name(PurePosixPath(name).name), taken)
    path = folder / plain
    write_bytes(path, data)
    try:
        samples = load_audio(path, RATE, normalize=False)
    except (AudioError, ValueError) as error:
        path.unlink(missing_ok=True)
        return BadTrack("audio_undecodable", str(error))
    peak = float(np.abs(samples).max(initial=0))
    return StoredAudio(plain, hashlib.sha256(data).hexdigest(), len(samples) / RATE, peak)


def _set_id(source: Path, rows: Sequence[Mapping[str, Any]]) -> int:
    """Id that most maps tell, else the number that the source's name begins with, else a negative one by content."""
    told = Counter(row["BeatmapSetId"] for row in rows if row["BeatmapSetId"])
    if told:
        return int(min(told, key=lambda value: (-told[value], value)))
    leading = _LEADING_NUMBER.match(source.name)
    if leading and 0 < int(leading[1]) < 2**31:
        return int(leading[1])
    return _synthetic("".join(sorted(row["OsuSha256"] for row in rows)))


def _synthetic(text: str) -> int:
    """A negative id that fits 32 bits; the same for the same content."""
    return -1 - int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % (2**31 - 1)


def free_name(name: str, taken: set[str]) -> str:
    """``name``, numbered where ``taken`` (lower case) has it; it is taken from then on."""
    path, number, chosen = PurePosixPath(name), 2, name
    while chosen.lower() in taken:
        chosen = f"{path.stem} ({number}){path.suffix}"
        number += 1
    taken.add(chosen.lower())
    return chosen
