"""Opening a media file with PyAV, with plain errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from .errors import AudioError

ACCEPTED = "mp3, ogg, opus, m4a, flac, wav and the sound of a video file"
# Playlist formats are left out on purpose: they open other files and addresses.
_DEMUXERS = "mp3,ogg,flac,wav,w64,aac,mov,mp4,m4a,3gp,matroska,webm,avi,flv,mpeg,mpegts,aiff,asf,caf,wv"
_OPTIONS = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"}


@contextmanager
def open_media(path: str | os.PathLike[str]) -> Iterator[InputContainer]:
    """The opened container of ``path``, closed at the end. Raises ``AudioError`` when it cannot be opened."""
    path = Path(path)
    _check_file(path)
    try:
        # An absolute path never reads as "protocol:address".
        container = av.open(os.path.abspath(path), options=_OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AudioError(f"{path}: cannot be read as audio ({reason}); accepted: {ACCEPTED}") from error
    with container:
        yield container


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise AudioError(f"{path}: is a folder; an audio file is needed")
    if not path.exists():
        raise AudioError(f"{path}: no such audio file")
    try:
        with path.open("rb") as handle:
            if not handle.read(1):
                raise AudioError(f"{path}: the file is empty (0 bytes)")
    except OSError as error:
        raise AudioError(f"{path}: cannot be opened ({error.strerror})") from error
