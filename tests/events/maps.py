"""Small .osu texts for the tests of this room."""

from __future__ import annotations

from collections.abc import Sequence

from osuT5.beatmap import Beatmap, parse_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout
from osuT5.events.event import EventStream
from osuT5.tokenizer import Tokenizer

RED = "0,500,4,2,0,70,1,0"


def beatmap(
    objects: Sequence[str],
    lines: Sequence[str] = (RED,),
    *,
    mode: int = 0,
    version: int = 14,
    general: str = "",
    metadata: str = "",
    difficulty: str = "SliderMultiplier:1.4",
) -> Beatmap:
    """A map with the given lines; lists of strings are joined by line."""
    parts = [f"osu file format v{version}", "[General]", f"Mode: {mode}", general, "[Metadata]", metadata]
    parts += ["[Difficulty]", difficulty, "[TimingPoints]", *lines, "[HitObjects]", *objects]
    return parse_beatmap("\n".join(parts))


def layout(version: str) -> DataLayout:
    return VERSIONS[version].layout


def ids(stream: EventStream, version: str) -> list[int]:
    """Token ids of a stream for a window that starts at 0."""
    tokenizer = Tokenizer.build(layout(version))
    return [tokenizer.encode(e._replace(value=e.value // 10) if e.type.value == "t" else e) for e in stream.events]


def words(stream: EventStream) -> list[str]:
    """Events as ``name`` and value in one word each."""
    return [f"{event.type.value}{event.value}" for event in stream.events]


def named(stream: EventStream, *names: str) -> list[tuple[str, int, int]]:
    """Name, value and time of the events of the given names."""
    return [
        (event.type.value, event.value, time)
        for event, time in zip(stream.events, stream.times, strict=True)
        if event.type.value in names
    ]
