"""Encoder states of a song's windows, computed once and kept as far as memory allows (spec 03 section 18, W3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..model.cache import KeysValues
from ..model.modeling import Mapperatorinator
from .engine import RowConditions

Key = tuple[int, RowConditions | None]

MEGABYTE = 1 << 20


class EncodedWindows:
    """Encodes windows on demand, ``batch`` at a time, and keeps states and cross-attention keys up to ``budget`` bytes.

    ``samples`` float32, padded so that every window of ``window_samples`` starting at ``starts`` lies inside. What does
    not fit is computed again when asked for again: passes go through the windows in order, so keeping the first ones
    beats keeping the latest.
    """

    def __init__(
        self,
        model: Mapperatorinator,
        samples: np.ndarray,
        starts: Sequence[int],
        window_samples: int,
        batch: int = 4,
        budget: int = 256 * MEGABYTE,
    ) -> None:
        self.model, self.samples, self.starts = model, samples, starts
        self.window_samples, self.batch = window_samples, batch
        self.room = budget
        self.encoded = 0  # windows that went through the encoder
        self._states: dict[Key, Tensor] = {}
        self._latest: dict[Key, Tensor] = {}
        self._cross: dict[Key, list[KeysValues]] = {}

    def cross(self, windows: Sequence[int], conditions: Sequence[RowConditions]) -> list[KeysValues]:
        """Keys and values (B, H, Le, dh) of every decoder layer for a batch of windows.

        Where all are the same window B is 1: the decoder reads it for every row.
        """
        keys = [self._key(window, row) for window, row in zip(windows, conditions, strict=True)]
        keys = keys[:1] if len(set(keys)) == 1 else keys
        if len(keys) == 1 and keys[0] in self._cross:
            return self._cross[keys[0]]
        with self.model.autocast():
            found = self.model.decoder.cross_keys_values(self._gather(keys))
        size = sum(part.nbytes for pair in found for part in pair)
        if len(keys) == 1 and size <= self.room // 2:  # leave room for states, which cost less and save more
            self._cross[keys[0]] = found
            self.room -= size
        return found

    def states(self, window: int, conditions: RowConditions) -> Tensor:
        """Encoder states (1, Le, d) of one window."""
        return self._gather([self._key(window, conditions)])

    def _key(self, window: int, conditions: RowConditions) -> Key:
        return window, conditions if self.model.conditioned else None

    def _gather(self, keys: Sequence[Key]) -> Tensor:
        missing = [key for key in dict.fromkeys(keys) if self._find(key) is None]
        fresh: dict[Key, Tensor] = {key: state for key in keys if (state := self._find(key)) is not None}
        if missing:
            missing += self._upcoming(missing[-1], self.batch - len(missing))
            self._latest = {}
        for first in range(0, len(missing), self.batch):
            part = missing[first : first + self.batch]
            for key, state in zip(part, self._encode(part).split(1), strict=True):
                fresh[key] = state
                self._keep(key, state)
        return fresh[keys[0]] if len(keys) == 1 else torch.cat([fresh[key] for key in keys])

    def _find(self, key: Key) -> Tensor | None:
        found = self._states.get(key)
        return self._latest.get(key) if found is None else found

    def _upcoming(self, after: Key, count: int) -> list[Key]:
        """The next windows, where they can be known: without conditions of their own."""
        if after[1] is not None or self.model.device.type == "cpu":
            return []  # on a CPU a batch is no faster and would only delay the first token
        windows = range(after[0] + 1, len(self.starts))
        ahead: list[Key] = [(window, None) for window in windows if self._find((window, None)) is None]
        return ahead[: max(count, 0)]

    def _keep(self, key: Key, state: Tensor) -> None:
        if state.nbytes <= self.room:
            self._states[key] = state.clone()  # a slice would keep the whole batch
            self.room -= state.nbytes
        else:
            self._latest[key] = state

    def _encode(self, keys: Sequence[Key]) -> Tensor:
        self.encoded += len(keys)
        device = self.model.device
        frames = np.stack([self._window(window) for window, _ in keys])
        given = [row for _, row in keys if row is not None]
        conditions = {name: value.to(device) for name, value in _tensors(given).items()} if given else {}
        with self.model.autocast():
            return self.model.encode(torch.from_numpy(frames).to(device), **conditions)

    def _window(self, window: int) -> np.ndarray:
        start = self.starts[window]
        found = self.samples[start : start + self.window_samples]
        if len(found) != self.window_samples:
            raise ValueError(f"window {window}: audio ends {self.window_samples - len(found)} samples early")
        return found


def _tensors(rows: Sequence[RowConditions]) -> dict[str, Tensor]:
    return {
        "difficulty": torch.tensor([row.difficulty for row in rows], dtype=torch.float32),
        "mapper_idx": torch.tensor([row.mapper_index for row in rows]),
        "song_position": torch.tensor([row.song_position for row in rows], dtype=torch.float32),
        "beatmap_idx": torch.tensor([row.beatmap_index for row in rows]),
    }
