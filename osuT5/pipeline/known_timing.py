"""Red lines that are known before the models work: the user's, or those found by analysis of the audio."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..audio import AudioError
from ..beatmap.timing_lines import TimingLine
from ..generation.plan import TimingSource
from ..request import Request, RequestError
from ..request.timing import KnownTiming
from ..timing.analysis import NoBeatError, TimingAnalysis, analyse_file


@dataclass(frozen=True)
class SongTiming:
    """``lines`` are ``None`` where a model is to write the timing. ``note`` says what was found and what is used."""

    lines: list[TimingLine] | None
    note: str = ""


def song_timings(requests: Sequence[Request], notify: Callable[[str], None]) -> list[SongTiming]:
    """The timing of every map of one song; what is alike is found once, and told once.

    Raises :class:`RequestError` where analysis was asked for and hears no beat.
    """
    found: dict[tuple[KnownTiming, float | None, bool], SongTiming] = {}
    timings = []
    for request in requests:
        bpm = request.options.bpm if request.known_timing is KnownTiming.TEMPO else None
        key = (request.known_timing, bpm, request.plan.timing is TimingSource.UNKNOWN)
        if key not in found:
            found[key] = _timing(request, bpm)
            if found[key].note:
                notify(found[key].note)
        timings.append(found[key])
    return timings


def _timing(request: Request, bpm: float | None) -> SongTiming:
    if request.known_timing is KnownTiming.GIVEN:
        return SongTiming([request.settings.red_line()])
    if request.known_timing is KnownTiming.NOTHING:
        return SongTiming(None)
    try:
        analysis = analyse_file(request.paths.audio, bpm)
    except AudioError as error:
        raise RequestError(f"audio_path: {error}") from None
    except NoBeatError as error:
        if request.known_timing is not KnownTiming.AUTO:
            option = "bpm" if bpm is not None else "timing_source=analysis"
            raise RequestError(f"{option}: {error}") from None
        return SongTiming(None, f"timing by the model, for the analysis says: {error}")
    return _judged(request, analysis)


def _judged(request: Request, analysis: TimingAnalysis) -> SongTiming:
    """``auto`` leaves a doubtful result to the model, where the model can write timing."""
    said = f"{_shown(analysis)}, confidence {analysis.confidence:.2f}"
    doubt = f"; {analysis.reason}" if analysis.reason else ""
    models = request.plan.timing is not TimingSource.UNKNOWN
    if request.known_timing is KnownTiming.AUTO and models and not analysis.confident:
        return SongTiming(None, f"timing by the model, for the analysis is not sure: {said}{doubt}")
    return SongTiming(from_first_bar(analysis.red_lines()), f"timing by analysis: {said}{doubt}")


def from_first_bar(lines: Sequence[TimingLine]) -> list[TimingLine]:
    """Red lines of which the first stands on the first bar line of the song, whole bars before the first beat heard.

    Objects of a quiet beginning then lie on its grid, and all maps of a song begin with the same line.
    """
    first = lines[0]
    bar_us = 1000 * first.beat_length * first.meter
    bars = max(math.floor(first.offset_us / bar_us), 0)
    return [replace(first, offset_us=first.offset_us - round(bars * bar_us)), *lines[1:]]


def _shown(analysis: TimingAnalysis) -> str:
    first = analysis.sections[0]
    changes = len(analysis.sections) - 1
    more = "" if not changes else f", {changes} tempo change{'s' if changes > 1 else ''}"
    return f"{first.bpm:g} BPM from {first.start:.0f} ms{more}"
