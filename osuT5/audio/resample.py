"""The published integer resampler and down-mix (spec 03 section 4), over blocks.

Linear interpolation without a low-pass filter: it aliases, but the published weights were trained on its output.
"""

from __future__ import annotations

from math import gcd

import numpy as np


class LinearResampler:
    """Resamples (channels, frames) integers block by block; any split into blocks gives the same output.

    Output m lies between input frames c - 1 and c with c = ceil(m * step), step = rate_in / rate_out, so that the
    published frame-by-frame state machine becomes one indexed expression a block.
    """

    def __init__(self, rate_in: int, rate_out: int, bits: int) -> None:
        """Rates in Hz; ``bits`` is the sample width, 8, 16, 24 or 32. Raises ``ValueError`` for rates below 1."""
        if rate_in < 1 or rate_out < 1:
            raise ValueError(f"resampling from {rate_in} Hz to {rate_out} Hz: rates must be at least 1 Hz")
        common = gcd(rate_in, rate_out)
        self._step_in, self._step_out = rate_in // common, rate_out // common
        self._shift = 32 - bits
        self._taken = 0  # input frames seen in earlier blocks
        self._made = 0  # output frames returned so far
        self._last: np.ndarray | None = None  # (channels, 1), the frame before this block

    def push(self, block: np.ndarray) -> np.ndarray:
        """``block`` (channels, frames) int64 to (channels, frames out) int64, as far as the input allows."""
        if self._step_in == self._step_out or not block.shape[1]:
            return block
        last = np.zeros_like(block[:, :1]) if self._last is None else self._last
        self._last = block[:, -1:].copy()
        source = np.concatenate([last, block], axis=1)
        current, weight = self._positions(block.shape[1])
        previous_part = (source[:, current - 1] << self._shift) * weight
        current_part = (source[:, current] << self._shift) * (self._step_out - weight)
        exact = (previous_part + current_part).astype(np.float64)  # below 2**53
        result: np.ndarray = np.trunc(exact / self._step_out).astype(np.int64) >> self._shift
        return result

    def _positions(self, frames: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices into [last frame, block] and the weight of the earlier neighbour, for the outputs of this block."""
        taken, start = self._taken, self._made
        self._taken = taken + frames
        self._made = (self._taken - 1) * self._step_out // self._step_in + 1
        distance = np.arange(start, self._made, dtype=np.int64) * self._step_in
        current = -(-distance // self._step_out)
        return current - taken + 1, current * self._step_out - distance


def mix_down(samples: np.ndarray) -> np.ndarray:
    """(channels, frames) integers to (frames,): floor of the mean of two, sum of the floored shares of more."""
    channels = samples.shape[0]
    if channels == 1:
        return samples.reshape(-1)
    if channels == 2:
        mean: np.ndarray = (samples[0] + samples[1]) >> 1
        return mean
    return np.asarray(np.sum(samples // channels, axis=0))
