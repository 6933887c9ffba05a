"""Micro batches for optimiser steps, equal in number in every process (spec 05 sections 4 and 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import islice

import torch
from torch import Tensor

from ..data.loader import Loader
from .errors import TrainingError

Batch = dict[str, Tensor]


class GroupSource:
    """Groups of ``size`` micro batches; a shorter one closes an epoch.

    ``longest`` is given the number of batches that this process has and returns the largest number of any process.
    Processes that run out earlier repeat their last batch with share 0, which keeps them in step and trains nothing.
    ``own_draws``: the loader draws from the generators of this process, so they are left as it leaves them.
    """

    def __init__(
        self,
        loader: Loader,
        size: int,
        longest: Callable[[int], int] = lambda count: count,
        own_draws: bool = False,
    ) -> None:
        self.loader, self.size, self._longest, self._own_draws = loader, size, longest, own_draws
        self._batches: Iterator[Batch] | None = None
        self._last: Batch | None = None
        self._resumed = loader.batches > 0

    def group(self) -> list[tuple[Batch, float]]:
        """The next group, or an empty one at the end of an epoch; then the next call begins another.

        Raises ``TrainingError`` when an epoch has no batch.
        """
        starting = self._batches is None
        if self._batches is None:
            self._batches = iter(self.loader)
        # making an iterator draws a seed from torch's generator, which would tell a resumed run from an unbroken one
        with torch.random.fork_rng(devices=[]) if starting and not self._own_draws else nullcontext():
            taken = list(islice(self._batches, self.size))
        count = self._longest(len(taken))
        if count == 0:
            self._batches = None
            if starting and not self._resumed:
                raise TrainingError(f"the training split gives no batch: {self.loader.report.summary()}")
            self._resumed = False
            return []
        if taken:
            self._last = taken[-1]
        if self._last is None:
            raise TrainingError(
                "one process has nothing to train on: more processes than sets; use fewer, or data.order=random"
            )
        self._resumed = False
        return [(batch, 1.0) for batch in taken] + [(self._last, 0.0)] * (count - len(taken))


def fingerprint(parts: list[str]) -> str:
    """A short name for what a run trains on."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
