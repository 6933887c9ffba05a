"""Tempo and first downbeat of songs with known timing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.evaluation.timing_error import downbeat_error, tempo_share

from .table import Row

TEMPO_TOLERANCE, DOWNBEAT_MS = 0.005, 15.0
MOST = 0.9  # of a song whose tempo has to be right


@dataclass(frozen=True)
class TimedSong:
    """Red lines found and true, and the part of the song in ms that has beats."""

    found: Sequence[TimingLine]
    true: Sequence[TimingLine]
    span: tuple[float, float]

    @property
    def tempo_right(self) -> bool:
        """Within 0.5% in at least nine tenths of the song; double and half are wrong."""
        return tempo_share(self.found, self.true, *self.span, TEMPO_TOLERANCE) >= MOST

    @property
    def downbeat_right(self) -> bool:
        return downbeat_error(self.found, self.true) <= DOWNBEAT_MS


def own_pass_rows(songs: Sequence[TimedSong]) -> list[Row]:
    """What the model's TIMING pass alone says."""
    return [
        _row("tempo within 0.5%, the model's own TIMING pass", [song.tempo_right for song in songs], 0.90),
        _row("first downbeat within 15 ms, the model's own TIMING pass", [song.downbeat_right for song in songs], None),
    ]


def default_rows(songs: Sequence[TimedSong]) -> list[Row]:
    """What the default run writes."""
    return [
        _row("tempo within 0.5%, default run", [song.tempo_right for song in songs], 0.98),
        _row("first downbeat within 15 ms, default run", [song.downbeat_right for song in songs], 0.90),
    ]


def _row(what: str, right: Sequence[bool], target: float | None) -> Row:
    return Row(what, float(np.mean(right)) if len(right) else float("nan"), target=target, count=len(right))
