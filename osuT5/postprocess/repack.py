"""The file of an edited map in the form of the published system's reading library (spec 03 section 15.2).

It keeps the known keys, background, videos, timing lines and objects, and loses the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from osuT5.beatmap.numbers import plain_number
from osuT5.beatmap.timing_lines import TimingLine

from .lines import timing_text
from .paths import is_arc
from .sections import Section

_LAYERS = ("Background", "Fail", "Pass", "Foreground", "Overlay")
_GENERAL = {
    "AudioFilename": "",
    "AudioLeadIn": "0",
    "PreviewTime": "-1",
    "Countdown": "0",
    "SampleSet": "Normal",
    "StackLeniency": "0",
    "Mode": "0",
    "LetterboxInBreaks": "0",
    "WidescreenStoryboard": "0",
}
_EDITOR = {"DistanceSpacing": "1", "BeatDivisor": "4", "GridSize": "4", "TimelineZoom": "1"}
_METADATA = ("Title", "TitleUnicode", "Artist", "ArtistUnicode", "Creator", "Version", "Source", "Tags")
_DIFFICULTY = {
    "HPDrainRate": "5",
    "CircleSize": "5",
    "OverallDifficulty": "5",
    "ApproachRate": "5",
    "SliderMultiplier": "1.4",
    "SliderTickRate": "1",
}
_FLAGS = ("Countdown", "LetterboxInBreaks", "WidescreenStoryboard")
_FLOATS = ("StackLeniency", "DistanceSpacing", "TimelineZoom", *_DIFFICULTY)
_NO_SAMPLE = "0:0:0:0:"
_SLIDER, _HOLD = 2, 128


def repack(sections: Sequence[Section], timing: Sequence[TimingLine], objects: Sequence[str]) -> str:
    """The whole file; keys come from ``sections``, ``objects`` are lines as :func:`repack_object` makes them."""
    by_name = {section.name: section for section in sections}

    def values(name: str) -> dict[str, str]:
        return by_name[name].values() if name in by_name else {}

    editor, metadata, difficulty = values("Editor"), values("Metadata"), values("Difficulty")
    metadata.setdefault("TitleUnicode", metadata.get("Title", ""))
    metadata.setdefault("ArtistUnicode", metadata.get("Artist", ""))
    metadata["Tags"] = " ".join(metadata.get("Tags", "").split())
    if "OverallDifficulty" in difficulty:
        difficulty.setdefault("ApproachRate", difficulty["OverallDifficulty"])
    bookmarks = [f"Bookmarks:{editor['Bookmarks']}"] if editor.get("Bookmarks") else []
    ids = [f"{key}:{metadata[key]}" for key in ("BeatmapID", "BeatmapSetID") if metadata.get(key)]
    events = by_name["Events"].content() if "Events" in by_name else []
    blocks = [
        ["osu file format v14"],
        ["[General]", *_pairs(values("General"), _GENERAL)],
        ["[Editor]", *bookmarks, *_pairs(editor, _EDITOR)],
        ["[Metadata]", *_pairs(metadata, dict.fromkeys(_METADATA, "")), *ids],
        ["[Difficulty]", *_pairs(difficulty, _DIFFICULTY)],
        ["[Events]", *_events(events)],
        ["[TimingPoints]", *(timing_text(line) for line in timing)],
        ["[HitObjects]", *objects],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n\n"


def repack_object(line: str) -> str:
    """A line of [HitObjects] with whole coordinates and all its fields.

    Raises ``ValueError`` or ``IndexError`` for a line that is no object.
    """
    fields = line.split(",")
    x, y, time, bits = (int(float(text)) for text in fields[:4])
    head = f"{x},{y},{time},{bits},{int(fields[4])}"
    if bits & 1 or not bits & (_SLIDER | 8 | _HOLD):
        return f"{head},{_field(fields, 5) or _NO_SAMPLE}"
    if bits & _SLIDER:
        edges = f"{_field(fields, 8)},{_field(fields, 9)}"
        path = _path(fields[5], (x, y))
        length = plain_number(float(fields[7]))
        return f"{head},{path},{int(fields[6])},{length},{edges},{_field(fields, 10) or _NO_SAMPLE}"
    if bits & 8:
        return f"{head},{int(float(fields[5]))},{_field(fields, 6) or _NO_SAMPLE}"
    return f"{head},{fields[5]}"


def _pairs(values: dict[str, str], defaults: dict[str, str]) -> list[str]:
    return [f"{key}:{_value(key, values.get(key) or default)}" for key, default in defaults.items()]


def _value(key: str, text: str) -> str:
    if key in _FLOATS:
        return plain_number(float(text))
    return str(int(text != "0")) if key in _FLAGS else text


def _events(lines: Sequence[str]) -> list[str]:
    backgrounds = [line.split('"')[1] for line in lines if line.startswith("0,") and line.count('"') > 1]
    videos = [line.split('"')[1] for line in lines if line.startswith(("Video,", "1,")) and line.count('"') > 1]
    return [
        "// Background and Video events",
        *(f'0,0,"{name}",0,0' for name in backgrounds[:1]),
        *(f'Video,0,"{name}"' for name in videos),
        "// Break Periods",
        *(f"// Storyboard Layer {index}({layer})" for index, layer in enumerate(_LAYERS)),
        "// Storyboard Sound Samples",
    ]


def _path(text: str, head: tuple[int, int]) -> str:
    letter, *pieces = text.split("|")
    points = [tuple(int(float(value)) for value in piece.split(":")) for piece in pieces]
    if letter == "P" and not is_arc([head, *((x, y) for x, y in points)]):
        letter = "B"
    return "|".join([letter, *(f"{x}:{y}" for x, y in points)])


def _field(fields: list[str], index: int) -> str:
    return fields[index] if index < len(fields) else ""
