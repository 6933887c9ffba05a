"""The text of a map as it goes into a data set: ids and audio name set, storyboard and background dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SECTION = re.compile(r"^\s*\[(\w+)\]\s*$")
_BREAK = re.compile(r"^\s*(2|Break)\s*,", re.IGNORECASE)


def rewritten(data: bytes, beatmap_id: int, set_id: int, audio_name: str) -> bytes:
    """``data`` with three values set; every other line, the version line too, stays byte for byte."""
    text = data.decode("utf-8", errors="surrogateescape")
    wanted = {
        "General": {"AudioFilename": f"AudioFilename: {audio_name}"},
        "Metadata": {"BeatmapID": f"BeatmapID:{beatmap_id}", "BeatmapSetID": f"BeatmapSetID:{set_id}"},
    }
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = list(_lines(text.splitlines(), wanted))
    return newline.join([*lines, ""]).encode("utf-8", errors="surrogateescape")


def _lines(lines: list[str], wanted: dict[str, dict[str, str]]) -> Iterator[str]:
    section = ""
    open_values: dict[str, str] = {}
    for line in lines:
        found = _SECTION.match(line)
        if found:
            yield from open_values.values()
            section = found[1]
            open_values = dict(wanted.pop(section, {}))
            yield line
            continue
        if section == "Events" and line.strip() and not line.startswith("//") and not _BREAK.match(line):
            continue
        key = line.split(":", 1)[0].strip()
        if key in open_values:
            yield open_values.pop(key)
            continue
        if not line.strip():
            yield from open_values.values()
            open_values = {}
        yield line
    yield from open_values.values()
    for name, values in wanted.items():
        yield f"[{name}]"
        yield from values.values()
