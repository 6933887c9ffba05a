"""The timing of a song as a picture: attacks folded over the beat, row by row through the song.

Each column is one stretch of time, each row a place in the beat. On a grid that holds, attacks stand as level stripes,
the beat in the middle; a wrong tempo slants them, a wrong offset moves them.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from osuT5.audio import load_audio
from osuT5.files import atomic_write
from osuT5.picture.canvas import Canvas
from osuT5.picture.theme import BEAT, DIM, PANEL, RED_LINE, TEXT

from .analysis import SAMPLE_RATE, TimingAnalysis, TimingSection
from .analysis.attacks import STEP_MS, find_attacks

_WIDTH, _LEFT, _RIGHT = 1600, 70, 24  # px
_TOP, _HEIGHT, _TEMPO_HEIGHT, _GAP = 60, 360, 120, 40
_COLUMNS, _ROWS = 250, 72
_BEATS_A_COLUMN = 4.0


def write_plot(path: Path, song: Path, found: TimingAnalysis) -> None:
    """Draw the picture as ``path`` (.png). Raises ``AudioError`` and ``OSError``."""
    attacks = find_attacks(load_audio(song, SAMPLE_RATE))
    canvas = Canvas(_WIDTH, _TOP + _HEIGHT + _GAP + _TEMPO_HEIGHT + _GAP)
    canvas.text((_LEFT, 14), _title(song, found), 18, TEXT)
    length = len(attacks) * STEP_MS
    _draw_attacks(canvas, attacks, found, length)
    _draw_tempo(canvas, found, length)
    with atomic_write(path) as handle:
        canvas.image().save(handle, "PNG")


def _title(song: Path, found: TimingAnalysis) -> str:
    bpms = [section.bpm for section in found.sections]
    tempo = f"{bpms[0]:g} BPM" if len(bpms) == 1 else f"{min(bpms):g} to {max(bpms):g} BPM, {len(bpms)} sections"
    return f"{song.name}: {tempo}, confidence {found.confidence:.2f}"


def _draw_attacks(canvas: Canvas, attacks: NDArray[np.float32], found: TimingAnalysis, length: float) -> None:
    width = (_WIDTH - _LEFT - _RIGHT) / _COLUMNS
    height = _HEIGHT / _ROWS
    canvas.box(_LEFT, _TOP, _WIDTH - _RIGHT, _TOP + _HEIGHT, fill=PANEL)
    strengths = [_column(attacks, found, length * (column + 0.5) / _COLUMNS) for column in range(_COLUMNS)]
    loudest = float(np.percentile(np.stack(strengths), 99)) + 1e-6
    for column, row_strengths in enumerate(strengths):
        left = _LEFT + column * width
        for row, strength in enumerate(np.minimum(1, row_strengths / loudest)):
            if strength > 0.08:
                top = _TOP + row * height
                canvas.box(left, top, left + width, top + height, fill=(255, 214, 120, int(255 * strength)))
    for beats, label in ((-0.5, "-1/2"), (0, "beat"), (0.5, "1/2")):
        y = _TOP + _HEIGHT * (beats + 0.5)
        canvas.line([(_LEFT, y), (_WIDTH - _RIGHT, y)], RED_LINE if beats == 0 else BEAT)
        canvas.text((_LEFT - 8, y), label, 12, DIM, "rm")


def _column(attacks: NDArray[np.float32], found: TimingAnalysis, time: float) -> NDArray[np.float64]:
    """Mean attacks of the beats around ``time`` (ms), by place in the beat from -1/2 to 1/2."""
    section = section_at(found, time)
    first = round((time - section.start) / section.beat_length - _BEATS_A_COLUMN / 2)
    beats = section.start + (first + np.arange(int(_BEATS_A_COLUMN))) * section.beat_length
    fine = 8
    places = (np.arange(_ROWS * fine) / (_ROWS * fine) - 0.5) * section.beat_length
    heard = np.interp((beats[:, None] + places) / STEP_MS, np.arange(len(attacks)), attacks, left=0, right=0)
    return np.asarray(heard.mean(axis=0).reshape(_ROWS, fine).max(axis=1))


def section_at(found: TimingAnalysis, time: float) -> TimingSection:
    """The section in force at ``time`` (ms); before the first, the first."""
    return next((section for section in reversed(found.sections) if section.start <= time), found.sections[0])


def _draw_tempo(canvas: Canvas, found: TimingAnalysis, length: float) -> None:
    """Tempo over time, with a line and a label at every change."""
    top = _TOP + _HEIGHT + _GAP
    canvas.box(_LEFT, top, _WIDTH - _RIGHT, top + _TEMPO_HEIGHT, fill=PANEL)
    bpms = [section.bpm for section in found.sections]
    low, high = min(bpms) * 0.9, max(bpms) * 1.1

    def place(time: float, bpm: float) -> tuple[float, float]:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(max(time / length, 0), 1)
        return x, top + _TEMPO_HEIGHT * (1 - (bpm - low) / (high - low))

    ends = [*(section.start for section in found.sections[1:]), length]
    for section, end in zip(found.sections, ends, strict=True):
        start = place(section.start, section.bpm)
        canvas.line([(start[0], top), (start[0], top + _TEMPO_HEIGHT)], RED_LINE)
        canvas.line([start, place(end, section.bpm)], TEXT, 2)
        canvas.text((start[0] + 4, top + _TEMPO_HEIGHT + 6), f"{section.start:.0f} ms, {section.bpm:g}", 12, DIM)
    for before, after in pairwise(found.sections):
        canvas.line([place(after.start, before.bpm), place(after.start, after.bpm)], TEXT, 2)
