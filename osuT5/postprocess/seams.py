"""Keeps the timing of both sides where a generated stretch meets the rest of a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from osuT5.beatmap.timing_lines import TimingLine, line_at, ms_of

_TOLERANCE = 1e-4  # beats
_SAME_VELOCITY = 1e-6  # relative


def same_tempo(a: TimingLine, b: TimingLine, time: float) -> bool:
    """Whether two red lines agree on meter, beat and the place in the measure at ``time`` ms."""
    if a.meter != b.meter or abs(a.beat_length - b.beat_length) > _TOLERANCE:
        return False
    apart = abs(measure_position(a, time) - measure_position(b, time))
    return min(apart, a.meter - apart) <= _TOLERANCE


def measure_position(red: TimingLine, time: float) -> float:
    """Beats since the last measure start at ``time`` ms, with a small allowance for rounding up."""
    if not red.beat_length or not red.meter:
        return 0.0
    return ((time - red.offset_ms) / red.beat_length + _TOLERANCE) % red.meter


def seam_lines(
    present: Sequence[TimingLine], wanted: Sequence[TimingLine], time: int, first_object: float
) -> list[TimingLine]:
    """Lines to add to the ``present`` ones so that from ``time`` ms on the timing of ``wanted`` is in force.

    A change of tempo waits for the next measure or beat of the wanted grid if no object comes before it.
    """
    if not wanted:
        return []
    target = line_at(wanted, time * 1000)
    current = line_at(present, time * 1000) if present else None
    result: list[TimingLine] = []
    if current is None or not same_tempo(current.red, target.red, time):
        start = _grid_time(target.red, time, first_object)
        red = replace(target.red, offset_us=start * 1000, parent=None)
        red.sample_set, red.sample_index, red.volume, red.kiai = _sound(target)
        result.append(red)
        current = red
    even = math.isclose(_velocity(current), _velocity(target), rel_tol=_SAME_VELOCITY)
    if not even or _sound(current) != _sound(target):
        green = copy(target)
        green.offset_us, green.parent = max(time * 1000, current.offset_us if result else 0), target.red
        green.beat_length = _velocity(target)
        result.append(green)
    return result


def _grid_time(red: TimingLine, time: int, first_object: float) -> int:
    """The first measure start, else beat, in ``time``..``first_object``; else ``time``."""
    if not math.isfinite(red.beat_length):
        return time
    past = measure_position(red, time) - _TOLERANCE
    for unit in (red.meter, 1):
        steps = math.ceil((past - _TOLERANCE) / unit) * unit - past if unit else 0
        start = round(time + steps * red.beat_length)
        if time <= start <= first_object:
            return start
    return time


def _velocity(line: TimingLine) -> float:
    return -100.0 if line.parent is None else line.beat_length


def _sound(line: TimingLine) -> tuple[int, int, int, bool]:
    return line.sample_set, line.sample_index, line.volume, line.kiai


def in_range(line: TimingLine, start: float, end: float) -> bool:
    """Whether a line lies within ``start``..``end`` ms, both included."""
    return start <= ms_of(line.offset_us) <= end
