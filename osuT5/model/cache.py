"""Preallocated keys and values of the decoder: one for self-attention, one for cross-attention (spec 02 section 7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

KeysValues = tuple[Tensor, Tensor]  # both (B, H, n, dh)

BUCKET = 256  # columns; capacity grows by whole buckets, attention only reads what is filled


@dataclass
class DecoderCache:
    """Keys and values of everything that the decoder has seen.

    Rows of ``cross`` are encoder rows (B); decoder rows are B * G, row-major: the G beams and guidance halves of an
    encoder row lie together. Buffers survive :meth:`begin`, so one cache serves many windows.

    ``unmasked_layers`` see all columns up to ``unmasked_capacity``, filled or not (a published quirk of local layers).
    """

    cross: Sequence[KeysValues] = ()
    key_mask: Tensor | None = None  # (rows, capacity) bool, False at left padding; None: no padding
    length: int = 0
    unmasked_layers: Collection[int] = ()
    unmasked_capacity: int = 0
    _layers: list[KeysValues] = field(default_factory=list)

    def begin(self, cross: Sequence[KeysValues], prompt_mask: Tensor | None) -> None:
        """Start new rows. ``prompt_mask`` (rows, T) is False at left padding, or None without padding."""
        self.cross, self.length, self.key_mask = cross, 0, None
        if self.unmasked_layers:
            self._layers = []  # unfilled columns are read, so they have to be zero
        if prompt_mask is not None:
            self.key_mask = _with_columns(prompt_mask, _round_up(prompt_mask.shape[1]))

    def append(self, layer: int, key: Tensor, value: Tensor) -> KeysValues:
        """Store new columns of a layer and return all that it may read: views (rows, H, n, dh)."""
        end = self.length + key.shape[2]
        if layer == len(self._layers):
            self._layers.append(self._allocate(key, end))
        keys, values = self._layers[layer]
        if keys.shape[0] != key.shape[0] or keys.dtype != key.dtype or keys.device != key.device:
            keys, values = self._allocate(key, end)
        elif end > keys.shape[2]:
            bigger = self._allocate(key, end)
            for new, old in zip(bigger, (keys, values), strict=True):
                new[:, :, : self.length] = old[:, :, : self.length]
            keys, values = bigger
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        self._layers[layer] = (keys, values)
        if layer in self.unmasked_layers:
            return keys, values
        return keys[:, :, :end], values[:, :, :end]

    def advance(self, columns: int) -> None:
        """Count columns that every layer has stored."""
        self.length += columns
        if self.key_mask is not None and self.length >= self.key_mask.shape[1]:
            self.key_mask = _with_columns(self.key_mask, _round_up(self.length + 1))

    def select(self, rows: Tensor) -> None:
        """Replace the decoder rows by ``rows`` of the present ones (also to spread a prompt over beams)."""
        for layer, (keys, values) in enumerate(self._layers):
            if rows.shape[0] == keys.shape[0]:
                keys[:, :, : self.length] = keys[:, :, : self.length].index_select(0, rows)
                values[:, :, : self.length] = values[:, :, : self.length].index_select(0, rows)
            else:
                self._layers[layer] = (keys.index_select(0, rows), values.index_select(0, rows))
        if self.key_mask is not None and rows.shape[0] != self.key_mask.shape[0]:
            self.key_mask = self.key_mask.index_select(0, rows)

    def _allocate(self, like: Tensor, columns: int) -> KeysValues:
        capacity = max(_round_up(columns), self.unmasked_capacity if self.unmasked_layers else 0)
        shape = (like.shape[0], like.shape[1], capacity, like.shape[3])
        return like.new_zeros(shape), like.new_zeros(shape)


def _round_up(columns: int) -> int:
    return -(-columns // BUCKET) * BUCKET


def _with_columns(mask: Tensor, columns: int) -> Tensor:
    """Widen a key mask with columns that may be seen."""
    more = torch.ones(mask.shape[0], columns - mask.shape[1], dtype=torch.bool, device=mask.device)
    return torch.cat((mask, more), 1)


def key_mask_of(mask: Tensor) -> Tensor | None:
    """``mask`` as bool, or None when it hides nothing."""
    mask = mask.bool()
    return None if bool(mask.all()) else mask


def decoder_mask(
    queries: int, keys: int, key_mask: Tensor | None, window: int | None, device: torch.device
) -> tuple[Tensor | None, bool]:
    """Which of ``keys`` columns the last ``queries`` columns may see: an explicit mask or the plain causal flag.

    Causal, without padding, and at most ``window`` columns back. A query that could see nothing (padding) sees all.
    """
    if window is not None and window >= keys:
        window = None
    if key_mask is None and window is None and queries in (1, keys):
        return None, queries > 1
    rows = torch.arange(keys - queries, keys, device=device)[:, None]
    columns = torch.arange(keys, device=device)
    seen = columns <= rows
    if window is not None:
        seen &= columns >= rows - window
    if key_mask is None:
        return seen, False
    seen = seen & key_mask[:, None, None, :keys]
    return seen | ~seen.any(-1, keepdim=True), False
