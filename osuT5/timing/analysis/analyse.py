"""A song to its timing: stretches of one tempo, the beat and bars of each, exact grids, and how sure all this is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bar_path import BarPath, BarRun, bar_path, heard_steps
from .choice import Choice, best_choices, counted_beat, scored_rows
from .confidence import on_grid_share, overall, section_confidence
from .evidence import FRAME_MS, Evidence, gather
from .fit import Grid, fit_grid, strongest_phase
from .onsets import SAMPLE_RATE
from .pulse import blocks_of
from .result import NoBeatError, TimingAnalysis, TimingSection
from .rounding import rounded_bpm
from .segments import BLOCK, Stretch, find_stretches, refined_bpm

SHORTEST_S = 5.0
_SHORTEST_STRETCH_S = 3.0
_SILENCE = 1e-5  # peak below which a song is silent
_LEAST_GAIN = 12.0  # score a second of a pulse; noise stays below
_LEAST_CLEARNESS = 1.5  # of attacks on the beat over those between, likewise
_CHOICES = 5  # candidates for beat and bars that are tried on songs of changing tempo
_CLOSE, _VERY_CLOSE = 6.0, 1.5  # in score
_RELATED = (1, 3 / 4, 4 / 3)
_SAME_BPM, _TOGETHER_MS = 1e-3, 20.0
_OTHER_TEMPO = 0.01
_OFF_LINE_MS = 40.0
_BEFORE_CHANGE_MS = 20.0  # attacks of a bar line begin a little before it
_LEAD_IN = 4.5  # how much softer than the loud parts (log energy) the beginning of the music may be
_PICKUP = 0.25  # of a bar; music that begins this close before a bar line belongs to it

Span = tuple[float, float]


def analyse(samples: NDArray[np.float32], sample_rate: int = SAMPLE_RATE) -> TimingAnalysis:
    """Tempo, offset, meter and tempo changes of a mono song of any loudness.

    Best at 44.1 kHz; other rates are converted. Raises :class:`NoBeatError` where no steady beat is heard, and
    ``ValueError`` for a rate below 8 kHz.
    """
    evidence = gather(checked_samples(samples, sample_rate))
    stretches = _joined(find_stretches(evidence.strength))
    if not stretches or max(stretch.gain for stretch in stretches) < _LEAST_GAIN:
        raise NoBeatError("no steady beat can be heard; give bpm and offset, or let a model write the timing")
    spans = [(stretch.start * 1000, stretch.end * 1000) for stretch in stretches]
    spans[-1] = (spans[-1][0], evidence.length_ms)
    grids = [_pulse_grid(evidence, 60000 / stretch.bpm, span) for stretch, span in zip(stretches, spans, strict=True)]
    if max(grid.clearness for grid in grids) < _LEAST_CLEARNESS:
        raise NoBeatError("sounds keep to no steady beat; give bpm and offset, or let a model write the timing")
    return _result(evidence, *_path(evidence, grids, spans))


def checked_samples(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Samples at the rate of the analysis, peak 1."""
    if sample_rate < 8000:
        raise ValueError(f"sample_rate: {sample_rate} Hz; accepted: 8000 and above")
    if len(samples) < SHORTEST_S * sample_rate:
        raise NoBeatError(
            f"{len(samples) / sample_rate:.1f} s of sound are too short for an analysis, which needs {SHORTEST_S:g} s"
        )
    if not np.isfinite(samples).all():
        raise ValueError("the samples are not all finite numbers")
    peak = float(np.abs(samples).max())
    if peak < _SILENCE:
        raise NoBeatError("the song is silent")
    if sample_rate != SAMPLE_RATE:
        places = np.arange(int(len(samples) * SAMPLE_RATE / sample_rate)) * (sample_rate / SAMPLE_RATE)
        samples = np.interp(places, np.arange(len(samples)), samples)
    return np.asarray(samples / peak, np.float32)


def _pulse_grid(evidence: Evidence, beat: float, span: Span) -> Grid:
    return fit_grid(evidence.attacks, beat, strongest_phase(evidence.strength, beat, *span), *span)


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Stretches too short to judge go to the stretch before them; neighbours of one tempo become one."""
    joined: list[Stretch] = []
    for stretch in stretches:
        short = stretch.end - stretch.start < _SHORTEST_STRETCH_S
        if joined and (short or abs(stretch.bpm / joined[-1].bpm - 1) < 2e-4):
            last = joined[-1]
            joined[-1] = Stretch(last.start, stretch.end, last.bpm, last.gain)
        else:
            joined.append(stretch)
    if len(joined) > 1 and joined[0].end - joined[0].start < _SHORTEST_STRETCH_S:
        joined[1] = Stretch(joined[0].start, joined[1].end, joined[1].bpm, joined[1].gain)
        del joined[0]
    return joined


def _path(evidence: Evidence, grids: list[Grid], spans: list[Span]) -> tuple[Choice, BarPath]:
    """Beat and bars of the stretch with the most to go by, and the whole song read as such bars."""
    weight = [(span[1] - span[0]) * min(grid.clearness, 10) for grid, span in zip(grids, spans, strict=True)]
    clearest = int(np.argmax(weight))
    span, grid = spans[clearest], grids[clearest]
    rows = scored_rows(evidence, grid.beat, *span)
    if not rows:
        raise NoBeatError("the song is too short for its bars to be told; give bpm and offset")
    heard = heard_steps(evidence)

    def path_of(choice: Choice) -> BarPath:
        return bar_path(heard, choice, span, _bars(choice.bar, [other.beat / grid.beat for other in grids]))

    choices = best_choices(rows, _CHOICES)
    paths = [path_of(choices[0])]
    if len(paths[0].runs) > 1:  # changes must fall on bar lines: that tells which choice is right
        choices = [choices[0], *(choice for choice in choices[1:] if _comparable(choice, choices[0]))]
        paths += [path_of(choice) for choice in choices[1:]]
    return max(zip(choices, paths, strict=False), key=lambda pair: pair[0].score + pair[1].worth)


def _comparable(choice: Choice, best: Choice) -> bool:
    """Paths of bars of another kind are compared with less right, hence only where the scores are close."""
    same = abs(choice.beat / best.beat - 1) < _SAME_BPM and choice.meter == best.meter
    return choice.score > (-_CLOSE if same else -_VERY_CLOSE)


def _bars(bar: float, ratios: list[float]) -> list[float]:
    """Bar lengths of the stretches, whose pulses may be other multiples of their beats than that of the clearest one."""
    near = [ratio / 2 ** round(np.log2(ratio)) for ratio in ratios]
    return [bar, *(bar * ratio * by for ratio in near for by in _RELATED if ratio != 1)]


def _result(evidence: Evidence, choice: Choice, path: BarPath) -> TimingAnalysis:
    sections: list[TimingSection] = []
    lengths: list[float] = []
    spreads: list[float] = []
    for run in path.runs:
        grid = _run_grid(evidence, run, choice.meter)
        beat = grid.beat
        if abs(run.bar / choice.bar - 1) > _OTHER_TEMPO:
            beat = counted_beat(evidence, beat, choice.meter, run.start, run.end)
        bpm = rounded_bpm(60000 / beat, grid.error, run.end - run.start)
        line = _line(grid, run, choice.meter * grid.beat)
        if not sections:
            line = first_line(evidence, line, choice.meter * 60000 / bpm)
        elif _goes_on(sections[-1], bpm, line):
            lengths[-1] += run.end - run.start
            continue
        sections.append(TimingSection(line, 60000 / bpm, choice.meter, section_confidence(grid, choice, run)))
        lengths.append(run.end - run.start)
        spreads.append(grid.spread)
    drift = float(np.average(spreads, weights=lengths))
    confidence, reason = overall(sections, lengths, drift, on_grid_share(evidence.strength, sections))
    return TimingAnalysis(tuple(sections), confidence, reason, drift)


def _run_grid(evidence: Evidence, run: BarRun, meter: int) -> Grid:
    """The exact grid of a run, whose bar lines are right to 10 ms."""
    frames = slice(max(0, int(run.start / FRAME_MS)), int(run.end / FRAME_MS) + 1)
    bpm = 60000 * meter / run.bar
    bpm = refined_bpm(blocks_of(evidence.strength[frames], bpm, BLOCK), bpm) if run.end - run.start > 2000 else bpm
    beat, middle = 60000 / bpm, run.lines[len(run.lines) // 2]
    lags = [(line - middle + beat / 2) % beat - beat / 2 for line in run.lines]
    end = min(run.end, evidence.length_ms) - _BEFORE_CHANGE_MS
    return fit_grid(evidence.attacks, beat, middle + float(np.median(lags)), run.start - _BEFORE_CHANGE_MS, end)


def _line(grid: Grid, run: BarRun, bar: float) -> float:
    """The run's first bar line on its grid, which holds best in the middle of the run."""
    rough = float(run.lines[len(run.lines) // 2])
    middle = grid.near(rough)
    if abs(middle - rough) > _OFF_LINE_MS:  # nothing to go by between the bar lines
        middle = rough
    return middle - round((middle - run.start) / bar) * bar


def _goes_on(section: TimingSection, bpm: float, line: float) -> bool:
    """True where a run is of the same tempo and its line is a bar line of the section before."""
    bar = section.beat_length * section.meter
    return (
        abs(bpm / section.bpm - 1) < _SAME_BPM and abs((line - section.start + bar / 2) % bar - bar / 2) < _TOGETHER_MS
    )


def first_line(evidence: Evidence, line: float, bar: float) -> float:
    """Of the bar lines, the one with which the music begins; soft lead-ins do not count."""
    loud = np.flatnonzero(evidence.loudness > np.percentile(evidence.loudness, 90) - _LEAD_IN)
    begin = float(loud[0]) * FRAME_MS if len(loud) else 0.0
    first = line + np.ceil((begin - line) / bar - _PICKUP) * bar
    return float(first if first >= 0 else first + np.ceil(-first / bar) * bar)
