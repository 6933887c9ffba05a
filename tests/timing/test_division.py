"""Binary and ternary beats of clicks and of composed songs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.timing.division import beat_division

RATE = 16000


def clicks(places: tuple[float, ...], beat_ms: float = 480.0, offset_ms: float = 310.0) -> NDArray[np.float32]:
    """Noise bursts at fractions of every beat."""
    rng = np.random.RandomState(2)
    samples = 0.002 * rng.standard_normal(RATE * 20)
    burst = rng.standard_normal(480) * np.exp(-np.arange(480) / 120)
    for beat in range(38):
        for place in places:
            start = int((offset_ms + (beat + place) * beat_ms) * RATE / 1000)
            samples[start : start + 480] += burst
    return samples.astype(np.float32)


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        ((0, 1 / 2), 4),
        ((0, 1 / 4, 1 / 2, 3 / 4), 4),
        ((0, 1 / 3, 2 / 3), 3),
        ((0, 2 / 3), 3),  # swing
        ((0,), 4),
        ((), 4),
    ],
)
def test_clicks(places: tuple[float, ...], wanted: int) -> None:
    lines = [TimingLine(310_000, 480.0)]
    assert beat_division(clicks(places), RATE, lines) == wanted


def test_two_tempi_are_heard_each_by_its_own_beats() -> None:
    first, second = clicks((0, 1 / 3, 2 / 3)), clicks((0, 1 / 3, 2 / 3), 400.0)
    lines = [TimingLine(310_000, 480.0), TimingLine(20_310_000, 400.0)]
    assert beat_division(np.concatenate([first, second]), RATE, lines) == 3


def test_silence_is_binary() -> None:
    assert beat_division(np.zeros(RATE, np.float32), RATE, [TimingLine(0, 500.0)]) == 4
