"""Timing by analysis of the audio: tempo, offset, meter and tempo changes of a song, with a confidence (spec 09)."""

from .analyse import analyse
from .onsets import SAMPLE_RATE
from .result import CONFIDENT, NoBeatError, TimingAnalysis, TimingSection

__all__ = ["CONFIDENT", "SAMPLE_RATE", "NoBeatError", "TimingAnalysis", "TimingSection", "analyse"]
