"""Names and writes what was made: .osu files, or one .osz, always whole or not at all."""

from __future__ import annotations

import shutil
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..compat import Compat
from ..files import atomic_write, free_path, safe_name, write_bytes
from ..postprocess.settings import MapSettings
from ..request import Request, RequestError

_ZIP_TIME = (2007, 9, 17, 0, 0, 0)  # equal maps give equal archives
_PACKED = (".mp3", ".ogg", ".m4a", ".flac", ".jpg", ".jpeg", ".png")  # don't get smaller


@dataclass(frozen=True)
class MadeMap:
    """A map that is ready to be written."""

    request: Request
    data: bytes


@dataclass(frozen=True)
class Written:
    """Where a map went; ``backup`` is what it replaced."""

    path: Path
    backup: Path | None = None


def write_all(maps: Sequence[MadeMap]) -> list[Written]:
    """Write the maps of one song, in order. Raises :class:`RequestError`, a file is then there as a whole or not."""
    if maps[0].request.options.export_osz:
        path = osz_path(maps[0].request)
        write_osz(path, maps)
        return [Written(path)] * len(maps)
    write_cover(maps[0].request)
    return [_write_one(made) for made in maps]


def _write_one(made: MadeMap) -> Written:
    request = made.request
    if request.options.overwrite_reference_beatmap and request.reference is not None:
        backup = back_up(request.reference.path)
        write_map(request.reference.path, made.data)
        return Written(request.reference.path, backup)
    folder = request.paths.output
    if request.options.add_to_beatmap and not request.compat.published("output_names"):
        path = free_path(folder / osu_name(request))
    else:
        path = map_path(folder, request.settings, request.compat)
    write_map(path, made.data)
    return Written(path)


def osu_name(request: Request) -> str:
    """The name of the map's file; one that others were added to keeps its own."""
    if request.options.add_to_beatmap and request.reference and not request.compat.published("output_names"):
        return request.reference.path.name
    return _map_name(request.settings, request.compat)


def map_path(folder: Path, settings: MapSettings, compat: Compat) -> Path:
    """A path in ``folder`` that does not exist yet."""
    return free_path(folder / _map_name(settings, compat))


def _map_name(settings: MapSettings, compat: Compat) -> str:
    if compat.published("output_names"):
        return f"beatmap{uuid.uuid4().hex}.osu"
    return safe_name(f"{_set_name(settings)} [{settings.version}]", ".osu")


def osz_path(request: Request) -> Path:
    """A path for the archive that does not exist yet."""
    if request.compat.published("output_names"):
        return request.paths.output / f"beatmap{uuid.uuid4().hex}.osz"
    return free_path(request.paths.output / safe_name(_set_name(request.settings), ".osz"))


def _set_name(settings: MapSettings) -> str:
    return f"{settings.artist} - {settings.title} ({settings.creator})"


def write_map(path: Path, data: bytes) -> None:
    """Write the whole file or nothing. Raises :class:`RequestError`."""
    try:
        write_bytes(path, data)
    except OSError as error:
        raise _cannot_write(path, error) from None


def back_up(path: Path) -> Path:
    """Copy a file to a free name beside it. Raises :class:`RequestError`."""
    backup = free_path(path.with_name(f"{path.name}.bak"))
    write_map(backup, path.read_bytes())
    return backup


def write_cover(request: Request) -> None:
    """The picture of the song's tags, where it is the background of the map."""
    if request.cover is None or not request.options.background:
        return
    path = Path(request.options.background)
    if not path.exists():
        write_map(path, request.cover)


def write_osz(path: Path, maps: Sequence[MadeMap]) -> None:
    """An archive of the maps with their song and background. Raises :class:`RequestError`.

    The published one is not compressed and its map has no byte order mark.
    """
    request = maps[0].request
    stored = request.compat.published("osz_stored")
    try:
        with atomic_write(path) as handle, zipfile.ZipFile(handle, "w") as archive:
            for name, made in zip(_names(maps), maps, strict=True):
                data = made.data.removeprefix(b"\xef\xbb\xbf") if stored else made.data
                _add(archive, name, data, stored)
            _copy(archive, request.paths.audio, _song_name(request), stored)
            _add_background(archive, request, stored)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _song_name(request: Request) -> str:
    """The name by which the maps know their song."""
    if request.options.add_to_beatmap and request.reference is not None and request.reference.song.audio_filename:
        return request.reference.song.audio_filename
    return request.settings.audio_filename


def _names(maps: Sequence[MadeMap]) -> list[str]:
    names: list[str] = []
    for made in maps:
        name, number = osu_name(made.request), 2
        stem = name.removesuffix(".osu")
        while name.lower() in (taken.lower() for taken in names):
            name, number = f"{stem} ({number}).osu", number + 1
        names.append(name)
    return names


def _add_background(archive: zipfile.ZipFile, request: Request, stored: bool) -> None:
    background, name = request.options.background, request.settings.background
    if not background or not name or name in archive.namelist():
        return
    if request.cover is not None:
        _add(archive, name, request.cover, stored)
    elif Path(background).is_file():
        _copy(archive, Path(background), name, stored)


def _add(archive: zipfile.ZipFile, name: str, data: bytes, stored: bool) -> None:
    archive.writestr(_entry(name, stored), data)


def _copy(archive: zipfile.ZipFile, source: Path, name: str, stored: bool) -> None:
    with source.open("rb") as content, archive.open(_entry(name, stored), "w") as target:
        shutil.copyfileobj(content, target)


def _entry(name: str, stored: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    packed = stored or Path(name).suffix.lower() in _PACKED
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _cannot_write(path: Path, error: OSError) -> RequestError:
    return RequestError(f"cannot write {path}: {error.strerror or error}")
