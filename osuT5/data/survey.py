"""What a loader gives: windows a second, and how many tokens they have."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
from torch import Tensor

Batch = Mapping[str, Tensor]
PERCENTILES = (50, 90, 95, 99, 100)
_BINS, _BAR = 20, 50


@dataclass(frozen=True)
class Speed:
    """How fast batches came. The first one, which starts workers and fills caches, is not in ``seconds``."""

    first: float  # s until the first batch
    windows: int
    tokens: int
    seconds: float

    def text(self) -> str:
        """Lines for the terminal."""
        if not self.windows:
            return f"first batch after {self.first:.2f} s, and no other"
        rates = f"{self.windows / self.seconds:.1f} windows/s, {self.tokens / self.seconds:.0f} tokens/s"
        return f"first batch after {self.first:.2f} s; then {self.windows} windows in {self.seconds:.1f} s: {rates}"


@dataclass(frozen=True)
class Lengths:
    """Tokens of every window; ``limit`` is ``tgt_seq_len``."""

    counts: np.ndarray
    labels: np.ndarray
    limit: int

    def text(self) -> str:
        """Percentiles and a histogram for the terminal."""
        if not len(self.counts):
            return "no windows"
        lines = [f"{len(self.counts)} windows"]
        for name, values in (("tokens", self.counts), ("labels", self.labels)):
            found = ", ".join(f"{q}%: {int(np.percentile(values, q))}" for q in PERCENTILES)
            lines.append(f"{name}  mean: {values.mean():.1f}, {found}")
        full = float((self.counts >= self.limit).mean())
        lines.append(f"{full:.2%} fill all {self.limit} tokens: what was left of them is cut off")
        return "\n".join([*lines, *self._histogram()])

    def _histogram(self) -> Iterator[str]:
        counts, edges = np.histogram(self.counts, bins=_BINS, range=(0, self.limit))
        for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True):
            bar = "#" * round(_BAR * count / max(counts.max(), 1))
            yield f"{int(low):6}..{int(high):<6} {count:8} {bar}".rstrip()


def speed_of(batches: Iterable[Batch], limit: int = 0) -> Speed:
    """Take ``limit`` batches, or all with 0, and time them."""
    start = time.perf_counter()
    taken = _first(batches, limit)
    next(taken, None)
    begun, windows, tokens = time.perf_counter(), 0, 0
    for batch in taken:
        windows += len(batch["labels"])
        tokens += int(batch["decoder_attention_mask"].sum())
    return Speed(begun - start, windows, tokens, max(time.perf_counter() - begun, 1e-9))


def lengths_of(batches: Iterable[Batch], tgt_seq_len: int, limit: int = 0) -> Lengths:
    """Count the tokens and labels of the windows of ``limit`` batches, or of all with 0."""
    counts: list[int] = []
    labels: list[int] = []
    for batch in _first(batches, limit):
        counts += batch["decoder_attention_mask"].sum(1).tolist()
        labels += (batch["labels"] >= 0).sum(1).tolist()
    return Lengths(np.array(counts), np.array(labels), tgt_seq_len)


def _first(batches: Iterable[Batch], limit: int) -> Iterator[Batch]:
    return islice(batches, limit) if limit > 0 else iter(batches)
