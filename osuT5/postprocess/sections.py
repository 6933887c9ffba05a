"""The lines of an .osu file by section, kept to the byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_BOM = "\ufeff"


def decode(data: bytes) -> str:
    """Text that :func:`encode` turns back to the same bytes; bytes that are no UTF-8 become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@dataclass
class Section:
    """``header`` and ``lines`` with their line ends; the lines before the first header have the name ""."""

    name: str
    header: str
    lines: list[str] = field(default_factory=list)

    def content(self) -> list[str]:
        """Lines without line ends, blank ones and comments left out."""
        texts = [line.strip() for line in self.lines]
        return [text for text in texts if text and not text.startswith("//")]

    def values(self) -> dict[str, str]:
        """``Key: value`` lines; the last one of a key wins."""
        pairs = (text.partition(":") for text in self.content())
        return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def split_sections(text: str) -> list[Section]:
    """All lines of ``text``, in order; joined again they give it back."""
    sections = [Section("", "")]
    for line in _LINE.findall(text):
        bare = line.strip().removeprefix(_BOM)
        if bare.startswith("[") and bare.endswith("]"):
            sections.append(Section(bare[1:-1], line))
        else:
            sections[-1].lines.append(line)
    return sections


def join_sections(sections: Iterable[Section]) -> str:
    return "".join(section.header + "".join(section.lines) for section in sections)


def newline_of(text: str) -> str:
    """The line end of the first line, LF without any."""
    match = re.search(r"\r\n|\n|\r", text)
    return match[0] if match else "\n"


def line_time(line: str, index: int) -> float | None:
    """The time in ms at the comma-separated place ``index``; None where there is none."""
    fields = line.split(",")
    try:
        return float(fields[index])
    except (IndexError, ValueError):
        return None
