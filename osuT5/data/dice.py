"""Where random numbers come from: the published generators in their order, or a counter (spec 05 sections 5.1 and 12.3)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


class Dice(Protocol):
    """The kinds of draw that the data path makes."""

    def uniform(self) -> float:
        """A number in [0, 1)."""
        ...

    def choose(self, weights: Sequence[float]) -> int:
        """An index by weight."""
        ...

    def between(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        ...

    def pick(self, count: int) -> int:
        """An index below ``count``."""
        ...

    def permutation(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The ids in random order."""
        ...

    def integers(self, low: int, high: int, size: int) -> NDArray[np.int64]:
        """``size`` integers from ``low`` up to below ``high``."""
        ...

    def uniforms(self, size: int) -> NDArray[np.float32]:
        """``size`` numbers in [0, 1)."""
        ...


class PublishedDice:
    """Python's, NumPy's and torch's generators, as the published loader uses them.

    Without arguments the global ones, which the loader of torch seeds in each worker.
    """

    def __init__(self, python: Any = random, numpy: Any = np.random, torch: Any = None) -> None:
        self._python, self._numpy, self._torch = python, numpy, torch

    def uniform(self) -> float:
        return float(self._python.random())

    def choose(self, weights: Sequence[float]) -> int:
        return int(self._python.choices(range(len(weights)), weights=weights)[0])

    def between(self, low: int, high: int) -> int:
        return int(self._python.randint(low, high))

    def pick(self, count: int) -> int:
        return int(self._numpy.choice(count, size=1, replace=False)[0])

    def permutation(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(self._numpy.permutation(ids))

    def integers(self, low: int, high: int, size: int) -> NDArray[np.int64]:
        import torch

        return torch.randint(low, high, (size,), generator=self._torch).numpy()

    def uniforms(self, size: int) -> NDArray[np.float32]:
        import torch

        return torch.rand(size, generator=self._torch).numpy()


class CounterDice:
    """Draws that depend on a key alone: (seed, epoch, scope, ids). The same in any worker, order and process count."""

    def __init__(self, *key: int | str) -> None:
        self._state = _hash(key)
        self._count = 0

    def uniform(self) -> float:
        return (self._next() >> 11) * 2.0**-53

    def choose(self, weights: Sequence[float]) -> int:
        target, total = self.uniform() * sum(weights), 0.0
        for index, weight in enumerate(weights):
            total += weight
            if target < total:
                return index
        return len(weights) - 1

    def between(self, low: int, high: int) -> int:
        return low + int(self.uniform() * (high - low + 1))

    def pick(self, count: int) -> int:
        return self.between(0, count - 1)

    def permutation(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        return ids[np.argsort(self._many(len(ids)), kind="stable")]

    def integers(self, low: int, high: int, size: int) -> NDArray[np.int64]:
        return low + (self._many(size) % np.uint64(high - low)).astype(np.int64)

    def uniforms(self, size: int) -> NDArray[np.float32]:
        return (self._many(size) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)

    def _next(self) -> int:
        self._count += 1
        return _scramble(self._state + self._count * _STEP)

    def _many(self, size: int) -> NDArray[np.uint64]:
        """``size`` numbers of 64 bits."""
        value = np.uint64(self._next()) + np.arange(1, size + 1, dtype=np.uint64) * np.uint64(_STEP)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))


def _hash(key: Sequence[int | str]) -> int:
    state = 0x243F6A8885A308D3
    for part in key:
        value = part if isinstance(part, int) else int.from_bytes(part.encode()[:8], "little")
        state = _scramble((state ^ (value & _MASK)) + _STEP)
    return state


def _scramble(value: int) -> int:
    """The finaliser of splitmix64."""
    value &= _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
