"""What was found, as values; the ``render_`` modules show it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..beatmap import Beatmap
from ..rules import Finding
from .suggestion import Suggestion
from .view import View


@dataclass(frozen=True)
class Repaired:
    """A repaired copy of a map: where it is and what was done."""

    path: Path | None  # None: nothing to repair, no copy
    steps: tuple[str, ...]


@dataclass(frozen=True)
class MapReport:
    """One difficulty. ``suggestions`` are all that reach the threshold, in order of contexts and events."""

    path: Path
    beatmap: Beatmap
    stars: float | None
    model: str
    audio_ms: float
    events: int
    scored: int
    suggestions: tuple[Suggestion, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()  # about the scores
    notices: tuple[str, ...] = ()  # what the user was told on the way
    repaired: Repaired | None = None

    @property
    def difficulty(self) -> str:
        return self.beatmap.metadata.version

    @property
    def name(self) -> str:
        """``Artist - Title (Creator) [Version]``."""
        data = self.beatmap.metadata
        return f"{data.artist} - {data.title} ({data.creator}) [{data.version}]"


@dataclass(frozen=True)
class DifficultyFacts:
    """What the summary of a set says about one difficulty. Times in ms."""

    name: str
    mode: int
    stars: float | None
    level: str
    objects: int
    length_ms: float
    main_bpm: float | None
    hitsounded: float  # share of objects with an addition


@dataclass(frozen=True)
class SetSummary:
    """A whole set: its difficulties from easy to hard, and what does not fit together, in words."""

    difficulties: tuple[DifficultyFacts, ...]
    spread: tuple[str, ...] = ()
    timing: tuple[str, ...] = ()
    hitsounds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything of one run. ``findings`` are those about the set as a whole; ``failed`` maps could not be looked at."""

    maps: tuple[MapReport, ...]
    view: View
    findings: tuple[Finding, ...] = ()
    summary: SetSummary | None = None
    failed: tuple[str, ...] = ()
