"""Fit the weights with which timing by analysis picks beat and bars: ``python -m starter.timing_weights --songs 1000``.

Composes songs (seeds from 40,000,000) and plain loops, reads each as every row of beats and bars that it might be, and
fits a linear score by logistic regression over the candidates of a song. Writes ``osuT5/timing/analysis/weights.py``;
with 1000 songs in about 40 minutes on two cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np

from osuT5.files import write_bytes
from osuT5.timing.analysis.bars import METERS, bar_candidates, bar_features
from osuT5.timing.analysis.evidence import Beats, Evidence, beats_of, gather
from osuT5.timing.analysis.fit import fit_grid, strongest_phase
from osuT5.timing.analysis.level import beat_options, level_features, plausible
from osuT5.timing.analysis.segments import find_stretches

from .songs.compose import compose
from .songs.plain import plain_song
from .songs.render import render

TARGET = Path(__file__).resolve().parents[1] / "osuT5/timing/analysis/weights.py"
FIRST_SEED, RENDER_SEEDS = 40_000_000, 5_000_011
SONG_MS = 50_000.0
PLAIN_SHARE = 0.2  # plain loops beside the composed songs
_KEPT = 12  # rows of beats of a song that bars are looked at in
_BEAT_MS, _LINE_MS = 24.0, 30.0  # how far off a right candidate may be
_PENALTY = 1.5  # on the squares of the standardised weights


@dataclass(frozen=True)
class Truth:
    """``meter`` 0: no bars can be told."""

    beat: float  # ms
    start: float  # ms, a bar line
    meter: int

    def is_beat(self, beats: Beats) -> bool:
        return abs(beats.beat / self.beat - 1) < 1e-3 and _off(beats.times[0], self.start, self.beat) < _BEAT_MS

    def is_line(self, time: float, meter: int) -> bool:
        bar = self.meter * self.beat
        return not self.meter or (meter == self.meter and _off(time, self.start, bar) < _LINE_MS)


@dataclass(frozen=True)
class Sample:
    """Candidates of one song: rows of beats with their features, and which are right."""

    level: np.ndarray  # (rows, features)
    bars: np.ndarray  # (rows, candidates, features)
    right_level: np.ndarray  # (rows,)
    right_bars: np.ndarray  # (rows, candidates)


def _off(time: float, reference: float, period: float) -> float:
    return abs((time - reference + period / 2) % period - period / 2)


def song_of(seed: int) -> tuple[Evidence, Truth]:
    """A composed song of constant tempo, or a plain loop where ``seed`` is negative."""
    if seed < 0:
        samples, beat, start, meter = plain_song(-seed)
        return gather(samples), Truth(beat, start, meter)
    score = compose(seed, SONG_MS)
    bar = score.bars[0]
    return gather(render(score, seed + RENDER_SEEDS)), Truth(bar.beat_ms, bar.start_ms, bar.meter)


def sample_of(seed: int) -> Sample | None:
    """All candidates of a song; None where the right one is not among them."""
    evidence, truth = song_of(seed)
    stretch = max(find_stretches(evidence.strength), key=lambda each: each.end - each.start)
    span, beat = (stretch.start * 1000, stretch.end * 1000), 60000 / stretch.bpm
    grid = fit_grid(evidence.attacks, beat, strongest_phase(evidence.strength, beat, *span), *span)
    end = evidence.length_ms
    options = beat_options(evidence.strength, grid.beat, 0.0, end)
    heard = [beats_of(evidence, option.beat, option.phase, 0.0, end) for option in options]
    rows = [beats for beats in heard if beats is not None and len(beats.times) >= 2 * max(METERS) and plausible(beats)]
    right = np.array([truth.is_beat(beats) for beats in rows], bool)
    if not right.any():
        return None
    lines = [[truth.is_line(beats.times[first], meter) for meter, first in bar_candidates()] for beats in rows]
    return Sample(
        np.stack([level_features(beats) for beats in rows]),
        np.stack([bar_features(beats) for beats in rows]).astype(np.float32),
        right,
        right[:, None] & np.array(lines),
    )


def fitted(songs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Weights under which the right candidates of (features, right) songs stand out."""
    from scipy.optimize import minimize

    spread = np.concatenate([features for features, _ in songs]).std(axis=0, dtype=np.float64) + 1e-6
    scaled = [((features / spread).astype(np.float64), right) for features, right in songs]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = _PENALTY * float(weights @ weights), 2 * _PENALTY * weights
        for features, right in scaled:
            scores = features @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            chosen = chances * right
            sum_right = float(chosen.sum()) + 1e-12
            total -= np.log(sum_right)
            slope = slope - features.T @ (chosen / sum_right - chances)
        return total, slope

    found = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x / spread)


def joint_weights(samples: list[Sample]) -> tuple[np.ndarray, np.ndarray]:
    """Weights of beats and of bars: beats alone first, to leave out the unlikely rows, then both together."""
    first = fitted([(sample.level, sample.right_level) for sample in samples])
    songs = []
    for sample in samples:
        kept = np.argsort(-(sample.level @ first), kind="stable")[:_KEPT]
        bars = sample.bars[kept]
        level = np.repeat(sample.level[kept, None].astype(np.float32), bars.shape[1], axis=1)
        features = np.concatenate([level, bars], axis=2).reshape(-1, level.shape[2] + bars.shape[2])
        right = sample.right_bars[kept].ravel()
        if right.any():
            songs.append((features, right))
    both = fitted(songs)
    return both[: len(first)], both[len(first) :]


def text_of(level: np.ndarray, bars: np.ndarray) -> str:
    """The module that holds the weights."""
    arrays = [(name, [f"{value:.4g}" for value in weights]) for name, weights in (("LEVEL", level), ("BAR", bars))]
    lines = [
        '"""Weights of the linear scores of beats and bars, in the order of the features; made by ``starter.timing_weights``."""',
        "",
        "from __future__ import annotations",
        "",
        "import numpy as np",
        "",
    ]
    for name, numbers in arrays:
        rows = [f"        {', '.join(numbers[place : place + 10])}," for place in range(0, len(numbers), 10)]
        lines += [f"# fmt: off\n{name}_WEIGHTS = np.array(", "    [", *rows, "    ]", ")\n# fmt: on"]
    return "\n".join(lines) + "\n"


def seeds(songs: int) -> Iterator[int]:
    """Seeds of ``songs`` songs of constant tempo, and those of the plain ones."""
    constant = (seed for seed in count(FIRST_SEED) if len(compose(seed, SONG_MS).tempo_changes) == 1)
    yield from islice(constant, songs)
    yield from range(-round(songs * PLAIN_SHARE), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the weights of timing by analysis.")
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        samples = [sample for sample in pool.map(sample_of, seeds(options.songs)) if sample is not None]
    write_bytes(options.out, text_of(*joint_weights(samples)).encode())
    print(f"{len(samples)} songs; {options.out}")


if __name__ == "__main__":
    main()
