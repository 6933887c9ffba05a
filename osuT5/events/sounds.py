"""HITSOUND and VOLUME: additions, sample sets and volume in two numbers (spec 01 section 6.6)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

from .event import Event, EventType
from .timeline import Ints, Timeline

LOOKUP_DELAY_US = 5000
_ADDITIONS = 14  # bits of whistle, finish and clap
_FROM_LINE = -(1 << 31)  # stands for a field that is not given
_HITSOUNDS = [Event(EventType.HITSOUND, value) for value in range(72)]
_VOLUMES = [Event(EventType.VOLUME, value) for value in range(101)]


def sound_events(sounds: Sequence[tuple[int, int, str]], timeline: Timeline) -> list[Event]:
    """A HITSOUND and a VOLUME event for each (time in microseconds, sound bits, sample text), in order."""
    if not sounds:
        return []
    times: Ints = np.array([time for time, _, _ in sounds], dtype=np.int64)
    bits: Ints = np.array([bits & _ADDITIONS for _, bits, _ in sounds], dtype=np.int64)
    given: Ints = np.fromiter(chain.from_iterable(_given(text) for _, _, text in sounds), np.int64).reshape(-1, 3)
    line = timeline.at(times + LOOKUP_DELAY_US)
    normal = np.where(given[:, 0] == _FROM_LINE, timeline.sample_sets[line], given[:, 0])
    addition = np.where(given[:, 1] == _FROM_LINE, normal, given[:, 1])
    volume = np.where(given[:, 2] == _FROM_LINE, timeline.volumes[line], given[:, 2])
    packed = bits // 2 + 8 * _bank(normal) + 24 * _bank(addition)
    result: list[Event] = []
    for sound, loudness in zip(packed.tolist(), np.clip(volume, 0, 100).tolist(), strict=True):
        result += (_HITSOUNDS[sound], _VOLUMES[loudness])
    return result


def _bank(values: Ints) -> Ints:
    return np.where((values < 1) | (values > 3), 1, values) - 1


@lru_cache(maxsize=4096)
def _given(text: str) -> tuple[int, int, int]:
    """Normal set, addition set and volume that a sample text gives; a marker for those it leaves to the timing line."""
    fields = [*text.split(":"), "", "", "", ""]
    return _field(fields[0]), _field(fields[1]), _field(fields[3])


def _field(text: str) -> int:
    if text in ("", "0"):
        return _FROM_LINE
    try:
        return min(max(int(text), -1), 1000)
    except ValueError:
        return _FROM_LINE
