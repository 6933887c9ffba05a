"""The transformer of the refiner (spec 04 section 5): DiT blocks over a sequence of map elements.

Shapes: N items, T elements, H hidden size, K class width. ``x`` (N, 2, T) normalised positions, ``c`` (N, 272, T)
context, ``y`` (N, K) class vectors, output (N, 4, T): predicted noise, then variance values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from .attention import Band, attend

TIME_WIDTH = 256
POSITION_WIDTH = 128
CONTEXT_WIDTH = 272  # time 128, distance 128, one-hot type 16


@dataclass(frozen=True)
class Size:
    """Depth, hidden size and heads of a variant."""

    depth: int
    hidden: int
    heads: int


VARIANTS: dict[str, Size] = {
    "DiT-XL": Size(28, 1152, 16),
    "DiT-L": Size(24, 1024, 16),
    "DiT-B": Size(12, 768, 12),
    "DiT-S": Size(12, 384, 6),
    "DiT-XS": Size(6, 128, 4),  # the shipped refiner
    "DiT-T": Size(2, 32, 2),  # tests
}


@dataclass(frozen=True)
class DiTConfig:
    """Everything that the weights do not say.

    ``family`` v1 is the old tool: positions in 0..1, integer classes. ``max_diffusion_step``: the model knows steps
    below this one only; ``band`` is the half-width of the attention mask in elements. ``timesteps``: the respacing
    that suits the model (as in section 6), used where none is asked for; empty: all steps it knows.
    """

    depth: int
    hidden_size: int
    num_heads: int
    class_size: int
    mlp_ratio: float = 4.0
    family: str = "v2"
    band: int = 128
    noise_schedule: str = "squaredcos_cap_v2"
    diffusion_steps: int = 1000
    max_diffusion_step: int = 100
    timesteps: str = ""
    position_scale: tuple[float, float] = field(default=(512.0, 512.0))
    clamp: tuple[float, float] = field(default=(-2.0, 2.0))


def variant(name: str, class_size: int, **options: object) -> DiTConfig:
    """The configuration of a named size. Raises ``ValueError`` for an unknown name."""
    if name not in VARIANTS:
        raise ValueError(f"model: {name!r} is not one of {', '.join(VARIANTS)}")
    size = VARIANTS[name]
    return DiTConfig(size.depth, size.hidden, size.heads, class_size, **options)  # type: ignore[arg-type]


def sinusoid(values: Tensor, width: int) -> Tensor:
    """Embedding of ``values`` (...) as (..., width): cosines of falling frequency, then sines (section 2)."""
    half = width // 2
    steps = torch.arange(half, dtype=torch.float32, device=values.device)
    frequencies = torch.exp(-math.log(10000) * steps / half)
    angles = values.float()[..., None] * frequencies
    return torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)


class _Embedder(nn.Module):
    """Linear, SiLU, Linear; under the name that the published weights use."""

    def __init__(self, inputs: int, hidden: int, name: str) -> None:
        super().__init__()
        layers = nn.Sequential(nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        self.add_module(name, layers)
        self._layers = name

    def forward(self, values: Tensor) -> Tensor:
        return self.get_submodule(self._layers)(values)


class _ClassTable(nn.Module):
    """The integer classes of the old tool, asked with one-hot rows; the last row is the null class."""

    def __init__(self, classes: int, hidden: int) -> None:
        super().__init__()
        self.embedding_table = nn.Embedding(classes, hidden)

    def forward(self, y: Tensor) -> Tensor:
        return self.embedding_table(y.argmax(dim=-1))


class _FirstLayer(nn.Module):
    """Positions and context to hidden states. The context half does not change while sampling and can be kept."""

    scale: Tensor  # (2,) what positions are multiplied by before they are embedded

    def __init__(self, hidden: int, scale: tuple[float, float]) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(2 * POSITION_WIDTH + CONTEXT_WIDTH, hidden))
        self.register_buffer("scale", torch.tensor(scale), persistent=False)

    @property
    def layer(self) -> nn.Linear:
        layer = self.mlp[0]
        assert isinstance(layer, nn.Linear)
        return layer

    def context(self, c: Tensor) -> Tensor:
        weight = self.layer.weight[:, 2 * POSITION_WIDTH :]
        return functional.linear(c.to(weight.dtype).transpose(1, 2), weight, self.layer.bias)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        embedded = sinusoid(x.float() * self.scale[:, None], POSITION_WIDTH)  # (N, 2, T, 128)
        flat = torch.cat([embedded[:, 0], embedded[:, 1]], dim=-1).to(context.dtype)
        return functional.linear(flat, self.layer.weight[:, : 2 * POSITION_WIDTH]) + context


class _Mlp(nn.Module):
    def __init__(self, hidden: int, inner: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(hidden, inner)
        self.fc2 = nn.Linear(inner, hidden)

    def forward(self, h: Tensor) -> Tensor:
        # below float32 the exact function is much faster and nearer than the rounding of the format
        approximate = "tanh" if h.dtype is torch.float32 else "none"
        return self.fc2(functional.gelu(self.fc1(h), approximate=approximate))


class _Attention(nn.Module):
    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * hidden, hidden))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * hidden))
        self.out_proj = nn.Linear(hidden, hidden)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, h: Tensor, mask: Tensor | Band | None) -> Tensor:
        n, t, hidden = h.shape
        packed = functional.linear(h, self.in_proj_weight, self.in_proj_bias)
        q, k, v = packed.view(n, t, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        return self.out_proj(attend(q, k, v, mask).transpose(1, 2).reshape(n, t, hidden))


class _Block(nn.Module):
    def __init__(self, hidden: int, heads: int, ratio: float) -> None:
        super().__init__()
        self.attn = _Attention(hidden, heads)
        self.mlp = _Mlp(hidden, int(hidden * ratio))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, 6 * hidden))

    def forward(self, h: Tensor, g: Tensor, mask: Tensor | Band | None) -> Tensor:
        dtype = self.attn.in_proj_weight.dtype  # below float32 only in the block's products
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(g.to(dtype)).to(h.dtype).chunk(6, dim=-1)
        h = _gated(h, gate1, self.attn(_modulated(h, shift1, scale1).to(dtype), mask))
        return _gated(h, gate2, self.mlp(_modulated(h, shift2, scale2).to(dtype)))


class _FinalLayer(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.linear = nn.Linear(hidden, 4)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, 2 * hidden))

    def forward(self, h: Tensor, g: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(g).chunk(2, dim=-1)
        return self.linear(_modulated(h, shift, scale)).transpose(1, 2)


class DiT(nn.Module):
    """The denoiser. Weights carry the published names (old names are mapped when a checkpoint is read)."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.config = config
        hidden = config.hidden_size
        self.context_embedder = _FirstLayer(hidden, config.position_scale)
        self.t_embedder = _Embedder(TIME_WIDTH, hidden, "mlp")
        old = config.family == "v1"
        self.y_embedder = (
            _ClassTable(config.class_size, hidden) if old else _Embedder(config.class_size, hidden, "class_embedding")
        )
        self.blocks = nn.ModuleList(_Block(hidden, config.num_heads, config.mlp_ratio) for _ in range(config.depth))
        self.final_layer = _FinalLayer(hidden)

    def context(self, c: Tensor) -> Tensor:
        """The part of the first layer that depends on the context alone: (N, T, H)."""
        return self.context_embedder.context(c)

    def forward(self, x: Tensor, t: Tensor, c: Tensor, y: Tensor, mask: Tensor | Band | None = None) -> Tensor:
        """Noise and variance values (N, 4, T) for original steps ``t`` (N); a True in ``mask`` (T, T) blocks a key."""
        return self.denoise(x, t, self.context(c), y, mask)

    def denoise(self, x: Tensor, t: Tensor, context: Tensor, y: Tensor, mask: Tensor | Band | None = None) -> Tensor:
        """As :meth:`forward`, with the kept result of :meth:`context`."""
        h = self.context_embedder(x, context)
        g = self.t_embedder(sinusoid(t, TIME_WIDTH).to(h.dtype)) + self.y_embedder(y.to(h.dtype))
        for block in self.blocks:
            h = block(h, g, mask)
        return self.final_layer(h, g)

    def guided(
        self, x: Tensor, t: Tensor, context: Tensor, y: Tensor, scale: float, mask: Tensor | Band | None = None
    ) -> Tensor:
        """(2, 4, T) for one sequence ``x`` (1, 2, T) and ``y`` = condition row, null row (section 5, guidance).

        Both rows get the guided noise; each keeps its own variance values.
        """
        out = self.denoise(x.expand(2, -1, -1), t.expand(2), context.expand(2, -1, -1), y, mask)
        noise, variance = out.float().split(2, dim=1)
        mixed = noise[1:] + scale * (noise[:1] - noise[1:])
        return torch.cat([mixed.expand(2, -1, -1), variance], dim=1)


def initialise(model: DiT) -> None:
    """Weights as training starts (section 5): Xavier Linears, small embedders, zero gates and output."""
    for layer in _linears(model):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    for part in (model.context_embedder, model.t_embedder, model.y_embedder):
        for layer in _linears(part):
            nn.init.normal_(layer.weight, std=0.02)
    modulations = (module for name, module in model.named_modules() if name.endswith("adaLN_modulation"))
    for layer in (*(layer for module in modulations for layer in _linears(module)), model.final_layer.linear):
        nn.init.zeros_(layer.weight)


def _linears(module: nn.Module) -> list[nn.Linear]:
    return [part for part in module.modules() if isinstance(part, nn.Linear)]


def _modulated(h: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Normalised ``h`` (N, T, H), scaled and shifted by (N, H); fused where the batch is one item."""
    if len(h) == 1:
        return functional.layer_norm(h, h.shape[-1:], 1 + scale[0], shift[0], eps=1e-6)
    return functional.layer_norm(h, h.shape[-1:], eps=1e-6) * (1 + scale[:, None]) + shift[:, None]


def _gated(h: Tensor, gate: Tensor, change: Tensor) -> Tensor:
    return torch.addcmul(h, gate[:, None], change.to(h.dtype))
