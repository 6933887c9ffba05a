"""How surprising a token is under the model's distribution (spec 06 section 1.4). Base-2 logs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

EPSILON = 1e-10  # keeps the log of a probability of 0 finite: a surprisal is at most about 33.2 bits


@dataclass(frozen=True)
class Surprisal:
    """Tensors of one entry a token: surprisal S and entropy H in bits, relative surprisal R, likeliest id."""

    surprisal: Tensor
    entropy: Tensor
    relative: Tensor
    likeliest: Tensor


def surprisals(logits: Tensor, tokens: Tensor) -> Surprisal:
    """Score ``tokens`` (T,) under ``logits`` (T, V), row i being the prediction for token i.

    S = -log2(p[x] + 1e-10), H = -sum p log2(p + 1e-10), R = S / H where H > 0 and else 0.
    """
    chances = logits.float().softmax(-1)
    bits = (chances + EPSILON).log2()
    own = -bits.gather(-1, tokens[:, None]).squeeze(-1)
    entropy = -(chances * bits).sum(-1)
    return Surprisal(own, entropy, relative(own, entropy), chances.argmax(-1))


def relative(surprisal: Tensor, entropy: Tensor) -> Tensor:
    """R = S / H: how much more surprising than the model expected to be surprised; 0 without entropy."""
    return torch.where(entropy > 0, surprisal / entropy, torch.zeros_like(surprisal))
