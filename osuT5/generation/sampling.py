"""Choosing the next token from scores (spec 03 section 9.7)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..config import Sampling

NEVER = float("-inf")
FEW = 128  # ids that nearly always hold the mass that is asked for


def filter_top_k(scores: Tensor, k: int, keep: int = 1) -> Tensor:
    """Rule out all but the ``k`` best (at least ``keep``) of scores (rows, V)."""
    k = min(max(k, keep), scores.shape[-1])
    worst = scores.topk(k, -1).values[:, -1:]
    return scores.masked_fill(scores < worst, NEVER)


def filter_top_p(scores: Tensor, p: float, keep: int = 1) -> Tensor:
    """Keep the smallest set of best ids whose mass reaches ``p`` (at least ``keep`` ids)."""
    if scores.device.type == "cpu" and keep <= FEW < scores.shape[-1]:  # a whole sort costs as much as a layer
        best, places = scores.topk(FEW, -1)
        chances = (best - scores.logsumexp(-1, keepdim=True)).exp()
        before = chances.cumsum(-1) - chances
        if bool((before[:, -1] > p).all()):
            best = best.masked_fill((before >= p).index_fill(-1, torch.arange(keep), False), NEVER)
            return torch.full_like(scores, NEVER).scatter(-1, places, best)
    ordered, places = scores.sort(-1, descending=False)
    drop = ordered.softmax(-1).cumsum(-1) <= 1 - p
    drop[:, -keep:] = False
    return scores.masked_fill(torch.zeros_like(drop).scatter(-1, places, drop), NEVER)


def filtered(scores: Tensor, sampling: Sampling, keep: int = 1) -> Tensor:
    """Scores after top-k and then top-p, as far as they are on."""
    if sampling.top_k:
        scores = filter_top_k(scores, sampling.top_k, keep)
    if sampling.top_p < 1:
        scores = filter_top_p(scores, sampling.top_p, keep)
    return scores


Generators = torch.Generator | Sequence[torch.Generator] | None  # one for all rows, or one a row; None: torch's own


def draw(scores: Tensor, count: int, generator: Generators, active: Tensor | None = None) -> Tensor:
    """``count`` different ids a row, drawn by the softmax of scores (rows, V): (rows, count).

    A generator of another device draws there, so that a seed means the same on every device. With a generator a row,
    rows that are not ``active`` (rows,) draw nothing and get 0, so a row draws what it would draw alone.
    """
    chances = scores.softmax(-1)
    if generator is None or isinstance(generator, torch.Generator):
        return _drawn(chances, count, generator)
    running = [True] * len(generator) if active is None else active.tolist()
    nothing = scores.new_zeros((1, count), dtype=torch.long)
    rows = zip(chances.split(1), generator, running, strict=True)
    return torch.cat([_drawn(row, count, own) if runs else nothing for row, own, runs in rows])


def choose(scores: Tensor, sampling: Sampling, generator: Generators, active: Tensor | None = None) -> Tensor:
    """The next id of each row: the first maximum, or a draw after top-k and top-p."""
    if not sampling.do_sample:
        return scores.argmax(-1)
    return draw(filtered(scores, sampling), 1, generator, active)[:, 0]


def _drawn(chances: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    if generator is not None and generator.device != chances.device:
        return chances.to(generator.device).multinomial(count, generator=generator).to(chances.device)
    return chances.multinomial(count, generator=generator)
