"""Which model a server holds, and the key under which runs that want the same one find it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch

from ... import __version__
from ...model.locate import BUNDLE, Location

PACKAGE = Path(__file__).resolve().parents[2]
RUN_BY_SERVERS = ("config.py", "compat.py", "events", "tokenizer", "audio", "model", "generation", "pipeline/server")
SMALL = 64 << 20  # bytes; what is bigger is known by place, size and time instead of content


@dataclass(frozen=True)
class ServerSpec:
    """A bundle on disk, its adapter, and how it is loaded. Everything is resolved: no ``auto``, no relative path."""

    source: str
    folder: str
    subfolder: str
    lora: str | None
    precision: str
    attention: str
    device: str
    spectrogram: str = "torch"

    @classmethod
    def of(
        cls, location: Location, lora: str | None, precision: str, attention: str, device: str, spectrogram: str
    ) -> ServerSpec:
        local = lora is not None and Path(lora).expanduser().exists()
        adapter = str(Path(lora).expanduser().resolve()) if lora is not None and local else lora
        source = Path(location.source).expanduser()
        name = str(source.resolve()) if source.exists() else location.source
        folder = str(location.folder.resolve())
        return cls(name, folder, location.subfolder, adapter, precision, attention, device, spectrogram)

    @classmethod
    def from_json(cls, text: str) -> ServerSpec:
        stored = json.loads(text)
        return cls(**{entry.name: stored[entry.name] for entry in fields(cls)})

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def location(self) -> Location:
        return Location(self.source, Path(self.folder), self.subfolder)

    @property
    def title(self) -> str:
        """For people."""
        inside = f"/{self.subfolder}" if self.subfolder else ""
        adapter = f" with {self.lora}" if self.lora else ""
        return f"{self.source}{inside}{adapter}, {self.precision}, {self.attention}, {self.device}"

    def key(self) -> str:
        """Equal for equal files, settings and program; a changed checkpoint or an update of the program has another."""
        digest = hashlib.sha256()
        for part in self._parts():
            digest.update(part.encode() + b"\0")
        return digest.hexdigest()[:24]

    def _parts(self) -> Iterator[str]:
        yield from (__version__, torch.__version__, self.precision, self.attention, self.device, self.spectrogram)
        for room in RUN_BY_SERVERS:
            files = sorted((PACKAGE / room).rglob("*.py")) or [PACKAGE / room]
            yield from (_state(path, path.relative_to(PACKAGE).as_posix()) for path in files)
        yield from (_identity(Path(self.folder) / name) for name in BUNDLE)
        if self.lora is not None:
            yield self.location.effective_subfolder
            path = Path(self.lora)
            files = sorted(path.iterdir()) if path.is_dir() else [path]
            yield from (_identity(file) if file.is_file() else str(file) for file in files)


def _identity(path: Path) -> str:
    if path.stat().st_size > SMALL:
        return _state(path, str(path))
    return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _state(path: Path, name: str) -> str:
    facts = path.stat()
    return f"{name} {facts.st_size} {facts.st_mtime_ns}"
