"""What makes a small model align fast: time tokens that start as positions, cross-attention led to the token's frame,
and frame-wise onset and beat heads on the encoder (spec 09)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from osuT5.events.event import EventType
from osuT5.model.layers import DecoderLayer
from osuT5.model.modeling import Mapperatorinator
from osuT5.tokenizer import Tokenizer

STEP_MS = 10.0  # of a time token
BEFORE, AFTER = 1, 2  # encoder positions around a token's own that count as "there"


def start_time_tokens_as_positions(
    model: Mapperatorinator, tokenizer: Tokenizer, position_ms: float, scale: float = 0.15
) -> None:
    """Give the time tokens' input and output rows the sinusoids of the encoder position that they mean."""
    first, end = tokenizer.event_start[EventType.TIME_SHIFT], tokenizer.event_end[EventType.TIME_SHIFT]
    width = model.decoder_embedder.weight.shape[1]
    rates = torch.exp(-torch.log(torch.tensor(10000.0)) / (width // 2 - 1) * torch.arange(width // 2))
    angles = (torch.arange(end - first) * STEP_MS / position_ms)[:, None] * rates[None, :]
    rows = torch.cat((angles.sin(), angles.cos()), 1) * scale
    with torch.no_grad():
        model.decoder_embedder.weight[first:end] = rows
        model.transformer.proj_out.weight[first:end] = rows * 0.5


class FrameHead(nn.Module):
    """Onset kinds, beats and downbeats from encoder states (B, positions, d); used in training only."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, classes)
        nn.init.constant_(self.project.bias, -3.0)

    def loss(self, encoded: Tensor, truth: Tensor) -> Tensor:
        """Mean weighted binary cross-entropy; neighbours of a true position count half as wrong."""
        logits = self.project(encoded).float()
        near = F.max_pool1d(truth.transpose(1, 2), 3, 1, 1).transpose(1, 2)
        weight = torch.where(truth > 0, 5.0, torch.where(near > 0, 0.3, 1.0))
        return F.binary_cross_entropy_with_logits(logits, truth, weight)


class Guide:
    """Watches one decoder layer's cross-attention and says how much of two heads' mass is away from the token's frame."""

    def __init__(self, model: Mapperatorinator, layer: int, position_ms: float, heads: int = 2) -> None:
        chosen = model.decoder.layers[layer]
        assert isinstance(chosen, DecoderLayer)
        self.heads, self.position_ms = heads, position_ms
        attention = getattr(chosen, chosen.cross_name)
        self.total_heads = attention.heads
        self.queries: Tensor | None = None
        self.keys: Tensor | None = None
        attention.q_proj.register_forward_hook(self._keep_queries)
        attention.k_proj.register_forward_hook(self._keep_keys)

    def _keep_queries(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self.queries = output

    def _keep_keys(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self.keys = output

    def loss(self, labels: Tensor, first: int, end: int) -> Tensor:
        """Minus log of the mass within ``-BEFORE..+AFTER`` positions, averaged over rows that predict a time token."""
        assert self.queries is not None and self.keys is not None
        rows, columns = ((labels >= first) & (labels < end)).nonzero(as_tuple=True)
        width = self.queries.shape[-1] // self.total_heads
        lost = self.queries.new_zeros((), dtype=torch.float32)
        place = ((labels[rows, columns] - first).float() * STEP_MS / self.position_ms).round().long()
        span = torch.arange(-BEFORE, AFTER + 1, device=labels.device)
        wanted = (place[:, None] + span).clamp(0, self.keys.shape[1] - 1)
        counts = torch.bincount(rows, minlength=len(labels)).tolist()
        start = 0
        for row, count in enumerate(counts):
            part = slice(start, start + count)
            for head in range(self.heads):
                channels = slice(head * width, (head + 1) * width)
                query = self.queries[row, columns[part], channels].float()
                scores = query @ self.keys[row, :, channels].float().T * width**-0.5
                mass = scores.log_softmax(-1).gather(1, wanted[part]).logsumexp(-1)
                lost = lost - mass.sum() / self.heads
            start += count
        return lost / max(1, len(rows))
