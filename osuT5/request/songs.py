"""Songs of a run whose ``audio_path`` is a folder or a pattern."""

from __future__ import annotations

import glob
from pathlib import Path

from ..options import InferenceOptions
from .errors import OptionError, RequestError

SUFFIXES = (".mp3", ".wav", ".ogg", ".m4a", ".flac")


def find_songs(options: InferenceOptions) -> list[Path] | None:
    """The songs by name, or None where ``audio_path`` is one file. Raises :class:`RequestError` where there is none."""
    text = options.audio_path
    path = Path(text)
    if not text or path.is_file() or not (path.is_dir() or glob.has_magic(text)):
        return None
    found = path.iterdir() if path.is_dir() else map(Path, glob.glob(text, recursive=True))
    songs = sorted(each for each in found if each.suffix.lower() in SUFFIXES and each.is_file())
    if not songs:
        raise RequestError(f"audio_path: no song in {text}; looked for {', '.join(SUFFIXES)}")
    if options.beatmap_path:
        raise OptionError("beatmap_path: one reference map cannot serve a folder of songs; give one song")
    return songs
