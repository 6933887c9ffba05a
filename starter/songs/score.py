"""A song as data: bars on a tempo map, and notes with known time, layer, pitch and strength."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

TICKS = 48  # positions per beat: divisible by 2, 3, 4, 6, 8, 12 and 16

DRUM_LAYERS = ("kick", "snare", "hat", "open_hat", "clap", "crash", "tom")
TONAL_LAYERS = ("bass", "chord", "arp", "lead")


@dataclass(frozen=True)
class Bar:
    """One bar. ``energy`` in 0..1 says how much plays; ``swing`` delays every second half beat, in parts of a beat."""

    index: int
    start_ms: float
    beat_ms: float
    meter: int  # beats
    section: str  # intro, verse, build, chorus, break, outro
    energy: float
    swing: float = 0.0

    @property
    def end_ms(self) -> float:
        return self.start_ms + self.meter * self.beat_ms

    def time_at(self, tick: int) -> float:
        """Time in ms of a position in ticks from the start of the bar; swing moves the off-beats."""
        beat, rest = divmod(tick, TICKS)
        fraction = rest / TICKS
        if self.swing:
            fraction = _swung(fraction, self.swing)
        return self.start_ms + (beat + fraction) * self.beat_ms


@dataclass(frozen=True)
class Note:
    """One sounding event."""

    time_ms: float
    duration_ms: float
    layer: str
    pitch: float  # MIDI number; 0 for drums
    strength: float  # 0..1
    bar: int
    tick: int  # position in the bar


@dataclass
class Score:
    """A composed song. Notes are sorted by time."""

    seed: int
    bars: list[Bar]
    notes: list[Note]
    length_ms: float
    title: str
    artist: str
    genre: str
    tonic: int  # pitch class
    minor: bool
    layers: dict[str, str] = field(default_factory=dict)  # layer -> timbre name

    @property
    def tempo_changes(self) -> list[Bar]:
        """The bars at which tempo, meter or phase change; the first bar always."""
        changes = self.bars[:1]
        for before, bar in pairwise(self.bars):
            if bar.beat_ms != before.beat_ms or bar.meter != before.meter or abs(bar.start_ms - before.end_ms) > 1e-6:
                changes.append(bar)
        return changes


def _swung(fraction: float, swing: float) -> float:
    middle = 0.5 + swing
    if fraction < 0.5:
        return fraction / 0.5 * middle
    return middle + (fraction - 0.5) / 0.5 * (1 - middle)
