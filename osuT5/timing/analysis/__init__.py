"""Timing by analysis of the audio: tempo, offset, meter and tempo changes of a song, with a confidence (spec 09)."""

from .analyse import analyse
from .files import analyse_file
from .onsets import SAMPLE_RATE
from .result import CONFIDENT, NoBeatError, TimingAnalysis, TimingSection
from .tempo_given import analyse_at

__all__ = [
    "CONFIDENT",
    "SAMPLE_RATE",
    "NoBeatError",
    "TimingAnalysis",
    "TimingSection",
    "analyse",
    "analyse_at",
    "analyse_file",
]
