"""Samples to batches: padding to the model's length, or to the next step above the longest (spec 05 sections 5.5, 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..tokenizer import PAD_ID
from .sequence import IGNORED

_STACKED = ("frames", "song_position")


@dataclass(frozen=True)
class Collator:
    """Stacks samples. ``length`` is ``tgt_seq_len``; with ``multiple`` above 0 batches are only as long as they must be.

    Batch keys: ``frames`` float32 (B, samples), ``song_position`` float32 (B, 2), ``beatmap_idx`` and ``mapper_idx``
    int64 (B,), ``difficulty`` float32 (B,), ``decoder_input_ids`` int64 (B, T), ``decoder_attention_mask`` bool (B, T),
    ``labels`` int64 (B, T), ``sample_weights`` float32 (B,) where weights are in use.
    """

    length: int
    multiple: int = 0

    def __call__(self, samples: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        longest = max(len(sample["decoder_input_ids"]) for sample in samples)
        size = self.length
        if self.multiple > 0:
            size = min(-(-longest // self.multiple) * self.multiple, self.length)
        ids = np.full((len(samples), size), PAD_ID, dtype=np.int64)
        labels = np.full((len(samples), size), IGNORED, dtype=np.int64)
        for row, sample in enumerate(samples):
            ids[row, : len(sample["decoder_input_ids"])] = sample["decoder_input_ids"]
            labels[row, : len(sample["labels"])] = sample["labels"]
        batch = {key: torch.from_numpy(np.stack([sample[key] for sample in samples])) for key in _STACKED}
        for key in ("beatmap_idx", "mapper_idx"):
            batch[key] = torch.tensor([sample[key] for sample in samples], dtype=torch.int64)
        for key in ("difficulty", "sample_weights"):
            if key in samples[0]:
                batch[key] = torch.tensor([float(sample[key]) for sample in samples], dtype=torch.float32)
        batch["decoder_input_ids"] = torch.from_numpy(ids)
        batch["decoder_attention_mask"] = torch.from_numpy(ids != PAD_ID)
        batch["labels"] = torch.from_numpy(labels)
        return batch
