"""Encoder and decoder layers and stacks of the three families (spec 02 sections 3 and 3.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.activations import ACT2FN

from .attention import Tables, attend, cross_attention, self_attention
from .cache import DecoderCache, KeysValues, decoder_mask
from .config import BackboneConfig, ConfigError, Family
from .rotary import build_rotaries, rotate

Mask = tuple[Tensor | None, bool]
RMS_EPS = torch.finfo(torch.float32).eps


class RMSNorm(nn.Module):
    """``x * rsqrt(mean(x^2) + eps) * g`` in float32, cast back."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype == self.weight.dtype:
            return F.rms_norm(x, self.weight.shape, self.weight, RMS_EPS)
        return F.rms_norm(x.float(), self.weight.shape, self.weight.float(), RMS_EPS).to(x.dtype)


def norm(backbone: BackboneConfig) -> nn.Module:
    return RMSNorm(backbone.d_model) if backbone.rotary else nn.LayerNorm(backbone.d_model)


class Block(nn.Module):
    """Self-attention and feed-forward, which encoder and decoder layers share."""

    def __init__(self, backbone: BackboneConfig, heads: int, ffn: int) -> None:
        super().__init__()
        self.self_attn = self_attention(backbone, heads)
        self.self_attn_layer_norm = norm(backbone)
        self.fc1 = nn.Linear(backbone.d_model, ffn)
        self.fc2 = nn.Linear(ffn, backbone.d_model)
        self.final_layer_norm = norm(backbone)
        self.activation = ACT2FN[backbone.activation_function]
        self.dropout = backbone.dropout
        self.activation_dropout = backbone.activation_dropout

    def drop(self, x: Tensor, rate: float) -> Tensor:
        return F.dropout(x, rate) if self.training and rate else x

    def attend_to_self(
        self, x: Tensor, tables: Tables | None, mask: Mask, cache: DecoderCache | None = None, layer: int = 0
    ) -> Tensor:
        attention = self.self_attn
        projected = attention.queries_keys_values(self.self_attn_layer_norm(x))
        query, key, value = (attention.split(part) for part in projected)
        if tables is not None:
            query, key = rotate(query, *tables), rotate(key, *tables)
        if cache is not None:
            key, value = cache.append(layer, key, value)
        found = attend(query, key, value, *mask, attention.eager)
        return x + self.drop(attention.output(attention.join(found)), self.dropout)

    def feed_forward(self, x: Tensor) -> Tensor:
        inner = self.drop(self.activation(self.fc1(self.final_layer_norm(x))), self.activation_dropout)
        return x + self.drop(self.fc2(inner), self.dropout)


class EncoderLayer(Block):
    def __init__(self, backbone: BackboneConfig) -> None:
        super().__init__(backbone, backbone.encoder_attention_heads, backbone.encoder_ffn_dim)

    def forward(self, x: Tensor, tables: Tables | None, mask: Mask) -> Tensor:
        x = self.feed_forward(self.attend_to_self(x, tables, mask))
        if x.dtype == torch.float16:
            limit = torch.finfo(x.dtype).max - 1000
            x = x.clamp(-limit, limit)
        return x


class DecoderLayer(Block):
    def __init__(self, backbone: BackboneConfig) -> None:
        super().__init__(backbone, backbone.decoder_attention_heads, backbone.decoder_ffn_dim)
        self.cross_name = "cross_attn" if backbone.family is Family.PACKED else "encoder_attn"
        self.add_module(self.cross_name, cross_attention(backbone, backbone.decoder_attention_heads))
        self.add_module(f"{self.cross_name}_layer_norm", norm(backbone))

    def keys_values(self, encoded: Tensor) -> KeysValues:
        """Keys and values (B, H, Le, dh) of encoder states (B, Le, d)."""
        attention = getattr(self, self.cross_name)
        key, value = attention.keys_values(encoded)
        return attention.split(key).contiguous(), attention.split(
            value
        ).contiguous()  # read once a token: keep it dense

    def forward(
        self, x: Tensor, tables: Tables | None, mask: Mask, cross: KeysValues, cache: DecoderCache | None, layer: int
    ) -> Tensor:
        x = self.attend_to_self(x, tables, mask, cache, layer)
        normed = getattr(self, f"{self.cross_name}_layer_norm")(x)
        x = x + self.drop(getattr(self, self.cross_name).cross(normed, *cross), self.dropout)
        return self.feed_forward(x)


def sinusoids(length: int, width: int) -> Tensor:
    """Fixed positions (length, width): sines in the first half of the channels, cosines in the second."""
    rates = torch.exp(-math.log(10000) / (width // 2 - 1) * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * rates[None, :]
    return torch.cat((angles.sin(), angles.cos()), 1)


class Stack(nn.Module):
    """What encoder and decoder share: rotary tables and the kind of each layer."""

    def __init__(self, backbone: BackboneConfig, encoder: bool) -> None:
        super().__init__()
        self.rotaries = build_rotaries(backbone, encoder)
        count = backbone.encoder_layers if encoder else backbone.decoder_layers
        self.local = [backbone.is_local(layer) for layer in range(count)]
        self.window = backbone.local_attention // 2
        self.published_masks = False  # see Mapperatorinator.set_published_masks

    def rotary_tables(self, positions: Tensor | None, length: int, like: Tensor) -> Sequence[Tables | None]:
        """Tables of global and of local layers at ``positions`` (B, T), or at 0..length-1; broadcast over heads."""
        if self.rotaries is None:
            return None, None
        found = []
        for rotary in self.rotaries:
            cos, sin = rotary.tables(length, like)
            if positions is None:
                found.append((cos[:length], sin[:length]))
            else:
                found.append((cos[positions].unsqueeze(1), sin[positions].unsqueeze(1)))
        return found


class Encoder(Stack):
    """Mel features (B, C, L) -> states (B, L / 2, d)."""

    def __init__(self, backbone: BackboneConfig) -> None:
        super().__init__(backbone, encoder=True)
        width = backbone.d_model
        self.conv1 = nn.Conv1d(backbone.num_mel_bins, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        if not backbone.rotary:
            self.embed_positions = nn.Embedding(backbone.max_source_positions, width)
            self.embed_positions.requires_grad_(False)
        self.layers = nn.ModuleList(EncoderLayer(backbone) for _ in range(backbone.encoder_layers))
        self.layer_norm = norm(backbone)
        self.dropout = backbone.dropout

    def forward(self, features: Tensor) -> Tensor:
        x = F.gelu(self.conv2(F.gelu(self.conv1(features)))).transpose(1, 2)
        length = x.shape[1]
        if self.rotaries is None:
            expected = self.embed_positions.num_embeddings
            if length != expected:
                raise ConfigError(f"audio window: {length * 2} frames, this model takes exactly {expected * 2}")
            x = x + self.embed_positions.weight
        if self.training and self.dropout:
            x = F.dropout(x, self.dropout)
        tables = self.rotary_tables(None, length, x)
        masks: Sequence[Mask] = ((None, False), (self._local_mask(length, x.device), False))
        for layer, local in zip(self.layers, self.local, strict=True):
            x = layer(x, tables[local], masks[local])
        return self.layer_norm(x)

    def _local_mask(self, length: int, device: torch.device) -> Tensor | None:
        if not any(self.local) or self.published_masks:
            return None
        places = torch.arange(length, device=device)
        return (places[:, None] - places).abs() <= self.window


class Decoder(Stack):
    """Token embeddings (rows, T, d) -> states (rows, T, d), reading encoder keys and values."""

    def __init__(self, backbone: BackboneConfig) -> None:
        super().__init__(backbone, encoder=False)
        self.embed_tokens = nn.Embedding(backbone.vocab_size, backbone.d_model, padding_idx=0)
        if not backbone.rotary:
            self.embed_positions = nn.Embedding(backbone.max_target_positions, backbone.d_model)
        self.layers = nn.ModuleList(DecoderLayer(backbone) for _ in range(backbone.decoder_layers))
        self.layer_norm = norm(backbone)
        self.dropout = backbone.dropout

    def cross_keys_values(self, encoded: Tensor) -> list[KeysValues]:
        """Keys and values of every layer for encoder states (B, Le, d)."""
        return [layer.keys_values(encoded) for layer in self.layers if isinstance(layer, DecoderLayer)]

    def forward(
        self,
        x: Tensor,
        positions: Tensor | None,
        length: int,
        cross: Sequence[KeysValues],
        key_mask: Tensor | None,
        cache: DecoderCache | None = None,
    ) -> Tensor:
        """``positions`` (rows, T) count real tokens, None for 0..T-1; ``length`` is above all of them."""
        if self.rotaries is None:
            x = x + (
                self.embed_positions.weight[: x.shape[1]] if positions is None else self.embed_positions(positions)
            )
        if self.training and self.dropout:
            x = F.dropout(x, self.dropout)
        tables = self.rotary_tables(positions, length, x)
        queries = x.shape[1]
        keys = queries + (cache.length if cache is not None else 0)
        masks = [decoder_mask(queries, keys, key_mask, None, x.device), (None, False)]
        if any(self.local) and not self.published_masks:
            masks[1] = decoder_mask(queries, keys, key_mask, self.window, x.device)
        if self.published_masks and cache is None and key_mask is None:
            masks[0] = (None, False)
        for index, (layer, local) in enumerate(zip(self.layers, self.local, strict=True)):
            x = layer(x, tables[local], masks[local], cross[index], cache, index)
        if cache is not None:
            cache.advance(queries)
        return self.layer_norm(x)
