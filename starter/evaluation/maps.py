"""Maps of held-out songs beside the rule mapper's: rhythm, notes, stars, rules and distributions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from osuT5.beatmap import Beatmap
from osuT5.beatmap.timing_lines import TimingLine, line_at
from osuT5.evaluation.numbers import distribution_distance, mean_absolute_error, spearman
from osuT5.evaluation.rhythm import (
    RhythmScore,
    distinct,
    object_times,
    random_times,
    rhythm_score,
    rhythm_times,
    share_near,
)
from osuT5.timing.grid import grid_points

from .making import Made
from .table import MODES, Row

RHYTHM_MS = NOTE_MS = 25.0
_NONE = RhythmScore(0, 0, 0)


@dataclass(frozen=True)
class MapCase:
    """A map made, two of the rule mapper for the same wish, and the song's truth."""

    mode: int
    asked: float  # stars
    made: Made
    rule: Beatmap
    again: Beatmap  # another run of the rule mapper
    rule_stars: float
    note_times: Sequence[float]
    true_lines: Sequence[TimingLine]


def map_rows(cases: Sequence[MapCase]) -> list[Row]:
    """All figures, mode by mode."""
    rows = []
    for mode, name in enumerate(MODES):
        mine = [case for case in cases if case.mode == mode]
        if mine:
            rows += [rhythm_row(mine, name), notes_row(mine, name), *stars_rows(mine, name), rules_row(mine, name)]
            rows.append(gaps_row(mine, name))
    return rows


def rhythm_row(cases: Sequence[MapCase], mode: str) -> Row:
    """F1 of rhythm over all maps together."""
    found = _total(rhythm_score(rhythm_times(case.made.beatmap), rhythm_times(case.rule), RHYTHM_MS) for case in cases)
    ceiling = _total(rhythm_score(rhythm_times(case.again), rhythm_times(case.rule), RHYTHM_MS) for case in cases).f1
    floor = _total(rhythm_score(_floor(case), rhythm_times(case.rule), RHYTHM_MS) for case in cases).f1
    beside = {"ceiling": ceiling, "floor": floor, "precision": found.precision, "recall": found.recall}
    return Row(
        "rhythm F1 at 25 ms", found.f1, "number", mode, min(0.85, 0.9 * ceiling), beside=beside, count=len(cases)
    )


def notes_row(cases: Sequence[MapCase], mode: str) -> Row:
    """Share of objects on a sounding note, over all maps together."""
    shares = [(share_near(times, case.note_times, NOTE_MS), len(times)) for case, times in _with_times(cases)]
    counts = [count for _, count in shares]
    value = float(np.average([share for share, _ in shares], weights=counts)) if sum(counts) else float("nan")
    return Row("objects within 25 ms of a sounding note", value, mode=mode, target=0.97, count=sum(counts))


def stars_rows(cases: Sequence[MapCase], mode: str) -> list[Row]:
    """Rank correlation and mean absolute error of asked and measured stars; maps without a rating count 0 stars."""
    asked = [case.asked for case in cases]
    got = [case.made.stars or 0.0 for case in cases]
    rule = [case.rule_stars for case in cases]
    count = len(cases)
    return [
        Row(
            "stars, rank correlation of asked and measured",
            spearman(asked, got),
            "number",
            mode,
            0.95,
            beside={"rule mapper": spearman(asked, rule)},
            count=count,
        ),
        Row(
            "stars, mean absolute error",
            mean_absolute_error(asked, got),
            "number",
            mode,
            0.5,
            True,
            {"rule mapper": mean_absolute_error(asked, rule)},
            count,
        ),
    ]


def rules_row(cases: Sequence[MapCase], mode: str) -> Row:
    """Share of maps without a problem."""
    clean = [not case.made.problems for case in cases]
    return Row("maps without a problem of the rules", float(np.mean(clean)), mode=mode, target=0.95, count=len(clean))


def broken_rules(cases: Iterable[MapCase]) -> list[tuple[str, str, int]]:
    """Mode, rule and number of maps that break it, the commonest first."""
    found = Counter((MODES[case.mode], rule) for case in cases for rule in set(case.made.problems))
    return [(mode, rule, count) for (mode, rule), count in found.most_common()]


def gaps_row(cases: Sequence[MapCase], mode: str) -> Row:
    """How far the gaps between objects, in beats, are from those of the rule mapper's maps."""
    wanted = _pooled(cases, lambda case: case.rule)
    return Row(
        "gaps between objects, distance to the rule mapper's (beats)",
        distribution_distance(_pooled(cases, lambda case: case.made.beatmap), wanted),
        "number",
        mode,
        beside={"two rule maps": distribution_distance(_pooled(cases, lambda case: case.again), wanted)},
        count=len(cases),
    )


def gaps_in_beats(beatmap: Beatmap, lines: Sequence[TimingLine], longest: float = 8.0) -> list[float]:
    """Time from each moment with objects to the next in true beats, at most ``longest``."""
    times = distinct(object_times(beatmap))
    beats = np.array([line_at(lines, round(time * 1000)).beat_length for time in times[:-1]])
    return np.minimum(np.diff(times) / beats, longest).tolist() if len(times) > 1 else []


def _pooled(cases: Sequence[MapCase], chosen: Callable[[MapCase], Beatmap]) -> list[float]:
    return [gap for case in cases for gap in gaps_in_beats(chosen(case), case.true_lines)]


def _floor(case: MapCase) -> np.ndarray:
    """Random points of the true 1/4 grid, as many as the rule map has moments."""
    times = rhythm_times(case.rule)
    grid = grid_points(case.true_lines, times[0], times[-1]) if len(times) else times
    return random_times(np.random.RandomState(0), grid, len(times))


def _with_times(cases: Sequence[MapCase]) -> Iterator[tuple[MapCase, list[float]]]:
    return ((case, object_times(case.made.beatmap)) for case in cases)


def _total(scores: Iterable[RhythmScore]) -> RhythmScore:
    return reduce(add, scores, _NONE)
