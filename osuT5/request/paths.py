"""Which files a run reads and where it writes (spec 03 section 3.2). Nothing is created here."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..options import InferenceOptions
from .errors import RequestError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


@dataclass(frozen=True)
class Paths:
    """``audio`` is an existing file; ``output`` a folder that exists or can be made."""

    audio: Path
    output: Path


def reference_path(options: InferenceOptions) -> Path | None:
    """The reference map's file, checked by name and existence. Raises :class:`RequestError`."""
    if not options.beatmap_path:
        return None
    path = Path(options.beatmap_path)
    _existing_file("beatmap_path", path, "an .osu file")
    if path.suffix.lower() != ".osu":
        raise RequestError(f"beatmap_path: {path} is not an .osu file")
    return path


def check_adapter(options: InferenceOptions) -> None:
    """Refuse an adapter that is written like a path and is not there. Raises :class:`RequestError`."""
    if not options.lora_path:
        return
    path = Path(options.lora_path).expanduser()
    if not path.exists() and not _HUB_ID.fullmatch(options.lora_path):
        raise RequestError(f"lora_path: {options.lora_path} does not exist")


def resolve_paths(options: InferenceOptions, reference: Path | None, reference_audio: str) -> Paths:
    """Song and output folder; what is unset follows from the reference map or the song. Raises :class:`RequestError`."""
    if options.audio_path:
        audio = Path(options.audio_path)
    elif reference is not None and reference_audio:
        audio = reference.parent / reference_audio
    else:
        raise RequestError("audio_path: empty; give a song, or a beatmap_path whose song lies beside it")
    _existing_file("audio_path", audio, "a song")
    home = reference.parent if reference is not None else audio.parent
    output = Path(options.output_path) if options.output_path else home
    _writable(output)
    return Paths(audio, output)


def _existing_file(option: str, path: Path, wanted: str) -> None:
    if path.is_dir():
        raise RequestError(f"{option}: {path} is a directory; give one file, {wanted}")
    if not path.exists():
        raise RequestError(f"{option}: {path} does not exist")


def _writable(folder: Path) -> None:
    """Refuse a folder that cannot be written to, or made: tried with a file that vanishes at once."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise RequestError(f"output_path: {folder} cannot be a folder, {place} is a file")
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise RequestError(f"output_path: cannot write to {place}: {error.strerror or error}") from None
