"""Any bytes to a :class:`Beatmap`: the text level of .osu files, one pass over the lines (spec 07 section 1)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from osuT5.beatmap.model import (
    EARLY_OFFSET,
    LAZER_VERSION,
    Beatmap,
    BeatmapError,
    Diagnostic,
    HitObject,
    Spinner,
)
from osuT5.beatmap.numbers import INT_LIMIT, integer
from osuT5.beatmap.plain_lines import PlainLines
from osuT5.beatmap.read_events import read_event
from osuT5.beatmap.read_keys import (
    DIFFICULTY,
    EDITOR,
    GENERAL,
    MAX_COMBO_COLOURS,
    METADATA,
    clamp_difficulty,
    read_colour,
    read_key,
    split_key,
)
from osuT5.beatmap.read_objects import ObjectReader
from osuT5.beatmap.read_timing import read_timing_point

HEADER = "osu file format v"
DEFAULT_VERSION = 14
KEPT_SECTIONS = frozenset(("Variables", "Fonts", "CatchTheBeat", "Mania"))
SPINNER_PLACE = (256, 192)
MAX_BYTES = 64 << 20
MAX_DIAGNOSTICS = 10_000
PLAIN_PAUSE = 4
_SHOWN = 200  # characters of a line in a diagnostic

Handler = Callable[[str], None]


def read_beatmap(path: Path | str, *, early_offset: bool = True, lenient: bool = False) -> Beatmap:
    """Read the .osu file at ``path``. Raises :class:`BeatmapError` when there is no file that can be read, as below."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BeatmapError(str(path), 0, f"cannot be read ({reason})") from error
    return parse_beatmap(data, str(path), early_offset=early_offset, lenient=lenient)


def parse_beatmap(
    data: bytes | str, name: str = "<text>", *, early_offset: bool = True, lenient: bool = False
) -> Beatmap:
    """The beatmap that ``data`` holds; lines that cannot be read are dropped and listed in ``diagnostics``.

    ``early_offset``: add 24 ms to the times of files below version 5, as the game does. ``lenient``: keep objects with
    a bad hit sample, and read paths without a letter as catmull. Raises :class:`BeatmapError`, naming ``name``, only for
    more than 64 MiB.
    """
    if len(data) > MAX_BYTES:
        raise BeatmapError(name, 0, f"larger than {MAX_BYTES >> 20} MiB, that is no beatmap")
    return _Reader(early_offset, lenient).read(_lines(data))


def _lines(data: bytes | str) -> list[str]:
    if isinstance(data, bytes):
        text = data.decode("utf-8", "replace")
    elif data.isascii():
        text = data
    else:  # lone surrogates cannot be written again
        text = data.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


class _Reader:
    def __init__(self, early_offset: bool, lenient: bool) -> None:
        self.beatmap = Beatmap()
        self._early_offset = early_offset
        self._lenient = lenient
        self._explicit_rate = False  # an ApproachRate line has been read

    def read(self, lines: list[str]) -> Beatmap:
        start = self._read_header(lines)
        beatmap = self.beatmap
        self._objects = ObjectReader(beatmap.format_version, beatmap.early_offset, self._lenient)
        self._read_lines(lines, start)
        self._finish()
        return beatmap

    def _read_header(self, lines: list[str]) -> int:
        """Set the version; return the index of the first line of content."""
        for index, line in enumerate(lines):
            text = line.strip()
            if not text:
                continue
            if not text.startswith(HEADER):
                self._note(index + 1, "no header, read as version 14", line)
                return index
            self._set_version(index + 1, text)
            return index + 1
        self._note(1, "empty file", "")
        return len(lines)

    def _set_version(self, number: int, text: str) -> None:
        try:
            version = integer(text.rpartition("v")[2])
        except ValueError:
            version = 0
        if version > LAZER_VERSION:
            self._note(number, f"unknown version, read as {LAZER_VERSION}", text)
            version = LAZER_VERSION
        elif version < 1 or DEFAULT_VERSION < version < LAZER_VERSION:
            self._note(number, f"unknown version, read as {DEFAULT_VERSION}", text)
            version = DEFAULT_VERSION
        self.beatmap.format_version = version
        if version < 5 and self._early_offset:
            self.beatmap.early_offset = EARLY_OFFSET

    def _read_lines(self, lines: list[str], number: int) -> None:
        section = "General"
        handle = self._handler(section)
        plain = PlainLines(lines, self.beatmap, self._objects)
        fast = {"HitObjects": plain.objects, "TimingPoints": plain.timing_points}
        pause = 0  # lines until plain ones are looked for again, after there was none
        while number < len(lines):
            if pause:
                pause -= 1
            elif section in fast:
                first, number = number, fast[section](number)
                pause = PLAIN_PAUSE if number == first else 0
            line = _content(lines[number], section == "Metadata") if number < len(lines) else ""
            number += 1
            if not line:
                continue
            if line[0] == "[" and line[-1] == "]":
                section = self._section_name(line, number)
                handle = self._handler(section)
                pause = 0
            else:
                self._read_line(handle, line, number, section)

    def _read_line(self, handle: Handler, line: str, number: int, section: str) -> None:
        try:
            handle(line)
        except (ValueError, IndexError):
            self._note(number, f"dropped a line of {section}", line)
            return
        if self._objects.repaired:
            self._note(number, self._objects.repaired, line)
            self._objects.repaired = ""

    def _section_name(self, line: str, number: int) -> str:
        # a title inside [Metadata] may hold a comment that would be cut anywhere else
        name = line[1:-1].partition("//")[0]
        if name not in _KNOWN and name not in KEPT_SECTIONS and name not in self.beatmap.other_sections:
            self._note(number, "unknown section, kept as text", line)
        return name

    def _handler(self, section: str) -> Handler:
        beatmap = self.beatmap
        if section == "HitObjects":
            return self._objects.read
        if section == "Difficulty":
            return self._read_difficulty
        if section in _KEY_TABLES:
            name, table = _KEY_TABLES[section]
            return partial(read_key, getattr(beatmap, name), table)
        if section in _LINE_READERS:
            return partial(_LINE_READERS[section], beatmap)
        return beatmap.other_sections.setdefault(section, []).append

    def _read_difficulty(self, line: str) -> None:
        difficulty = self.beatmap.difficulty
        read_key(difficulty, DIFFICULTY, line)
        key = split_key(line)[0]
        if key == "ApproachRate":
            self._explicit_rate = True
        elif key == "OverallDifficulty" and not self._explicit_rate:
            difficulty.approach_rate = difficulty.overall_difficulty

    def _finish(self) -> None:
        beatmap = self.beatmap
        general, metadata, difficulty = beatmap.general, beatmap.metadata, beatmap.difficulty
        if general.preview_time != -1:
            general.preview_time = min(general.preview_time + beatmap.early_offset, INT_LIMIT)
        if "TitleUnicode" not in metadata.written:
            metadata.title_unicode = metadata.title
        if "ArtistUnicode" not in metadata.written:
            metadata.artist_unicode = metadata.artist
        del beatmap.colours.combo[MAX_COMBO_COLOURS:]
        beatmap.events.breaks.sort(key=lambda item: item.start)
        if clamp_difficulty(difficulty, general.mode):
            self._note(0, "clamped difficulty values", "")
        self._finish_objects()

    def _finish_objects(self) -> None:
        beatmap = self.beatmap
        objects = self._objects.objects
        spinners = [item for item in objects if type(item) is Spinner]
        if beatmap.mode != 3:
            for item in spinners:
                item.x, item.y = SPINNER_PLACE
        elif spinners:
            self._note(0, "spinners in a mania map, held in the column of their x", "")
        if any(late.time < early.time for early, late in zip(objects, objects[1:], strict=False)):
            self._note(0, "sorted hit objects by time", "")
        points = beatmap.timing_points
        if any(late.time < early.time for early, late in zip(points, points[1:], strict=False)):
            self._note(0, "timing points are not in order of time", "")
        beatmap.hit_objects = sorted(objects, key=_start)

    def _note(self, line: int, rule: str, text: str) -> None:
        diagnostics = self.beatmap.diagnostics
        if len(diagnostics) < MAX_DIAGNOSTICS:
            diagnostics.append(Diagnostic(line, rule, text[:_SHOWN]))
        elif len(diagnostics) == MAX_DIAGNOSTICS:
            diagnostics.append(Diagnostic(line, "and more, not listed", ""))


_KEY_TABLES = {
    "General": ("general", GENERAL),
    "Editor": ("editor", EDITOR),
    "Metadata": ("metadata", METADATA),
}
_LINE_READERS: dict[str, Callable[[Beatmap, str], None]] = {
    "Colours": read_colour,
    "Events": read_event,
    "TimingPoints": read_timing_point,
}
_KNOWN = frozenset((*_KEY_TABLES, *_LINE_READERS, "Difficulty", "HitObjects"))


def _content(line: str, metadata: bool) -> str:
    """``line`` without its comment and the white space at its end; comments inside a line of [Metadata] are text."""
    if "//" in line:
        if line.lstrip().startswith("//"):
            return ""
        if not metadata:
            line = line.partition("//")[0]
    return line.rstrip()


def _start(item: HitObject) -> float:
    return item.time
