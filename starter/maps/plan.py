"""From onsets to a plan of circles, sliders, holds and spinners, before they have places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .levels import Level
from .rhythm import Onset, normal_beat
from .styles import Style


@dataclass(frozen=True)
class Planned:
    """One object to be: ``edges`` has one onset for a circle, the head, repeats and end of a slider."""

    kind: str  # circle, slider, spinner
    edges: tuple[Onset, ...]
    end_ms: float  # of the whole object

    @property
    def start_ms(self) -> float:
        return self.edges[0].time_ms

    @property
    def slides(self) -> int:
        return max(1, len(self.edges) - 1)


def plan_objects(rng: np.random.RandomState, chosen: list[Onset], level: Level, style: Style) -> list[Planned]:
    """Circles and sliders over the chosen onsets; sliders where notes are held or gaps are even."""
    plan: list[Planned] = []
    share = min(1.0, level.slider_share * style.sliders)
    i = 0
    while i < len(chosen):
        taken, planned = _next_object(rng, chosen, i, level, share)
        plan.append(planned)
        i += taken
    return plan


def add_spinners(rng: np.random.RandomState, plan: list[Planned], level: Level) -> list[Planned]:
    """Spinners in some of the long holes between objects that a held note fills."""
    result: list[Planned] = []
    need = {True: 4.0, False: 1.5}[level.stars < 2.7] * 333.3
    for i, item in enumerate(plan):
        result.append(item)
        following = plan[i + 1].start_ms if i + 1 < len(plan) else None
        onset = item.edges[-1]
        beat = onset.bar.beat_ms
        if following is None or following - item.end_ms < 4 * beat + need:
            continue
        start = item.end_ms + beat
        length = min(4 * beat, following - need - start)
        beats = int(length / beat)
        if beats * beat >= 800 and rng.rand() < 0.35:
            moved = Onset(start, onset.bar, onset.tick, onset.salience, onset.layers, 0.0, onset.pitch)
            result.append(Planned("spinner", (moved,), start + beats * beat))
    return result


def _next_object(
    rng: np.random.RandomState, chosen: list[Onset], i: int, level: Level, share: float
) -> tuple[int, Planned]:
    head = chosen[i]
    circle = 1, Planned("circle", (head,), head.time_ms)
    if i + 1 >= len(chosen):
        return circle
    beat = normal_beat(head.bar.beat_ms)
    gap = chosen[i + 1].time_ms - head.time_ms
    if gap > 2.2 * beat or gap < 0.24 * beat:
        return _held_slider(rng, head, gap, beat, level, share) or circle
    wanted = share * (1.35 if head.hold_ms >= 0.6 * gap else 0.55)
    if gap < 0.4 * beat and level.stars < 4:
        wanted *= 1.6  # short pairs are easier as repeats
    if rng.rand() >= wanted:
        return circle
    edges = _slider_edges(rng, chosen, i, gap, beat, level)
    end = edges[-1].time_ms
    after = chosen[i + len(edges)].time_ms - end if i + len(edges) < len(chosen) else 1e9
    if after < 0.2 * beat or end - head.time_ms < 125 and level.stars < 2:
        return circle
    return len(edges), Planned("slider", edges, end)


def _slider_edges(
    rng: np.random.RandomState, chosen: list[Onset], i: int, gap: float, beat: float, level: Level
) -> tuple[Onset, ...]:
    """Head and end, and one or two repeats more where the next gaps are equal."""
    edges = [chosen[i], chosen[i + 1]]
    limit = 2 if level.stars < 2.7 else 3
    chance = 0.35 if gap < 0.6 * beat else 0.12
    while len(edges) <= limit and i + len(edges) < len(chosen):
        following = chosen[i + len(edges)]
        if abs(following.time_ms - edges[-1].time_ms - gap) > 2 or rng.rand() > chance:
            break
        edges.append(following)
    return tuple(edges)


def _held_slider(
    rng: np.random.RandomState, head: Onset, gap: float, beat: float, level: Level, share: float
) -> tuple[int, Planned] | None:
    """A slider through a note that is held to nearly the next object."""
    beats = int(min(head.hold_ms, gap - 0.5 * beat) / (beat / 2)) / 2
    if beats < 0.5 or beats > 6 or rng.rand() >= min(0.95, 1.5 * share):
        return None
    end = head.time_ms + beats * beat
    tail = Onset(end, head.bar, head.tick, head.salience, frozenset(), 0.0, head.pitch)
    return 1, Planned("slider", (head, tail), end)
