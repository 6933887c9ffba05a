"""A copy of a map with the safe repairs of the rules (spec 08 section 10). The map itself is never touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..beatmap import write_beatmap
from ..files import free_path, write_bytes
from ..request import RequestError
from ..rules import repair_map
from .report import Repaired
from .source import Source


def repaired_copy(source: Source, folder: Path, audio_ms: float, lowest: bool, files: Sequence[str]) -> Repaired:
    """Write the copy into ``folder`` under a free name; no file where nothing can be repaired safely.

    Raises :class:`RequestError` where the folder cannot be written to.
    """
    beatmap, repairs = repair_map(
        source.beatmap, stars=source.stars, audio_ms=audio_ms, lowest=lowest, files=list(files)
    )
    if not repairs:
        return Repaired(None, ())
    path = free_path(folder / f"{source.path.stem} (repaired).osu")
    try:
        write_bytes(path, write_beatmap(beatmap).encode("utf-8"))
    except OSError as error:
        raise RequestError(f"fix: cannot write {path}: {error.strerror or error}") from None
    return Repaired(path, tuple(str(repair) for repair in repairs))
