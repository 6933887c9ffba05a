"""Which notes of a score a map plays: by strength and metre, no denser and no faster than the level allows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from starter.songs.score import TICKS, Bar, Note, Score

from .levels import Level
from .styles import Style

_DRUMS = {"kick": 0.6, "snare": 0.75, "clap": 0.7, "hat": 0.18, "open_hat": 0.35, "crash": 1.0, "tom": 0.65}
_TONES = {"lead": 0.9, "bass": 0.35, "chord": 0.3, "arp": 0.3}


@dataclass(frozen=True)
class Onset:
    """A tick of the song at which something sounds."""

    time_ms: float
    bar: Bar
    tick: int
    salience: float
    layers: frozenset[str]
    hold_ms: float  # the longest lead or chord note that starts here
    pitch: float  # of the lead, else of the highest tone, else 0

    @property
    def on_beat(self) -> bool:
        return self.tick % TICKS == 0


def normal_beat(beat_ms: float) -> float:
    """The beat doubled or halved until the tempo lies in (120, 240] BPM (spec 08 section 1)."""
    while 60000 / beat_ms <= 120:
        beat_ms /= 2
    while 60000 / beat_ms > 240:
        beat_ms *= 2
    return beat_ms


def onsets(score: Score, style: Style) -> list[Onset]:
    """All ticks of a score at which notes sound, in time order."""
    by_place: dict[tuple[int, int], list[Note]] = defaultdict(list)
    for note in score.notes:
        by_place[note.bar, note.tick].append(note)
    found = [_onset(score.bars[bar], tick, notes, style) for (bar, tick), notes in by_place.items()]
    return sorted(found, key=lambda onset: onset.time_ms)


def choose(
    rng: np.random.RandomState, found: list[Onset], level: Level, style: Style, factor: float = 1.0
) -> list[Onset]:
    """The onsets that become object times: bar by bar the most salient ones, at the level's gaps and density.

    ``factor`` scales the density, for star calibration; above 1 it lets softer notes in as well.
    """
    by_bar: dict[int, list[Onset]] = defaultdict(list)
    for onset in found:
        by_bar[onset.bar.index].append(onset)
    taken: list[Onset] = []
    for index in sorted(by_bar):
        taken += _choose_bar(rng, by_bar[index], taken[-1:], level, style, factor)
    return taken if level.longest_run is None else _short_runs(taken, level)


def _short_runs(taken: list[Onset], level: Level) -> list[Onset]:
    """Without the notes that make a run at gaps below the common one longer than the level allows."""
    assert level.longest_run is not None
    kept: list[Onset] = []
    run = 1
    for onset in taken:
        quick = bool(kept) and onset.time_ms - kept[-1].time_ms < 0.9 * level.min_gap * normal_beat(onset.bar.beat_ms)
        run = run + 1 if quick else 1
        if run <= level.longest_run:
            kept.append(onset)
    return kept


def _onset(bar: Bar, tick: int, notes: list[Note], style: Style) -> Onset:
    weights = [
        note.strength
        * (
            _DRUMS[note.layer] * (0.5 + style.drums)
            if note.layer in _DRUMS
            else _TONES[note.layer] * (1.5 - style.drums)
        )
        for note in notes
    ]
    held = [note.duration_ms for note in notes if note.layer in ("lead", "chord", "bass")]
    leads = [note.pitch for note in notes if note.layer == "lead"]
    tones = leads or [note.pitch for note in notes if note.pitch]
    strongest = max(weights)
    return Onset(
        time_ms=bar.time_at(tick),
        bar=bar,
        tick=tick,
        salience=strongest + 0.25 * (sum(weights) - strongest) + _metre(tick),
        layers=frozenset(note.layer for note in notes),
        hold_ms=max(held, default=0.0),
        pitch=max(tones, default=0.0),
    )


def _metre(tick: int) -> float:
    if tick == 0:
        return 0.45
    if tick % TICKS == 0:
        return 0.3
    return 0.12 if tick % (TICKS // 2) == 0 else 0.0


def _choose_bar(
    rng: np.random.RandomState, found: list[Onset], before: list[Onset], level: Level, style: Style, factor: float
) -> list[Onset]:
    bar = found[0].bar
    if bar.energy < 0.12:
        return []
    seconds = bar.meter * bar.beat_ms / 1000
    quota = max(1, round(level.per_second * style.density * factor * seconds * (0.35 + 0.7 * bar.energy)))
    beat = normal_beat(bar.beat_ms)
    floor = (0.2 + 0.25 * (level.stars < 2.7)) / max(1.0, factor) ** 2
    chosen = list(before)
    ranked = sorted(found, key=lambda onset: -(onset.salience + rng.uniform(0, 0.04)))
    bursts = int(quota * 0.3 * max(1.0, factor))
    for onset in ranked:
        if len(chosen) - len(before) >= quota:
            break
        gap = min((abs(onset.time_ms - other.time_ms) for other in chosen), default=1e9)
        if onset.salience < floor or gap < level.burst_gap * beat * 0.97:
            continue
        if gap < level.min_gap * beat * 0.97:
            if not bursts:
                continue
            bursts -= 1
        chosen.append(onset)
    return sorted(chosen[len(before) :], key=lambda onset: onset.time_ms)
