"""Rotary positions with dynamic growth (spec 02 section 5)."""

from __future__ import annotations

import torch
from torch import Tensor

from .config import BackboneConfig, ConfigError, Family

KINDS = ("default", "linear", "dynamic")


class Rotary:
    """Cosine and sine tables of one stack of layers.

    Not a module: nothing of it is stored in a checkpoint. Tables are built on first use and kept per device and type.
    Tables have width ``dim``; the sine's first half is negated, so that ``x * cos + swap(x) * sin`` rotates.
    """

    def __init__(self, dim: int, theta: float, kind: str = "default", factor: float = 1.0, trained: int = 0) -> None:
        if kind not in KINDS:
            raise ConfigError(f"rope_type: {kind!r} is not supported; accepted: {', '.join(KINDS)}")
        self.dim, self.theta, self.kind, self.factor, self.trained = dim, theta, kind, factor, trained
        self._cache: tuple[tuple[object, ...], Tensor, Tensor] | None = None

    def tables(self, length: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Tables (n, dim) for at least ``length`` positions, in the type and on the device of ``like``."""
        grown = self.kind == "dynamic" and self.trained > 0 and length > self.trained
        theta = self._grown_theta(length) if grown else self.theta
        key = (theta, like.dtype, like.device)
        if self._cache is None or self._cache[0] != key or self._cache[1].shape[0] < length:
            self._cache = (key, *self._build(theta, length if grown else max(length, self.trained), like))
        return self._cache[1], self._cache[2]

    def _grown_theta(self, length: int) -> float:
        growth = self.factor * length / self.trained - (self.factor - 1)
        return float(self.theta * growth ** (self.dim / (self.dim - 2)))

    def _build(self, theta: float, length: int, like: Tensor) -> tuple[Tensor, Tensor]:
        with torch.inference_mode(False):  # the tables outlive this call, and training may use them later
            even = torch.arange(0, self.dim, 2, dtype=torch.int64).float()
            frequencies = 1.0 / theta ** (even / self.dim)
            if self.kind == "linear":
                frequencies = frequencies / self.factor
            angles = torch.arange(length).float()[:, None] * frequencies
            cos, sin = angles.cos(), angles.sin()
            full = torch.cat((cos, cos), -1), torch.cat((-sin, sin), -1)
            return full[0].to(like.device, like.dtype), full[1].to(like.device, like.dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the two halves of the last axis of ``x`` (B, H, T, dim) by the angles of each position."""
    return x * cos + x.roll(x.shape[-1] // 2, -1) * sin


def build_rotaries(backbone: BackboneConfig, encoder: bool) -> tuple[Rotary, Rotary] | None:
    """The tables of global and of local layers, or None for the family that adds positions instead."""
    if not backbone.rotary:
        return None
    heads = backbone.encoder_attention_heads if encoder else backbone.decoder_attention_heads
    dim = backbone.d_model // heads
    trained = backbone.max_source_positions if encoder else backbone.max_target_positions
    if backbone.family is Family.ROPE:
        factor = backbone.rope_encoder_scaling_factor if encoder else backbone.rope_decoder_scaling_factor
        shared = Rotary(dim, 10000.0, backbone.rope_type, factor, trained)
        return shared, shared
    scaling = dict(backbone.rope_scaling or {})
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    factor = scaling.get("factor", 1.0)
    wide = backbone.global_rope_theta
    near = wide if backbone.local_rope_theta is None else backbone.local_rope_theta
    return Rotary(dim, wide, kind, factor, trained), Rotary(dim, near, kind, factor, trained)
