"""Names and writes the result."""

from __future__ import annotations

import uuid
from pathlib import Path

from ..compat import Compat
from ..files import free_path, safe_name, write_bytes
from ..postprocess.settings import MapSettings
from ..request import RequestError


def map_path(folder: Path, settings: MapSettings, compat: Compat) -> Path:
    """A path in ``folder`` that does not exist yet."""
    if compat.published("output_names"):
        return folder / f"beatmap{uuid.uuid4().hex}.osu"
    name = f"{settings.artist} - {settings.title} ({settings.creator}) [{settings.version}]"
    return free_path(folder / f"{safe_name(name)}.osu")


def write_map(path: Path, data: bytes) -> None:
    """Write the whole file or nothing. Raises :class:`RequestError`."""
    try:
        write_bytes(path, data)
    except OSError as error:
        raise RequestError(f"cannot write {path}: {error.strerror or error}") from None
