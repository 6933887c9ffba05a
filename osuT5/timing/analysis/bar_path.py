"""The song bar by bar: the likeliest row of bar lines, given how a bar of this song sounds.

Once the clearest stretch has shown what falls where in a bar, the whole song is read again as bars of that kind, at any
tempo. That finds short stretches of another tempo, and every change falls on a bar line of both tempi.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import harmony
from .choice import Choice
from .evidence import FRAME_MS, PARTS, Evidence

_EVERY = 2  # frames of the evidence in a step
STEP_MS = _EVERY * FRAME_MS
_MEAN_S, _SPREAD_S = 3.0, 8.0
_LEAST_SPREAD = 0.3  # of the song's
_LOUDEST = 4.0  # spreads
_FASTER, _SLOWER = 1.75, 0.55  # tempi looked at, against those that are known
_CHANGE_COST = 1.5  # s of perfect bars
_MOVE_COST = 0.02  # for a bar line one step off
_ODD_FIT, _ODD_COST = 0.35, 3.0  # runs that hardly fit speak against a path
_WORTH = 0.75  # of a second explained, in the scale of the choices' scores
_SAME = 0.006  # relative; tempi so close are one

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BarRun:
    """Bars of one tempo: their lines (ms; the last one ends the run). ``fit`` is 1 for bars that sound like the model."""

    lines: tuple[float, ...]
    fit: float

    @property
    def start(self) -> float:
        return self.lines[0]

    @property
    def end(self) -> float:
        return self.lines[-1]

    @property
    def bar(self) -> float:
        """Mean length of a bar, ms."""
        return (self.end - self.start) / (len(self.lines) - 1)


@dataclass(frozen=True)
class BarPath:
    """Runs of bars in order. ``worth`` tells paths of one song apart: what they explain, less what changes cost."""

    runs: tuple[BarRun, ...]
    worth: float


def bar_path(heard: Floats, choice: Choice, span: tuple[float, float], bars: list[float]) -> BarPath:
    """The song as runs of bars. ``heard`` is that of :func:`heard_steps`; ``choice`` and its ``span`` show what a bar
    sounds like, ``bars`` are known bar lengths (ms)."""
    model = _model(heard, choice, span)
    lengths = _lengths(bars, choice.meter)
    scores = _scores(heard, model, lengths)
    runs = _runs(*_best(scores, lengths), lengths, scores)
    explained = sum(run.fit * (run.end - run.start) / 1000 for run in runs) - _CHANGE_COST * (len(runs) - 1)
    odd = sum(run.fit < _ODD_FIT for run in runs)
    return BarPath(tuple(runs), _WORTH * explained - _ODD_COST * odd)


def heard_steps(evidence: Evidence) -> Floats:
    """Hits in four bands and two kinds of harmonic change, levelled: (6, steps)."""
    from scipy.ndimage import uniform_filter1d

    groups = evidence.groups[:4, ::_EVERY].astype(float)
    places = np.arange(groups.shape[1]) * STEP_MS / harmony.FRAME_MS
    changes = [np.interp(places, np.arange(len(row)), row) for row in evidence.changes]
    rows = np.concatenate([groups, np.stack(changes)])
    step_s = STEP_MS / 1000
    centred = rows - uniform_filter1d(rows, int(_MEAN_S / step_s), axis=1, mode="nearest")
    spread = np.sqrt(np.maximum(0, uniform_filter1d(centred**2, int(_SPREAD_S / step_s), axis=1, mode="nearest")))
    least = _LEAST_SPREAD * centred.std(axis=1, keepdims=True) + 1e-6
    return np.asarray(np.clip(centred / np.maximum(spread, least), -_LOUDEST, _LOUDEST))


def _model(heard: Floats, choice: Choice, span: tuple[float, float]) -> Floats:
    """What is heard in the mean bar of a stretch: (6, meter * PARTS); harmony counts on beats only."""
    lines = choice.lines(*span)
    places = lines[:, None] + np.arange(choice.meter * PARTS) / PARTS * choice.beat
    steps = np.clip(np.round(places / STEP_MS).astype(int), 0, heard.shape[1] - 1)
    mean = heard[:, steps].mean(axis=1)
    mean -= mean.mean(axis=1, keepdims=True)
    mean[4:, np.arange(mean.shape[1]) % PARTS != 0] = 0
    return np.asarray(mean / ((mean**2).sum() + 1e-9))


def _lengths(bars: list[float], meter: int) -> Floats:
    """Bar lengths in steps: the known ones, and whole tempi around them."""
    known = [60000 * meter / bar for bar in bars]
    low, high = min(known) * _SLOWER, max(known) * _FASTER
    whole = [float(bpm) for bpm in range(int(np.ceil(max(low, 40))), int(min(high, 400)) + 1)]
    far = [bpm for bpm in whole if all(abs(bpm / other - 1) > _SAME / 2 for other in known)]
    return 60000 * meter / np.array([*known, *far]) / STEP_MS


def _scores(heard: Floats, model: Floats, lengths: Floats) -> Floats:
    """(tempi, steps): how much of the song, in s, a bar that begins at a step explains."""
    steps = heard.shape[1]
    longest = int(np.ceil(lengths.max())) + 2
    parts = np.pad(model.T @ heard, ((0, 0), (0, longest)))
    scores = np.zeros((len(lengths), steps))
    for row, length in zip(scores, lengths, strict=True):
        for part, shift in enumerate(np.round(np.arange(len(parts)) * length / len(parts)).astype(int)):
            row += parts[part, shift : shift + steps]
        row *= length * STEP_MS / 1000
    return scores


def _best(scores: Floats, lengths: Floats) -> tuple[list[int], list[int]]:
    """Bar lines (steps) and the tempo of the bar that begins at each, of the best path from start to end."""
    tempi, steps = scores.shape
    whole = np.round(lengths).astype(int)
    room = int(whole.max()) + 2
    value = np.full((steps + room, tempi), -np.inf)  # best score of a path with a bar line here, after a bar of a tempo
    came = np.zeros((steps + room, tempi), np.int32)  # tempo of the bar before that one, or -1 at the start
    moved = np.zeros((steps + room, tempi), np.int8)
    value[: int(whole.max())] = 0.0
    came[: int(whole.max())] = -1
    all_tempi = np.arange(tempi)
    for step in range(steps):
        here = value[step]
        best = int(here.argmax())
        keep = here >= here[best] - _CHANGE_COST
        total = np.where(keep, here, here[best] - _CHANGE_COST) + scores[:, step]
        source = np.where(keep, all_tempi, best)
        for move in (0, -1, 1):
            at = step + whole + move
            offered = total - (_MOVE_COST if move else 0.0)
            better = offered > value[at, all_tempi]
            value[at[better], all_tempi[better]] = offered[better]
            came[at[better], all_tempi[better]] = source[better]
            moved[at[better], all_tempi[better]] = move
    return _traced(value[steps - 1 :], value, came, moved, whole, steps)


def _traced(
    ends: Floats, value: Floats, came: NDArray[np.int32], moved: NDArray[np.int8], whole: NDArray[np.int_], steps: int
) -> tuple[list[int], list[int]]:
    last, tempo = np.unravel_index(int(ends.argmax()), ends.shape)
    step, state = int(last) + steps - 1, int(tempo)
    lines, states = [step], [state]
    while came[step, state] >= 0:
        before = int(came[step, state])
        step -= int(whole[state] + moved[step, state])
        lines.append(step)
        states.append(state)
        state = before
    return lines[::-1], states[::-1]


def _runs(lines: list[int], states: list[int], lengths: Floats, scores: Floats) -> list[BarRun]:
    """Bars of one tempo put together. ``states`` has for each line the tempo of the bar that begins there."""
    runs: list[BarRun] = []
    bar = 0.0
    for begin, end, state in zip(lines, lines[1:], states, strict=False):
        seconds = (end - begin) * STEP_MS / 1000
        fit = float(scores[state, min(begin, scores.shape[1] - 1)]) / seconds
        if runs and abs(lengths[state] / bar - 1) < _SAME:
            last = runs[-1]
            count = len(last.lines) - 1
            runs[-1] = BarRun((*last.lines, end * STEP_MS), (last.fit * count + fit) / (count + 1))
        else:
            bar = float(lengths[state])
            runs.append(BarRun((begin * STEP_MS, end * STEP_MS), fit))
    return runs
