"""Timing errors on literal red lines."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.evaluation.timing_error import (
    downbeat_error,
    phase_error,
    red_lines,
    relative_error,
    tempo_share,
)


def line(ms: float, beat_length: float, meter: int = 4) -> TimingLine:
    return TimingLine(round(ms * 1000), beat_length, meter)


def test_only_usable_red_lines_count() -> None:
    red = line(1000, 500)
    green = TimingLine(0, -100.0, parent=red)
    assert [item.offset_ms for item in red_lines([line(2000, 400), green, line(3000, 0.0), red])] == [1000, 2000]


@pytest.mark.parametrize(("found", "error"), [(120, 0.0), (240, 1.0), (60, 0.5), (120.6, 0.005)])
def test_relative_error(found: float, error: float) -> None:
    assert relative_error(found, 120) == pytest.approx(error)


@pytest.mark.parametrize(
    ("found", "error"), [(1000, 0), (1510, 10), (990, -10), (1250, 250), (1251, -249), (-1010, -10)]
)
def test_phase_error(found: float, error: float) -> None:
    assert phase_error(found, 1000, 500) == pytest.approx(error)


def test_tempo_share_compares_what_is_in_force() -> None:
    true = [line(0, 500), line(10_000, 400)]
    assert tempo_share(true, true, 0, 20_000, 0.005) == 1.0
    assert tempo_share([line(0, 500)], true, 0, 20_000, 0.005) == pytest.approx(0.5)
    assert tempo_share([line(0, 250)], true, 0, 20_000, 0.005) == 0.0
    assert tempo_share([line(0, 501), line(10_000, 403)], true, 0, 20_000, 0.005) == pytest.approx(0.5)
    assert tempo_share([], true, 0, 20_000, 0.005) == 0.0
    with pytest.raises(ValueError, match="no red lines"):
        tempo_share(true, [], 0, 1000, 0.005)


@pytest.mark.parametrize(("found", "error"), [(1000, 0), (3012, 12), (988, 12), (1500, 500), (2000, 1000), (-1000, 0)])
def test_downbeat_error_is_modulo_the_bar(found: float, error: float) -> None:
    assert downbeat_error([line(found, 500)], [line(1000, 500)]) == pytest.approx(error)


def test_downbeat_error_of_a_waltz_and_without_lines() -> None:
    assert downbeat_error([line(2500, 500)], [line(1000, 500, 3)]) == 0.0
    assert downbeat_error([], [line(1000, 500)]) == np.inf
