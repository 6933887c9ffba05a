"""A map with timing and no objects: what a mapper starts from."""

from __future__ import annotations

from pathlib import Path

from osuT5.audio import audio_tags
from osuT5.beatmap import Beatmap, General, Metadata, TimingPoint, write_beatmap
from osuT5.files import write_bytes

from .analysis import TimingAnalysis

CREATOR, VERSION = "Beatwright", "Timing"


def timing_map(song: Path, found: TimingAnalysis) -> Beatmap:
    """The map of ``song``, which lies beside it. Raises ``AudioError`` for a file that is no song."""
    tags = audio_tags(song)
    title, artist = tags.title or song.stem, tags.artist or "Unknown Artist"
    points = [
        TimingPoint(line.offset_ms, line.beat_length, line.meter, line.sample_set, 0, line.volume)
        for line in found.red_lines()
    ]
    return Beatmap(
        general=General(audio_filename=song.name),
        metadata=Metadata(title, title, artist, artist, CREATOR, VERSION),
        timing_points=points,
    )


def write_timing_map(path: Path, song: Path, found: TimingAnalysis) -> None:
    """Write the map as ``path``, whole or not at all. Raises ``OSError``."""
    write_bytes(path, write_beatmap(timing_map(song, found)).encode("utf-8"))
