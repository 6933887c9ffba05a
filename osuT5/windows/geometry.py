"""The lengths and limits of one window (spec 03 section 5). Pure numbers in binary64, evaluated as the spec writes them."""

from __future__ import annotations

from dataclasses import dataclass

MS_PER_STEP = 10  # one TIME_SHIFT step


class WindowError(ValueError):
    """Window options that leave nothing to generate."""


@dataclass(frozen=True)
class WindowGeometry:
    """How windows of one model lie on a song.

    ``samples`` is the window's length S in audio samples, ``lookback`` and ``lookahead`` are fractions of it. Raises
    :class:`WindowError` for fractions outside 0..1 or a sum that leaves no stride.
    """

    samples: int
    sample_rate: int
    lookback: float
    lookahead: float
    max_time_shift: int  # largest TIME_SHIFT value, in 10 ms steps

    def __post_init__(self) -> None:
        for name, value in (("lookback", self.lookback), ("lookahead", self.lookahead)):
            if not 0 <= value < 1:
                raise WindowError(f"{name}: {value} is not a fraction from 0 up to 1")
        if self.stride < 1:
            raise WindowError(
                f"lookback, lookahead: {self.lookback} and {self.lookahead} leave no new part of a window; "
                "their sum must be below 1"
            )

    @property
    def window_ms(self) -> float:
        """W: the length of a window in ms."""
        return self.samples * 1000 / self.sample_rate

    @property
    def stride(self) -> int:
        """s: samples from one window to the next in the sequential loop."""
        return int(self.samples * (1 - self.lookback - self.lookahead))

    @property
    def keep_limit(self) -> float:
        """K: events later than this many ms after the window start belong to the next window."""
        return (1 - self.lookahead) * self.window_ms

    @property
    def lookback_ms(self) -> float:
        """B: the part of a window, in ms, that earlier windows have written."""
        return self.lookback * self.window_ms

    @property
    def lookahead_ms(self) -> float:
        """A: the part of a window, in ms, that the next windows write."""
        return self.lookahead * self.window_ms

    @property
    def lookback_stop(self) -> range:
        """TIME_SHIFT steps, counted from the smallest, that end decoding because they lie in the look-back part."""
        return range(int(self.lookback_ms / MS_PER_STEP))

    @property
    def lookahead_stop(self) -> range:
        """TIME_SHIFT values that end decoding because they lie in the look-ahead part: the last ones of the range."""
        top = self.max_time_shift + 1
        return range(top - int(self.lookahead_ms / MS_PER_STEP), top)

    @property
    def lookahead_removal(self) -> range:
        """TIME_SHIFT values that are dropped as the last id. Starts up to two steps before :attr:`lookahead_stop`."""
        return range(int(self.keep_limit / MS_PER_STEP), self.max_time_shift + 1)
