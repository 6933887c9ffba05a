"""What was left out, counted by reason and named."""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ..files import atomic_write

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Skipped:
    """One set, map or member that was not used."""

    name: str
    code: str
    message: str


@dataclass
class SkipReport:
    """Collects what was left out. The same name and code count once, so that epochs don't add up."""

    entries: dict[tuple[str, str], Skipped] = field(default_factory=dict)

    def add(self, name: str, code: str, message: str) -> None:
        """Note one entry and log it the first time."""
        key = (name, code)
        if key in self.entries:
            return
        self.entries[key] = Skipped(name, code, message)
        _log.warning("left out %s (%s): %s", name, code, message)

    def counts(self) -> Counter[str]:
        """Number of entries by code."""
        return Counter(entry.code for entry in self.entries.values())

    def merge(self, other: SkipReport) -> None:
        """Take over the entries of ``other``."""
        for key, entry in other.entries.items():
            self.entries.setdefault(key, entry)

    def summary(self) -> str:
        """One line: the counts by reason, or that nothing was left out."""
        if not self.entries:
            return "nothing left out"
        parts = ", ".join(f"{code} {count}" for code, count in sorted(self.counts().items()))
        return f"left out {len(self.entries)}: {parts}"

    def save(self, path: Path) -> None:
        """Write one JSON object a line. Raises ``OSError``."""
        with atomic_write(path) as handle:
            for entry in self.entries.values():
                line = {"name": entry.name, "code": entry.code, "message": entry.message}
                handle.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
