"""Super timing: many noisy beat tracks of one song become one (spec 03 section 11).

Every iteration decodes the song shifted by a random offset. Here are the statistics over what they found; drawing
offsets and decoding belong to :mod:`osuT5.generation`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from osuT5.events.event import BEAT_TYPES, Event, EventStream, EventType
from osuT5.events.groups import Group, group_events

from .beat_walk import Peaks, walk_beats
from .signature import set_measures

Signal = NDArray[np.float64]

_SIGMA_MS = 10
_SCALE = 50
_NEAR_MS = 200  # intervals this close to a peak speak for its tempo
_TICKS = (20, 100)  # intervals between beats that count, in 10 ms, both excluded
_MASS_MS = 10


class SuperTimingError(ValueError):
    """The iterations hold too little to find a tempo or a meter."""


@dataclass
class BeatStatistics:
    """What all iterations found, by ms of the song: counts per type, beat intervals, measure lengths."""

    length_ms: int
    iterations: int = 0
    beat: Signal = field(init=False)
    measure: Signal = field(init=False)
    timing_point: Signal = field(init=False)
    intervals: list[tuple[int, int]] = field(default_factory=list)  # ms of the first beat, 10 ms ticks to the next
    measures: list[tuple[int, int]] = field(default_factory=list)  # ms of its start, beats in it

    def __post_init__(self) -> None:
        self.beat, self.measure, self.timing_point = (np.zeros(self.length_ms) for _ in range(3))

    def add(self, groups: Sequence[Group], offset_ms: int) -> None:
        """Count one iteration. ``offset_ms`` is how much later its times are than the song's."""
        self.iterations += 1
        previous: tuple[int, EventType] | None = None
        measure: tuple[int, int] | None = None  # start, beats so far
        for group in groups:
            time, kind = int(group.time) - offset_ms, group.type
            if kind is None or kind not in BEAT_TYPES or not 0 <= time < self.length_ms:
                continue
            measure = self._count(time, kind, measure)
            foreign = kind is EventType.TIMING_POINT and previous is not None and previous[1] is not kind
            if previous is not None and previous[0] != time and not foreign:
                ticks = (time - previous[0]) // 10
                if _TICKS[0] < ticks < _TICKS[1]:
                    self.intervals.append((previous[0], ticks))
            previous = (time, kind)

    def _count(self, time: int, kind: EventType, measure: tuple[int, int] | None) -> tuple[int, int] | None:
        """Add to the histogram of the type; returns the measure that is running after it."""
        if kind is EventType.BEAT:
            self.beat[time] += 1
            return None if measure is None else (measure[0], measure[1] + 1)
        if kind is EventType.TIMING_POINT:
            self.timing_point[time] += 1
        else:
            self.measure[time] += 1
            if measure is not None:
                self.measures.append(measure)
        return time, 1


def super_timing_stream(
    iterations: Sequence[tuple[Sequence[Event], int]], length_ms: int, bpm_threshold: float, types_first: bool
) -> EventStream:
    """Beat events of a song of ``length_ms`` from the events and the offset in ms of each iteration.

    ``bpm_threshold``: share of intervals near a beat that must agree on its tempo. Raises ``SuperTimingError`` without
    two beats in a row or without a complete measure.
    """
    statistics = BeatStatistics(length_ms)
    for events, offset_ms in iterations:
        statistics.add(group_events(events, types_first=types_first), offset_ms)
    return beats_to_stream(find_beats(statistics, bpm_threshold), types_first)


def find_beats(statistics: BeatStatistics, bpm_threshold: float) -> list[tuple[int, EventType]]:
    """Times in ms and types of the song's beats. Raises ``SuperTimingError`` as :func:`super_timing_stream`."""
    if not statistics.intervals:
        raise SuperTimingError(
            "super timing: no beats found in any iteration; use ordinary timing or give bpm and offset"
        )
    if not statistics.measures:
        raise SuperTimingError("super timing: no complete measure found; use ordinary timing or give bpm and offset")
    masses = {
        EventType.BEAT: _smoothed(statistics.beat, statistics.iterations),
        EventType.MEASURE: _smoothed(statistics.measure, statistics.iterations),
        EventType.TIMING_POINT: _smoothed(statistics.timing_point, statistics.iterations),
    }
    signal = masses[EventType.BEAT] + masses[EventType.MEASURE] + 2 * masses[EventType.TIMING_POINT]
    times = sorted(walk_beats(_find_peaks(signal, statistics, bpm_threshold), statistics.length_ms))
    types = [_beat_type(masses, time) for time in times]
    weights = [_mass(masses[EventType.MEASURE], time) + _mass(masses[EventType.TIMING_POINT], time) for time in times]
    signature = int(np.median([length for _, length in statistics.measures]))
    set_measures(types, weights, signature)
    return list(zip(times, types, strict=True))


def beats_to_stream(beats: Sequence[tuple[int, EventType]], types_first: bool) -> EventStream:
    """One group (type and TIME_SHIFT) a beat."""
    stream = EventStream()
    for time, kind in beats:
        pair = [Event(kind), Event(EventType.TIME_SHIFT, time)]
        stream.events += pair if types_first else pair[::-1]
        stream.times += [time, time]
    return stream


def _smoothed(histogram: Signal, iterations: int) -> Signal:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(histogram, _SIGMA_MS)) * (_SCALE / iterations)


def _find_peaks(signal: Signal, statistics: BeatStatistics, bpm_threshold: float) -> Peaks:
    from scipy.signal import find_peaks

    times, properties = find_peaks(signal, distance=50, prominence=0.1, rel_height=1, width=2, wlen=50)
    intervals = np.array(statistics.intervals)
    found = [_peak_bpm(intervals, time, bpm_threshold) for time in times]
    main_bpm = 60000 / (10 * float(np.median(intervals[:, 1])))
    defined = np.array([bpm is not None for bpm in found], dtype=bool)
    normalised = [None if bpm is None else _normalised(bpm, main_bpm) for bpm in found]
    return Peaks(times, np.asarray(properties["prominences"]), np.array(_filled(normalised, main_bpm)), defined)


def _peak_bpm(intervals: NDArray[np.int64], time: int, threshold: float) -> float | None:
    """The tempo that enough of the intervals near a peak agree on."""
    near = intervals[np.abs(intervals[:, 0] - time) < _NEAR_MS, 1]
    counts, _ = np.histogram(near, bins=np.arange(*_TICKS))
    best = int(np.argmax(counts))
    return 60000 / (10 * (best + _TICKS[0])) if counts[best] > threshold * len(near) else None


def _normalised(bpm: float, main_bpm: float) -> float:
    """Halve or double (or more) a tempo until it is within 1.5 times of the song's."""
    bpm /= math.ceil(bpm / (1.5 * main_bpm))
    return bpm * math.ceil((main_bpm / 1.5) / bpm)


def _filled(bpms: Sequence[float | None], main_bpm: float) -> list[float]:
    """Unknown tempos take the one to the left, at the start the first known one."""
    last = next((bpm for bpm in bpms if bpm is not None), main_bpm)
    result = []
    for bpm in bpms:
        last = last if bpm is None else bpm
        result.append(last)
    return result


def _mass(signal: Signal, time: int) -> float:
    return float(signal[time - _MASS_MS : time + _MASS_MS].sum()) if time >= _MASS_MS else 0.0


def _beat_type(masses: dict[EventType, Signal], time: int) -> EventType:
    beat, measure, red = (_mass(signal, time) for signal in masses.values())
    strong = red > beat and red > measure and beat + measure + red > 1
    return EventType.TIMING_POINT if strong else EventType.BEAT
