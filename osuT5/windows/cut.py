"""Where the windows of a song start, and which of them a part of the song needs (spec 03 section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .geometry import WindowGeometry


@dataclass(frozen=True)
class Windows:
    """Start of each window in audio samples and, for prompts and events, in whole ms."""

    starts: tuple[int, ...]
    times: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.starts)


def padded_length(samples: int, window: int, stride: int) -> int:
    """Length of the song once zeros make the last window whole."""
    if samples < window:
        return window
    rest = (samples - window) % stride
    return samples + (stride - rest if rest else 0)


def cut_song(samples: int, geometry: WindowGeometry, *, parallel: bool = False, exact_times: bool = False) -> Windows:
    """All windows of a song of ``samples`` audio samples.

    ``parallel`` lays them side by side. ``exact_times`` computes start times in integers; otherwise they pass through
    binary32 as in the published system, which moves some by 1 ms on songs longer than about 17 minutes.
    """
    stride = geometry.samples if parallel else geometry.stride
    count = (padded_length(samples, geometry.samples, stride) - geometry.samples) // stride + 1
    starts = tuple(k * stride for k in range(count))
    if exact_times:
        return Windows(starts, tuple(start * 1000 // geometry.sample_rate for start in starts))
    step = stride / (geometry.sample_rate / 1000)
    return Windows(starts, tuple(int(np.float32(k * step)) for k in range(count)))


def part_of(
    windows: Windows, geometry: WindowGeometry, start_time: float | None, end_time: float | None, *, exact: bool = False
) -> Windows:
    """The windows needed for the part from ``start_time`` to ``end_time`` (ms); at least one.

    ``exact`` compares in binary64 instead of the published binary32.
    """
    number = np.float64 if exact else np.float32
    times = np.asarray(windows.times, dtype=number)
    first, stop = 0, len(windows)
    if start_time is not None:
        after = np.flatnonzero(times > number(start_time - geometry.keep_limit))
        first = int(after[0]) if len(after) else len(windows) - 1
    if end_time is not None:
        before = np.flatnonzero(times[first:] < number(end_time - geometry.lookback_ms))
        stop = first + max(len(before), 1)
    return Windows(windows.starts[first:stop], windows.times[first:stop])


def padded_song(
    samples: NDArray[np.float32], starts: Sequence[int], size: int
) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    """The song with silence around it so that a window of ``size`` samples at each of ``starts`` lies inside, and the
    starts in it. Starts may lie before the song. ``samples`` itself where nothing is missing."""
    before = max(0, -min(starts, default=0))
    after = max(0, max(starts, default=0) + size - len(samples))
    if before or after:
        samples = np.pad(samples, (before, after))
    return samples, tuple(start + before for start in starts)
