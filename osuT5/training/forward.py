"""One pass of a model over a training batch, and its loss (spec 05 section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..model.modeling import IGNORED_LABEL

_MODEL_KEYS = (
    "frames",
    "decoder_input_ids",
    "decoder_attention_mask",
    "difficulty",
    "mapper_idx",
    "song_position",
    "beatmap_idx",
)


@dataclass(frozen=True)
class Judged:
    """What a model says about a batch: ``predictions`` (B, T), ``per_token`` (B, T), without gradients."""

    predictions: Tensor
    per_token: Tensor


def model_inputs(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The entries of a batch that a forward pass takes."""
    return {key: batch[key] for key in _MODEL_KEYS if key in batch}


def micro_loss(model: nn.Module, batch: Mapping[str, Tensor], smoothing: float = 0.0) -> Tensor:
    """Loss of one micro batch. Without smoothing it is the model's own."""
    if not smoothing:
        output: Any = model(**model_inputs(batch), labels=batch["labels"], sample_weights=batch.get("sample_weights"))
        return output.loss
    logits: Tensor = model(**model_inputs(batch)).logits
    weight = next(buffer for name, buffer in model.named_buffers() if name.endswith("loss_fn.weight"))
    labels = batch["labels"]
    per_token = F.cross_entropy(
        logits.float().transpose(1, 2),
        labels,
        weight=weight.float(),
        ignore_index=IGNORED_LABEL,
        reduction="none",
        label_smoothing=smoothing,
    )
    if "sample_weights" in batch:
        per_token = per_token * batch["sample_weights"][:, None]
    return per_token.sum() / (labels != IGNORED_LABEL).sum()


@torch.no_grad()
def judge(model: nn.Module, batch: Mapping[str, Tensor], weight: Tensor) -> Judged:
    """Teacher-forced predictions and weighted cross entropy. The style of the map is left unknown."""
    inputs = model_inputs(batch)
    if "beatmap_idx" in inputs:
        inputs["beatmap_idx"] = torch.full_like(inputs["beatmap_idx"], -1)
    logits: Tensor = model(**inputs).logits.float()
    per_token = F.cross_entropy(
        logits.transpose(1, 2), batch["labels"], weight=weight.float(), ignore_index=IGNORED_LABEL, reduction="none"
    )
    return Judged(logits.argmax(-1), per_token)
