"""A :class:`Beatmap` to .osu text (spec 07 section 12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from osuT5.beatmap.model import LAZER_VERSION, Beatmap, Colour
from osuT5.beatmap.numbers import plain_number
from osuT5.beatmap.read_events import sprite_file
from osuT5.beatmap.read_keys import DIFFICULTY, EDITOR, GENERAL, MAX_COMBO_COLOURS, METADATA, Key, in_range
from osuT5.beatmap.write_objects import needs_lazer, object_line

STABLE_VERSION = 14
BANK_NAMES = ("None", "Normal", "Soft", "Drum")

# keys that are written only when they differ from the default
_OPTIONAL: dict[str, Any] = {
    "SampleVolume": 100,
    "SpecialStyle": False,
    "EpilepsyWarning": False,
    "SamplesMatchPlaybackRate": False,
    "UseSkinSprites": False,
    "OverlayPosition": "NoChange",
    "SkinPreference": "",
    "CountdownOffset": 0,
    "Bookmarks": [],
    "VelocityPresets": [],
    "BeatmapID": None,
    "BeatmapSetID": None,
}


def write_beatmap(beatmap: Beatmap, *, version: int | None = None) -> str:
    """The text of ``beatmap``, lines ended by CRLF; write it as UTF-8 without a BOM.

    Without ``version`` it is 14, or 128 for a map that was read from a file of version 128 and needs it. Version 14 rounds
    coordinates to whole numbers and turns paths of several kinds into Bezier curves; line breaks in texts become spaces.
    Objects are written by ``index``. Raises ``ValueError`` for other versions.
    """
    if version is None:
        version = LAZER_VERSION if beatmap.format_version >= LAZER_VERSION and needs_lazer(beatmap) else STABLE_VERSION
    if version not in (STABLE_VERSION, LAZER_VERSION):
        raise ValueError(f"version {version} cannot be written, only {STABLE_VERSION} and {LAZER_VERSION}")
    others = dict(beatmap.other_sections)
    variables = others.pop("Variables", None)
    sections = [
        ("General", _keys(beatmap.general, GENERAL, ": ")),
        ("Editor", _keys(beatmap.editor, EDITOR, ": ")),
        ("Metadata", _keys(beatmap.metadata, METADATA, ":")),
        ("Difficulty", _difficulty(beatmap)),
        *([("Variables", variables)] if variables is not None else []),
        ("Events", _events(beatmap)),
        ("TimingPoints", _timing_points(beatmap)),
        *([("Colours", _colours(beatmap))] if beatmap.colours.combo or beatmap.colours.named else []),
        ("HitObjects", [object_line(item, beatmap, version) for item in beatmap.hit_objects_in_file_order]),
        *others.items(),
    ]
    lines = [f"osu file format v{version}"]
    for title, content in sections:
        lines += ["", f"[{title}]", *content]
    return "\r\n".join(lines) + "\r\n"


def _keys(
    section: Any, table: dict[str, Key], colon: str, decoded: Callable[[str, Any], Any] = lambda _, value: value
) -> list[str]:
    """Lines of a section: the keys of the table in order, then unknown ones. A value that was read keeps its text."""
    lines = []
    for key, (name, parse) in table.items():
        value = getattr(section, name)
        if key in _OPTIONAL and value == _OPTIONAL[key]:
            continue
        text = section.written.get(key)
        try:
            same = text is not None and decoded(name, parse(text)) == value
        except ValueError:
            same = False
        lines.append(f"{key}{colon}{text if same else _value_text(key, value)}".rstrip())
    lines += [f"{key}{colon}{text}".rstrip() for key, text in section.written.items() if key not in table]
    return lines


def _value_text(key: str, value: Any) -> str:
    if key == "SampleSet":
        return BANK_NAMES[value]
    if key == "AudioFilename":
        return _file_text(value)
    if isinstance(value, list):
        return ",".join(plain_number(item) for item in value)
    return _one_line(value) if isinstance(value, str) else plain_number(value)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\r", "\n").split("\n"))


def _file_text(text: str) -> str:
    """A path of which no part reads as a comment: back slashes are read as slashes."""
    return _one_line(text).replace("//", "/\\")


def _difficulty(beatmap: Beatmap) -> list[str]:
    mode = beatmap.mode
    return _keys(beatmap.difficulty, DIFFICULTY, ":", lambda name, value: in_range(name, value, mode))


def _events(beatmap: Beatmap) -> list[str]:
    events = beatmap.events
    split = events.storyboard_before_breaks
    background = (
        f'0,0,"{_file_text(events.background)}",{plain_number(events.background_x)},{plain_number(events.background_y)}'
    )
    has_background = bool(events.background or events.background_x or events.background_y)
    # a sprite becomes the background when there is none: an empty background must then come last
    sprite = not events.background and any(sprite_file(line) for line in events.storyboard)
    lines = ["//Background and Video events"]
    if has_background and not sprite:
        lines.append(background)
    for video in events.videos:
        place = f",{plain_number(video.x)},{plain_number(video.y)}" if video.x or video.y else ""
        lines.append(f'Video,{plain_number(video.offset)},"{_file_text(video.file)}"{place}')
    lines += events.storyboard[:split]
    lines.append("//Break Periods")
    lines += [f"2,{plain_number(item.start)},{plain_number(item.end)}" for item in events.breaks]
    lines += events.storyboard[split:]
    return [*lines, background] if sprite else lines


def _timing_points(beatmap: Beatmap) -> list[str]:
    return [
        f"{plain_number(point.time)},{plain_number(point.beat_length)},{point.meter},{point.sample_set},"
        f"{point.sample_index},{point.volume},{int(point.uninherited)},{point.effects}"
        for point in beatmap.timing_points
    ]


def _colours(beatmap: Beatmap) -> list[str]:
    colours = beatmap.colours
    lines = [
        f"Combo{number} : {_channels(colour)}" for number, colour in enumerate(colours.combo[:MAX_COMBO_COLOURS], 1)
    ]
    return lines + [f"{name} : {_channels(colour)}" for name, colour in colours.named.items()]


def _channels(colour: Colour) -> str:
    return ",".join(str(channel) for channel in colour)
