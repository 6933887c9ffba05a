"""Red lines fitted to beats (spec 03 section 12.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.events.event import BEAT_TYPES, Event, EventType

from .changes import TimingChange, TimingSheet

_STEPS = (1, 2, 10, 100, 1000)  # a tempo is tried as a multiple of 1/step beats a minute
_FRACTIONS = (1.0, 0.5, 0.25, 0.125, 0.0625)
_NO_BEAT = 1000.0


@dataclass(frozen=True)
class Marker:
    """One beat, measure or timing point event; ``time`` in ms."""

    time: int
    measure: bool
    red: bool


def markers_from_events(events: Sequence[Event], types_first: bool) -> list[Marker]:
    """Beat-type events with the TIME_SHIFT beside them, by time. Without types first, event 0 looks at the last event."""
    markers = []
    for index, event in enumerate(events):
        if event.type not in BEAT_TYPES:
            continue
        beside = index + 1 if types_first else index - 1
        if beside < len(events) and events[beside].type is EventType.TIME_SHIFT:
            kind = event.type
            markers.append(Marker(events[beside].value, kind is EventType.MEASURE, kind is EventType.TIMING_POINT))
    return sorted(markers, key=lambda marker: marker.time)


def red_lines_from_events(events: Sequence[Event], types_first: bool, leniency: float) -> list[TimingLine]:
    """Red lines that put every beat within ``leniency`` ms where one tempo allows it. Empty without beats."""
    return red_lines_from_markers(markers_from_events(events, types_first), leniency)


def red_lines_from_markers(markers: Sequence[Marker], leniency: float) -> list[TimingLine]:
    """As :func:`red_lines_from_events`, for markers sorted by time."""
    if not markers:
        return []
    fitting = _Fitting(markers, leniency)
    fitting.set_meters()
    fitting.set_tempos()
    return fitting.sheet.lines


def tempo_fit(length: float, beats: float, tolerance: float) -> float:
    """Ms per beat for ``beats`` beats in ``length`` ms: the roundest tempo within ``tolerance`` ms at the end."""
    if beats == 0 or length == 0:
        return _NO_BEAT
    raw = length / beats
    bpm = 60000 / raw
    if bpm < 1:
        return _NO_BEAT
    for step in _STEPS:
        beat = 60000 / (round(bpm * step) / step)
        if abs(length - beat * beats) <= tolerance:
            return beat
    return raw


@dataclass(slots=True)
class _Run:
    """Markers after a red line: times in ms, beats counted from the line up to each, first one's position in the list."""

    times: NDArray[np.float64]
    beats: NDArray[np.float64]

    def within(self, start: float, beat: float, leniency: float) -> bool:
        # The last marker is the likeliest to be off, and a look at it costs little.
        if abs(self.times[-1] - (start + beat * self.beats[-1])) > leniency:
            return False
        return bool(np.all(np.abs(self.times - (start + beat * self.beats)) <= leniency))

    def loss(self, start: float) -> float:
        """Mean squared distance from the grid of the run's own exact tempo."""
        beat = tempo_fit(float(self.times[-1] - start), float(self.beats[-1]), 0)
        return float(np.mean((self.times - (start + beat * self.beats)) ** 2))

    def human(self, start: float, beat: float, leniency: float) -> float:
        """The roundest tempo near ``beat`` that keeps the whole run within ``leniency``, else ``beat``."""
        if beat == 0 or beat > 60000:
            return beat
        bpm = 60000 / beat
        for step in _STEPS:
            rounded = round(bpm * step) / step
            if rounded and self.within(start, 60000 / rounded, leniency):
                return 60000 / rounded
        return beat


class _Fitting:
    def __init__(self, markers: Sequence[Marker], leniency: float) -> None:
        self.markers = markers
        self.leniency = leniency
        self.times = np.array([marker.time for marker in markers], dtype=np.int64)
        self.weights = np.array([0.0 if marker.red else 1.0 for marker in markers])
        seeds = [marker.time for marker in markers if marker.red] or [markers[0].time]
        self.sheet = TimingSheet()
        for time in seeds:
            self._place(time, ())

    def _place(self, time: int, sets: tuple[str, ...], beat_length: float = _NO_BEAT, meter: int = 4) -> None:
        self.sheet.apply(TimingChange(time * 1000, sets, beat_length=beat_length, meter=meter, red=True))

    def _red_at(self, time: int) -> tuple[TimingLine, int]:
        red = self.sheet.red_at(time * 1000)
        return red, round(red.offset_ms)

    def set_meters(self) -> None:
        """Count beats between measures; a count unlike the meter in force starts a new red line."""
        count, last_measure = 0, self.markers[0].time
        for marker in self.markers:
            if marker.red:
                count, last_measure = 0, marker.time
                continue
            red, start = self._red_at(marker.time - 1)
            if start == marker.time:
                continue
            count += 1
            if not marker.measure:
                continue
            if red.meter != count:
                if last_measure <= start:
                    red.meter = count
                else:
                    self._place(last_measure, ("meter",), meter=count)
            count, last_measure = 0, marker.time

    def set_tempos(self) -> None:
        """Fit a tempo to each red line's markers; where none fits, split the run and start a new red line."""
        count, last = 0, _NO_BEAT
        for index, marker in enumerate(self.markers):
            red, start = self._red_at(marker.time - 1)
            members = self._members(index, start)
            if start == marker.time or not self._weigh(index, len(members), start, last):
                count = 0
                continue
            run = _Run(self.times[members].astype(np.float64), np.cumsum(self.weights[members]))
            beat = tempo_fit(marker.time - start, float(run.beats[-1]), 0)
            if run.within(start, beat, self.leniency):
                beat = run.human(start, beat, self.leniency)
                red.beat_length = beat
            elif len(members) > 1:
                beat, count = self._split(red, start, members)
            last = beat
            count += 1
            here, offset = self._red_at(marker.time)
            if offset == marker.time:
                count = 0
            if marker.measure:
                if count % here.meter != 0:
                    self._place(marker.time, ("beat_length",), here.beat_length, here.meter)
                count = 0

    def _members(self, index: int, start: int) -> NDArray[np.intp]:
        """Positions of the markers after the red line and before this one, and this one."""
        time = self.markers[index].time
        low, high = np.searchsorted(self.times, (start + 1, time))
        return np.append(np.arange(low, high), index)

    def _weigh(self, index: int, size: int, start: int, last: float) -> bool:
        """Give a timing point marker its length in beats when it directly follows a red line; False: nothing to fit."""
        if self.weights[index] != 0:
            return True
        if size != 1:
            return False
        ratio = (self.markers[index].time - start) / last
        candidates = (float(round(ratio)), *_FRACTIONS)
        self.weights[index] = min(candidates, key=lambda candidate: abs(candidate - ratio))
        return True

    def _split(self, red: TimingLine, start: int, members: NDArray[np.intp]) -> tuple[float, int]:
        """Cut the run where two tempos fit best. Returns the tempo after the cut and its beats since the last measure."""
        times, weights, size = self.times[members].astype(np.float64), self.weights[members], len(members)

        def run(low: int, high: int) -> _Run:
            return _Run(times[low:high], np.cumsum(weights[low:high]))

        cuts = [i for i in range(1, size) if i == size - 1 or self.markers[members[i - 1]].measure]
        cut = min(cuts, key=lambda i: run(0, i).loss(start) + run(i, size).loss(float(times[i - 1])))
        if cut < size - 1:
            before = run(0, cut)
            beat = tempo_fit(float(times[cut - 1]) - start, float(before.beats[-1]), 0)
            red.beat_length = before.human(start, beat, self.leniency)
        corner = int(times[cut - 1])
        after = run(cut, size)
        beat = tempo_fit(float(times[-1]) - corner, float(after.beats[-1]), self.leniency)
        self._place(corner, ("beat_length",), beat)
        count = 0
        for i in range(size - 2, cut - 1, -1):
            if self.markers[members[i]].measure:
                break
            count += 1
        return beat, count
