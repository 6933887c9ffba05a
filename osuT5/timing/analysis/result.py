"""What the analysis says: stretches of one tempo, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

from osuT5.beatmap.timing_lines import TimingLine

CONFIDENT = 0.6  # from here on the result can be used without a look


class NoBeatError(ValueError):
    """A song in which no steady beat can be heard; the message is one line."""


@dataclass(frozen=True)
class TimingSection:
    """A stretch of one tempo from ``start`` on, which is a downbeat (ms). ``confidence`` is in 0..1."""

    start: float
    beat_length: float  # ms
    meter: int  # beats in a bar
    confidence: float

    @property
    def bpm(self) -> float:
        return 60000 / self.beat_length


@dataclass(frozen=True)
class TimingAnalysis:
    """Sections by time, at least one. ``confidence`` in 0..1; ``reason`` says what is wrong where it is low, else "".

    ``drift_ms`` is how far the beats stray from the sections' grids: 0 to 2 for music made with a metronome.
    """

    sections: tuple[TimingSection, ...]
    confidence: float
    reason: str
    drift_ms: float

    @property
    def confident(self) -> bool:
        """True where the result can be used without a look."""
        return self.confidence >= CONFIDENT

    def red_lines(self) -> list[TimingLine]:
        """Red lines as the pipeline takes them: whole ms, sample set 2, volume 100."""
        return [TimingLine(round(s.start) * 1000, s.beat_length, s.meter, 2, -1, 100) for s in self.sections]
