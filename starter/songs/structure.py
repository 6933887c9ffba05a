"""The form of a song: tempo, meter, sections and their energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .score import Bar

_FORMS = (
    (("intro", 4), ("verse", 8), ("chorus", 8), ("break", 2), ("verse", 8), ("chorus", 8), ("outro", 4)),
    (("intro", 2), ("verse", 8), ("build", 4), ("chorus", 8), ("break", 4), ("build", 4), ("chorus", 8), ("outro", 2)),
    (("verse", 4), ("chorus", 8), ("verse", 8), ("chorus", 8), ("outro", 4)),
    (("intro", 8), ("build", 4), ("chorus", 16), ("break", 4), ("chorus", 8), ("outro", 4)),
)
_ENERGY = {"intro": 0.35, "verse": 0.55, "build": 0.7, "chorus": 0.95, "break": 0.15, "outro": 0.4}
_GENRES = ("rock", "four", "dnb", "halftime", "trance", "funk", "punk", "breakbeat", "ballad", "shuffle")
_GENRE_TEMPO = {  # BPM range in which a genre lives
    "rock": (90, 180),
    "four": (115, 140),
    "dnb": (160, 185),
    "halftime": (130, 175),
    "trance": (125, 160),
    "funk": (90, 125),
    "punk": (165, 260),
    "breakbeat": (120, 200),
    "ballad": (60, 100),
    "shuffle": (100, 190),
}


@dataclass(frozen=True)
class Form:
    """What the composer starts from."""

    genre: str
    bars: list[Bar]
    lead_in_ms: float


def build_form(rng: np.random.RandomState, target_ms: float) -> Form:
    """A form of about ``target_ms``; tempo changes in a tenth of the songs, other meters than 4 in a sixth."""
    genre = str(rng.choice(_GENRES))
    bpm = _draw_bpm(rng, genre)
    meter = int(rng.choice((4, 3, 5, 6, 7), p=(0.84, 0.09, 0.02, 0.03, 0.02)))
    swing = float(rng.choice((1 / 6, 1 / 8))) if genre == "shuffle" and rng.rand() < 0.8 else 0.0
    lead_in = float(rng.choice((rng.uniform(0, 400), rng.uniform(400, 3000)), p=(0.4, 0.6)))
    plan = _fit_plan(rng, 60000 / bpm * meter, target_ms)
    return Form(genre, _lay_bars(rng, plan, bpm, meter, swing, lead_in), lead_in)


def _draw_bpm(rng: np.random.RandomState, genre: str) -> float:
    low, high = _GENRE_TEMPO[genre]
    bpm = rng.uniform(low, high)
    kind = rng.rand()
    if kind < 0.75:
        return float(round(bpm))
    return round(bpm * 2) / 2 if kind < 0.85 else round(bpm, 2)


def _fit_plan(rng: np.random.RandomState, bar_ms: float, target_ms: float) -> list[tuple[str, int]]:
    form = list(_FORMS[rng.randint(len(_FORMS))])
    scale = target_ms / bar_ms / sum(bars for _, bars in form)
    if scale < 1:
        start = rng.randint(2) if scale > 0.5 else rng.randint(max(1, len(form) - 2))
        form = form[start:]
    plan, total = [], 0
    while total * bar_ms < target_ms:
        for name, bars in form:
            plan.append((name, bars))
            total += bars
            if total * bar_ms >= target_ms:
                break
    return plan


def _lay_bars(
    rng: np.random.RandomState, plan: list[tuple[str, int]], bpm: float, meter: int, swing: float, start_ms: float
) -> list[Bar]:
    changes = rng.rand() < 0.1
    bars: list[Bar] = []
    time = start_ms
    for number, (section, count) in enumerate(plan):
        if changes and number and rng.rand() < 0.4:
            bpm = float(np.clip(round(bpm * rng.choice((0.75, 0.9, 1.1, 4 / 3, 1.5))), 60, 260))
        energy = float(np.clip(_ENERGY[section] + rng.uniform(-0.1, 0.1), 0.05, 1))
        for i in range(count):
            rise = 0.25 * i / count if section == "build" else 0.0
            bars.append(Bar(len(bars), time, 60000 / bpm, meter, section, min(1.0, energy + rise), swing))
            time = bars[-1].end_ms
    return bars
