"""Songs that no training has heard: scores and sounds of seeds that the training set cannot draw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osuT5.beatmap.timing_lines import TimingLine
from starter.songs.compose import compose
from starter.songs.render import CODECS, render, write_audio
from starter.songs.score import Score

FIRST_SEED = 300_000_000  # songs of starter.build have seeds below 16 ** 7
SOUND_OFFSET = 1_000_003  # from the score's seed to that of its sound; starter.build adds 2


@dataclass(frozen=True)
class HeldOut:
    """A song with its truth."""

    score: Score
    path: Path

    @property
    def note_times(self) -> list[float]:
        return [note.time_ms for note in self.score.notes]

    @property
    def true_lines(self) -> list[TimingLine]:
        """The exact red lines of the score."""
        return [TimingLine(round(bar.start_ms * 1000), bar.beat_ms, bar.meter) for bar in self.score.tempo_changes]

    @property
    def span(self) -> tuple[float, float]:
        """From the first bar line to the end of the last bar, in ms."""
        return self.score.bars[0].start_ms, self.score.bars[-1].end_ms


def held_out_songs(folder: Path, count: int, target_ms: float) -> list[HeldOut]:
    """``count`` songs of about ``target_ms``; audio that lies in ``folder`` is taken as it is. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    return [held_out_song(folder, FIRST_SEED + number, target_ms) for number in range(count)]


def held_out_song(folder: Path, seed: int, target_ms: float) -> HeldOut:
    """One song, composed, rendered and encoded."""
    score = compose(seed, target_ms)
    rng = np.random.RandomState(seed + SOUND_OFFSET)
    suffix = sorted(CODECS)[rng.randint(len(CODECS))]
    path = folder / f"held-out {seed} {target_ms:.0f}.{suffix}"
    if not path.exists():
        write_audio(path, render(score, seed + SOUND_OFFSET), int(rng.choice((96, 128, 192))))
    return HeldOut(score, path)
