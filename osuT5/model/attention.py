"""Attention with split projections (families W and R) or fused ones (family P), under their published names."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import BackboneConfig, Family

Tables = tuple[Tensor, Tensor]


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool, eager: bool) -> Tensor:
    """Scaled dot-product attention over (B, H, T, dh). ``mask`` is True where a key may be seen; scores scale by dh^-0.5.

    ``eager`` spells the product out instead of calling the fused kernel; both give the same numbers. Training in bf16 on
    a CPU spells it out too: the fused kernel's backward pass takes twice the time there.
    """
    if eager:
        return _spelled_out(query, key, value, mask, causal, torch.float32)
    if query.is_cpu and query.dtype == torch.bfloat16 and query.requires_grad:
        with torch.autocast("cpu", enabled=False):
            return _spelled_out(query, key, value, mask, causal, torch.bfloat16)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)


def _spelled_out(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool, softmax_type: torch.dtype
) -> Tensor:
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
    if causal:
        mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return scores.softmax(-1, dtype=softmax_type).to(value.dtype) @ value


class Attention(nn.Module):
    """What both kinds share. Subclasses project; ``heads`` splits the width into (B, H, T, dh)."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.eager = False

    def split(self, x: Tensor) -> Tensor:
        """(B, T, d) -> (B, H, T, dh)"""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def join(self, x: Tensor) -> Tensor:
        """(B, H, T, dh) -> (B, T, d)"""
        return x.transpose(1, 2).flatten(2)

    def queries(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def queries_keys_values(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.queries(x), *self.keys_values(x)

    def output(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def cross(self, x: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Attend from decoder rows ``x`` (B * G, T, d) to encoder rows (B, H, Le, dh).

        The G decoder rows that share an encoder row (beams, guidance) are laid out side by side as queries, so its keys
        and values are read once.
        """
        query = self.split(self.queries(x))
        groups = query.shape[0] // key.shape[0]
        if groups > 1:
            query = query.unflatten(0, (-1, groups)).transpose(1, 2).flatten(2, 3)
        found = attend(query, key, value, None, False, self.eager)
        if groups > 1:
            found = found.unflatten(2, (groups, -1)).transpose(1, 2).flatten(0, 1)
        return self.output(self.join(found))


class SplitAttention(Attention):
    """``q_proj``, ``k_proj`` (without bias), ``v_proj``, ``out_proj``.

    ``fused`` may hold one matrix and bias over the memory of the first three, for inference; any move or cast drops it.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(heads)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)
        self.fused: tuple[Tensor, Tensor] | None = None

    def queries_keys_values(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if self.fused is None or torch.is_grad_enabled():
            return super().queries_keys_values(x)
        query, key, value = F.linear(x, *self.fused).chunk(3, -1)
        return query, key, value

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> SplitAttention:
        self.fused = None
        super()._apply(fn, recurse)
        return self

    def queries(self, x: Tensor) -> Tensor:
        return self.q_proj(x)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.k_proj(x), self.v_proj(x)

    def output(self, x: Tensor) -> Tensor:
        return self.out_proj(x)


class FusedSelfAttention(Attention):
    """``Wqkv`` (rows q, k, v) and ``Wo``."""

    def __init__(self, width: int, heads: int, bias: bool) -> None:
        super().__init__(heads)
        self.Wqkv = nn.Linear(width, 3 * width, bias=bias)
        self.Wo = nn.Linear(width, width, bias=bias)

    def queries_keys_values(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = self.Wqkv(x).chunk(3, -1)
        return query, key, value

    def output(self, x: Tensor) -> Tensor:
        return self.Wo(x)


class FusedCrossAttention(Attention):
    """``Wq``, ``Wkv`` (rows k, v) and ``Wo``."""

    def __init__(self, width: int, heads: int, bias: bool) -> None:
        super().__init__(heads)
        self.Wq = nn.Linear(width, width, bias=bias)
        self.Wkv = nn.Linear(width, 2 * width, bias=bias)
        self.Wo = nn.Linear(width, width, bias=bias)

    def queries(self, x: Tensor) -> Tensor:
        return self.Wq(x)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        key, value = self.Wkv(x).chunk(2, -1)
        return key, value

    def output(self, x: Tensor) -> Tensor:
        return self.Wo(x)


def self_attention(backbone: BackboneConfig, heads: int) -> Attention:
    if backbone.family is Family.PACKED:
        return FusedSelfAttention(backbone.d_model, heads, backbone.attention_bias)
    return SplitAttention(backbone.d_model, heads)


def cross_attention(backbone: BackboneConfig, heads: int) -> Attention:
    if backbone.family is Family.PACKED:
        return FusedCrossAttention(backbone.d_model, heads, backbone.attention_bias)
    return SplitAttention(backbone.d_model, heads)
