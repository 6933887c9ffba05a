"""Which songs a run over many has finished, kept in the output folder, so that it can be taken up again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..files import write_bytes
from ..request import Request, RequestError
from .fingerprint import fingerprint

FOLDER = ".beatwright"


def is_finished(requests: Sequence[Request]) -> bool:
    """Whether a run with the same options has written all its files for this song, and they are still there."""
    try:
        stored = json.loads(_note(requests).read_bytes())
        return bool(stored["files"]) and all((requests[0].paths.output / name).is_file() for name in stored["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def note_finished(requests: Sequence[Request], files: Iterable[Path]) -> None:
    """Remember that the song is done. Raises :class:`RequestError`."""
    path = _note(requests)
    content = {"song": requests[0].paths.audio.name, "files": sorted({file.name for file in files})}
    try:
        write_bytes(path, json.dumps(content, ensure_ascii=False).encode())
    except OSError as error:
        raise RequestError(f"cannot write {path}: {error.strerror or error}") from None


def _note(requests: Sequence[Request]) -> Path:
    return requests[0].paths.output / FOLDER / f"{fingerprint(requests)[:32]}.json"
