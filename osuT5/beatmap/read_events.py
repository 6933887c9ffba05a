"""Lines of [Events] (spec 07 section 4)."""

from __future__ import annotations

from osuT5.beatmap.model import Beatmap, Break, Video
from osuT5.beatmap.numbers import real, time_of

VIDEO_EXTENSIONS = frozenset(("mp4", "mov", "avi", "flv", "mpg", "wmv", "m4v"))
MIN_BREAK = 650.0  # ms; shorter ones do not count in play


def clean_file_name(text: str) -> str:
    return text.replace("\\\\", "\\").strip('"').replace("\\", "/")


def sprite_file(line: str) -> str | None:
    """The file of a sprite line, None for other lines."""
    fields = line.split(",")
    if fields[0] in ("4", "Sprite") and len(fields) > 3:
        return clean_file_name(fields[3])
    return None


def read_event(beatmap: Beatmap, line: str) -> None:
    """Take in one line. Raises ``ValueError`` or ``IndexError`` when it is refused."""
    events = beatmap.events
    fields = line.split(",")
    kind = fields[0]
    if kind in ("0", "Background"):
        _set_background(beatmap, clean_file_name(fields[2]), fields)
    elif kind in ("1", "Video"):
        file = clean_file_name(fields[2])
        if file.rpartition(".")[2].lower() in VIDEO_EXTENSIONS:
            events.videos.append(Video(file, real(fields[1]), _number(fields, 3), _number(fields, 4)))
        else:
            _set_background(beatmap, file, fields)
    elif kind in ("2", "Break"):
        start = time_of(fields[1], beatmap.early_offset)
        end = max(start, time_of(fields[2], beatmap.early_offset))
        if not events.breaks:
            events.storyboard_before_breaks = len(events.storyboard)
        events.breaks.append(Break(start, end))
    else:
        events.storyboard.append(line)
        file_of_sprite = sprite_file(line)
        if file_of_sprite and not events.background:
            events.background = file_of_sprite


def _set_background(beatmap: Beatmap, file: str, fields: list[str]) -> None:
    events = beatmap.events
    events.background = file
    events.background_x = _number(fields, 3)
    events.background_y = _number(fields, 4)


def _number(fields: list[str], index: int) -> float:
    try:
        return real(fields[index])
    except (ValueError, IndexError):
        return 0.0
