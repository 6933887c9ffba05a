"""Banded self-attention: element q sees keys k with ``q - width < k <= q + width`` (spec 04 section 5).

Long sequences are cut into blocks of one band width, each of which sees itself and its two neighbours; short ones
use a dense mask. Both give the same result to float precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Band:
    """A band of half-width ``width`` keys; keys from ``length`` on are padding and never seen by real elements."""

    width: int
    length: int | None = None


def band_mask(size: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """(size, size), True = blocked."""
    index = torch.arange(size, device=device)
    gap = index[None, :] - index[:, None]  # key minus query
    return ~((gap > -width) & (gap <= width))


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | Band | None) -> Tensor:
    """Attention of (N, heads, T, d); ``mask`` (T, T) with True = blocked, a band, or None for all keys."""
    if mask is None:
        return functional.scaled_dot_product_attention(q, k, v)
    if isinstance(mask, Tensor):
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=~mask)
    size = q.shape[2]
    if size <= 3 * mask.width:
        allowed = _dense(size, mask.width, mask.length, q.device)
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
    return _blocked(q, k, v, mask)


def _blocked(q: Tensor, k: Tensor, v: Tensor, band: Band) -> Tensor:
    n, heads, size, width = q.shape
    block = band.width
    blocks = -(-size // block)
    missing = blocks * block - size
    q = functional.pad(q, (0, 0, 0, missing)).view(n * heads, blocks, block, width)
    k, v = (_neighbourhoods(part, block, missing) for part in (k, v))
    allowed = _block_masks(size, block, band.length, q.device)
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
    return out.reshape(n, heads, blocks * block, width)[:, :, :size]


def _neighbourhoods(part: Tensor, block: int, missing: int) -> Tensor:
    """(N, heads, T, d) to (N * heads, blocks, 3 * block, d): each block with the one before and after."""
    padded = functional.pad(part, (0, 0, block, missing + block)).flatten(0, 1)
    return padded.unfold(1, 3 * block, block).transpose(-1, -2)


@lru_cache(maxsize=8)
def _dense(size: int, width: int, length: int | None, device: torch.device) -> Tensor:
    allowed = ~band_mask(size, width, device)
    if length is not None and length < size:
        allowed[:, length:] = False
        allowed[length:, length:] = True  # rows of padding must see something; nothing reads them
    return allowed


@lru_cache(maxsize=8)
def _block_masks(size: int, block: int, length: int | None, device: torch.device) -> Tensor:
    """(blocks, block, 3 * block), True = allowed."""
    end = size if length is None else min(length, size)
    blocks = -(-size // block)
    query = torch.arange(blocks * block, device=device).view(blocks, block, 1)
    key = (torch.arange(blocks, device=device) * block - block)[:, None, None] + torch.arange(3 * block, device=device)
    gap = key - query
    allowed = (gap > -block) & (gap <= block) & (key >= 0) & (key < end)
    return allowed | ((query >= end) & (gap == 0))
