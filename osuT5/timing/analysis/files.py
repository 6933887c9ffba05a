"""From a file straight to its timing."""

from __future__ import annotations

import os

from osuT5.audio import load_audio

from .analyse import analyse
from .onsets import SAMPLE_RATE
from .result import TimingAnalysis
from .tempo_given import analyse_at


def analyse_file(path: str | os.PathLike[str], bpm: float | None = None) -> TimingAnalysis:
    """The timing of a song; with ``bpm`` only its offset and meter are looked for.

    Raises :class:`~osuT5.audio.AudioError` for a file without sound, otherwise as :func:`~.analyse.analyse`.
    """
    samples = load_audio(path, SAMPLE_RATE)
    return analyse(samples) if bpm is None else analyse_at(samples, bpm)
