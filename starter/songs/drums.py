"""Drum parts: patterns a genre on a grid of quarter beats, varied a song, with fills at the ends of sections."""

from __future__ import annotations

import numpy as np

from .score import TICKS, Bar

STEP = TICKS // 4

Hit = tuple[int, str, float]  # tick, layer, strength

_PATTERNS: dict[str, dict[str, str]] = {
    "rock": {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."},
    "four": {
        "kick": "x...x...x...x...",
        "clap": "....x.......x...",
        "open_hat": "..x...x...x...x.",
        "hat": "xxxxxxxxxxxxxxxx",
    },
    "dnb": {"kick": "x.........x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."},
    "halftime": {"kick": "x.....x...x.....", "snare": "........x.......", "hat": "x.x.x.x.x.x.x.xx"},
    "trance": {"kick": "x...x...x...x...", "clap": "....x.......x...", "open_hat": "..x...x...x...x."},
    "funk": {"kick": "x..x..x...x..x..", "snare": "....x..o.o..x..o", "hat": "xxxxxxxxxxxxxxxx"},
    "punk": {"kick": "x.x...x.x.x...x.", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."},
    "breakbeat": {"kick": "x.x.......xx....", "snare": "....x..o.o..x..o", "hat": "x.x.x.x.x.x.x.x."},
    "ballad": {"kick": "x.......x.......", "snare": "....x.......x...", "hat": "x...x...x...x..."},
    "shuffle": {"kick": "x.......x.......", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."},
}
_LEVEL = {"x": 1.0, "o": 0.45}
_SLOW = ("ballad", "shuffle")
_BUSY = 0.8  # energy from which hats play every quarter beat
_BASE = {"kick": 0.95, "snare": 0.9, "clap": 0.85, "hat": 0.4, "open_hat": 0.5}


def drum_pattern(rng: np.random.RandomState, genre: str, busy: bool) -> dict[str, str]:
    """The genre's pattern with a few steps of kick and hat changed; ``busy``: with hats for the loudest sections."""
    pattern = dict(_PATTERNS[genre])
    kick = list(pattern["kick"])
    for _ in range(rng.randint(3)):
        step = int(rng.choice((2, 3, 6, 7, 10, 11, 14, 15)))
        kick[step] = "x" if kick[step] == "." else "."
    pattern["kick"] = "".join(kick)
    if rng.rand() < 0.25 and "hat" in pattern:
        pattern["hat"] = str(
            rng.choice(("x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx", "..x...x...x...x.", "x..xx..xx..xx..x"))
        )
    if busy and genre not in _SLOW:
        pattern["busy_hat"] = "xxxxxxxxxxxxxxxx"
    return pattern


def drum_bar(rng: np.random.RandomState, bar: Bar, pattern: dict[str, str], first: bool, last: bool) -> list[Hit]:
    """Hits of one bar; ``first`` and ``last`` of its section bring a crash and a fill."""
    if bar.energy < 0.2:
        return [(0, "crash", 0.6)] if first else []
    steps = bar.meter * 4
    fill = last and bar.energy > 0.4 and rng.rand() < 0.75
    fill_from = steps - (8 if rng.rand() < 0.4 else 4) if fill else steps
    played = {layer: text for layer, text in pattern.items() if layer != "busy_hat"}
    if bar.energy > _BUSY and "busy_hat" in pattern:
        played["hat"] = pattern["busy_hat"]
    hits = [hit for layer, text in played.items() for hit in _layer_hits(bar, layer, text, min(fill_from, steps))]
    if fill:
        hits += _fill(rng, max(fill_from, 0), steps)
    if first and bar.energy > 0.45:
        hits.append((0, "crash", 0.9))
    return hits


def _layer_hits(bar: Bar, layer: str, text: str, end: int) -> list[Hit]:
    if bar.section == "intro" and layer in ("snare", "clap") and bar.energy < 0.38:
        return []
    hits = []
    for step in range(end):
        mark = text[_wrapped(step, bar.meter * 4)]
        if mark != ".":
            accent = 1.0 if step % 4 == 0 else 0.88
            hits.append((step * STEP, layer, _BASE[layer] * _LEVEL[mark] * accent))
    return hits


def _wrapped(step: int, steps: int) -> int:
    """A step of a bar of any meter in the 16 steps of a pattern: short bars use its start, long ones repeat its second half."""
    return step if step < 16 else 8 + (step - 16) % 8


def _fill(rng: np.random.RandomState, start: int, steps: int) -> list[Hit]:
    layer = str(rng.choice(("snare", "tom")))
    rate = int(rng.choice((1, 2), p=(0.7, 0.3)))
    return [
        (
            step * STEP,
            layer if step < steps - 2 or layer == "snare" else "tom",
            0.6 + 0.35 * (step - start) / (steps - start),
        )
        for step in range(start, steps, rate)
        if step == start or rng.rand() < 0.9
    ]
