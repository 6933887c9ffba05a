"""The files of one beatmap set, from an archive or a folder, read into memory under limits."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ..errors import BadTrack

ARCHIVES = (".osz", ".zip")
MAPS = ".osu"
AUDIO = (".mp3", ".ogg", ".wav", ".m4a", ".flac", ".opus", ".aac")
_WANTED = (MAPS, *AUDIO)
_MAX_MAP = 64 << 20  # bytes of one .osu
_MAX_AUDIO = 512 << 20
_MAX_RATIO = 1000  # uncompressed to compressed; real maps stay below 50


def find_sources(root: Path) -> list[Path]:
    """Archives and song folders below ``root``, sorted; a song folder is one that holds .osu files itself."""
    if root.is_file():
        return [root]
    found = {path for path in root.rglob("*") if path.suffix.lower() in ARCHIVES and path.is_file()}
    found |= {path.parent for path in root.rglob(f"*{MAPS}") if path.is_file()}
    return sorted(found)


def fingerprint(source: Path) -> str:
    """Changes when a source changes: names, sizes and dates of its files. Raises ``OSError``."""
    digest = hashlib.sha256()
    for path in [source] if source.is_file() else sorted(source.rglob("*")):
        state = path.stat()
        digest.update(f"{path.name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def read_source(source: Path) -> dict[str, bytes]:
    """Maps and audio files by name (folders joined with /). Raises ``BadTrack`` for an archive that cannot be used."""
    try:
        return dict(_folder(source) if source.is_dir() else _archive(source))
    except OSError as error:
        raise BadTrack("source_missing", f"{source}: cannot be read ({error.strerror or error})") from error


def _folder(source: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(source.rglob("*")):
        if path.suffix.lower() in _WANTED and path.is_file() and not path.is_symlink():
            if path.stat().st_size > _limit(path.suffix):
                raise BadTrack("file_too_large", f"{path}: larger than {_limit(path.suffix) >> 20} MiB")
            yield path.relative_to(source).as_posix(), path.read_bytes()


def _archive(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                name = _name(entry)
                if entry.is_dir() or PurePosixPath(name).suffix.lower() not in _WANTED:
                    continue
                _check(source, entry, name)
                yield name, archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, BadTrack):
            raise
        raise BadTrack("archive_broken", f"{source.name}: {error}") from error


def _check(source: Path, entry: zipfile.ZipInfo, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise BadTrack("archive_unsafe", f"{source.name}: member {name!r} points outside the archive")
    if entry.external_attr >> 16 & 0o170000 == 0o120000:
        raise BadTrack("archive_unsafe", f"{source.name}: member {name!r} is a link")
    if entry.file_size > _limit(path.suffix) or entry.file_size > max(entry.compress_size, 1) * _MAX_RATIO:
        raise BadTrack("archive_unsafe", f"{source.name}: member {name!r} unpacks to {entry.file_size} bytes")


def _limit(suffix: str) -> int:
    return _MAX_MAP if suffix.lower() == MAPS else _MAX_AUDIO


def _name(entry: zipfile.ZipInfo) -> str:
    """Name of a member: UTF-8 where it says so or reads as such, else Shift-JIS, else code page 437."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "shift_jis"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")
