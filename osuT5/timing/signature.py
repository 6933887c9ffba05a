"""Which beats of a row start a measure (spec 03 section 11, step 9)."""

from __future__ import annotations

from collections.abc import Sequence

from osuT5.events.event import EventType

_REACH = 3  # measures looked at in either direction


def set_measures(types: list[EventType], weights: Sequence[float], signature: int) -> None:
    """Turn beats into measures, ``signature`` beats apart, where ``weights`` speak for it. Changes ``types``.

    Timing points stay as they are.
    """
    count = 0  # above 0: beats left in the measure; below 0: beats until the next measure
    for index, kind in enumerate(types):
        if count > 0:
            count -= 1
        elif count < 0:
            count += 1
            if count == 0 and kind is not EventType.TIMING_POINT:
                types[index] = EventType.MEASURE
                count = signature - 1
        elif kind is not EventType.TIMING_POINT:
            shift = _best_shift(types, weights, index, signature)
            types[index] = EventType.BEAT if shift else EventType.MEASURE
            count = -shift if shift else signature - 1


def _best_shift(types: Sequence[EventType], weights: Sequence[float], index: int, signature: int) -> int:
    """How many beats after ``index`` the grid of measures with the greatest mean weight lies, first on ties."""
    steps = [step for step in range(-_REACH, _REACH + 1) if not _blocked(types, step)]

    def mean(shift: int) -> float:
        places = [index + step * signature + shift for step in steps]
        values = [weights[place] for place in places if 0 <= place < len(weights)]
        return sum(values) / len(values) if values else 0.0

    return max(range(signature), key=mean)


def _blocked(types: Sequence[EventType], step: int) -> bool:
    """Published quirk: timing points are looked for at the start or end of the song, not around the beat."""
    ends = range(1, abs(step)) if step > 0 else range(-1, -abs(step), -1)
    return any(types[end] is EventType.TIMING_POINT for end in ends if -len(types) <= end < len(types))
