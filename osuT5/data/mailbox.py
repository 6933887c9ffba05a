"""How loader workers tell the main process what they left out: files that only grow, so that nobody ever waits."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from .report import Skipped, SkipReport


class Mailbox:
    """Made in the main process, handed to workers. The folder goes with the object of the process that made it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="beatwright-report-"))
        self._read: dict[str, int] = {}  # bytes of each file that were collected
        self._sent: set[tuple[str, str]] = set()
        weakref.finalize(self, _remove, self._folder, os.getpid())

    def send(self, report: SkipReport, sender: int) -> None:
        """Pass on entries that were not sent before; each sender has its own number."""
        fresh = [entry for key, entry in report.entries.items() if key not in self._sent]
        if not fresh:
            return
        self._sent.update((entry.name, entry.code) for entry in fresh)
        with (self._folder / f"{sender}.jsonl").open("a", encoding="utf-8") as handle:
            handle.writelines(json.dumps([entry.name, entry.code, entry.message]) + "\n" for entry in fresh)

    def collect(self, report: SkipReport) -> None:
        """Take over what came since the last time."""
        for path in sorted(self._folder.glob("*.jsonl")):
            start = self._read.get(path.name, 0)
            if path.stat().st_size <= start:
                continue
            with path.open("rb") as handle:
                handle.seek(start)
                lines = handle.read().splitlines(keepends=True)
            whole = [line for line in lines if line.endswith(b"\n")]
            self._read[path.name] = start + sum(len(line) for line in whole)
            for line in whole:
                name, code, message = json.loads(line)
                report.entries.setdefault((name, code), Skipped(name, code, message))


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a worker's copy of the object must not take the folder away
        shutil.rmtree(folder, ignore_errors=True)
