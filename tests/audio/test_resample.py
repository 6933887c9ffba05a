"""The block resampler against the frame-by-frame state machine of spec 03 section 4."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest

from osuT5.audio.resample import LinearResampler, mix_down


def state_machine(samples: list[int], rate_in: int, rate_out: int, bits: int) -> list[int]:
    common = gcd(rate_in, rate_out)
    i, o = rate_in // common, rate_out // common
    state, previous, current, result = -o, 0, 0, []
    for sample in samples:
        previous, current, state = current, sample << (32 - bits), state + o
        while state >= 0:
            value = int((float(previous) * float(state) + float(current) * float(o - state)) / float(o))
            result.append(value >> (32 - bits))
            state -= i
    return result


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("rate_in", [8000, 11025, 22050, 44100, 48000, 55125, 96000, 16001])
def test_equals_state_machine(rate_in: int, bits: int) -> None:
    random = np.random.RandomState(bits * rate_in % 9973)
    samples = random.randint(-(1 << (bits - 1)), 1 << (bits - 1), size=700, dtype=np.int64)
    ours = LinearResampler(rate_in, 16000, bits).push(samples[None])[0]
    assert ours.tolist() == state_machine(samples.tolist(), rate_in, 16000, bits)


@pytest.mark.parametrize("rate_in", [8000, 22050, 44100, 50001])
def test_blocks_of_any_size_give_the_same(rate_in: int) -> None:
    random = np.random.RandomState(3)
    samples = random.randint(-32768, 32768, size=(2, 5000), dtype=np.int64)
    whole = LinearResampler(rate_in, 16000, 16).push(samples)
    cuts = sorted(random.randint(0, 5000, size=40).tolist())
    parts = LinearResampler(rate_in, 16000, 16)
    joined = np.concatenate([parts.push(block) for block in np.split(samples, cuts, axis=1)], axis=1)
    np.testing.assert_array_equal(joined, whole)


def test_equal_rates_pass_through() -> None:
    samples = np.array([[1, -2, 3]], np.int64)
    assert LinearResampler(16000, 16000, 16).push(samples) is samples


def test_literal_values() -> None:
    # 2:1 takes every other frame; 1:2 interpolates, cut towards 0 at 32 bits, then floored to 16.
    samples = np.array([[10, 20, -31, 40]], np.int64)
    assert LinearResampler(32000, 16000, 16).push(samples).tolist() == [[10, -31]]
    assert LinearResampler(8000, 16000, 16).push(samples).tolist() == [[10, 15, 20, -6, -31, 4, 40]]


def test_rates_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 Hz"):
        LinearResampler(0, 16000, 16)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [([[5, -5]], [5, -5]), ([[5, -5], [2, -2]], [3, -4]), ([[5, -5], [5, -4], [9, 1]], [5, -4])],
)
def test_mix_down_floors(channels: list[list[int]], expected: list[int]) -> None:
    assert mix_down(np.array(channels, np.int64)).tolist() == expected
