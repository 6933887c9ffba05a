"""Beam search over the same stepper and rules as the plain decode (spec 03 section 9.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..config import Sampling
from ..model.cache import KeysValues
from .decode import Check, Stepper
from .rules import PAD, Rule
from .sampling import Generators, draw, filtered

WORST = -1.0e9


@dataclass
class Beams:
    """What is kept of each window (B) and beam (N): ids without the prompt, padded."""

    running: Tensor  # (B, N, capacity)
    running_scores: Tensor  # (B, N) summed log scores
    best: Tensor  # (B, N, capacity) finished sequences
    best_scores: Tensor  # (B, N) score per new token
    best_lengths: Tensor  # (B, N)
    is_finished: Tensor  # (B, N) bool
    improvable: Tensor  # (B, 1) bool, False freezes a window

    @classmethod
    def empty(cls, batch: int, beams: int, capacity: int, device: torch.device) -> Beams:
        ids = torch.full((batch, beams, capacity), PAD, dtype=torch.long, device=device)
        scores = torch.full((batch, beams), WORST, device=device)
        first = scores.clone()
        first[:, 0] = 0  # the beams start equal, so only the first may speak
        return cls(
            running=ids,
            running_scores=first,
            best=ids.clone(),
            best_scores=scores,
            best_lengths=torch.zeros(batch, beams, dtype=torch.long, device=device),
            is_finished=torch.zeros(batch, beams, dtype=torch.bool, device=device),
            improvable=torch.ones(batch, 1, dtype=torch.bool, device=device),
        )

    def continuations(
        self, scores: Tensor, count: int, sampling: Sampling, generator: Generators
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The ``count`` best of scores (B, N, V): summed score, beam that it continues and token, each (B, count)."""
        vocabulary = scores.shape[-1]
        flat = (scores + self.running_scores[:, :, None]).flatten(1)
        count = min(count, flat.shape[1])
        if sampling.do_sample:
            places = draw(flat, count, generator)
            values, order = flat.gather(1, places).sort(-1, descending=True)
            places = places.gather(1, order)
        else:
            values, places = flat.topk(count, -1)
        return values, places // vocabulary, places % vocabulary

    def finish(self, values: Tensor, sources: Tensor, tokens: Tensor, done: Tensor, length: int) -> None:
        """Merge those of the N best candidates that are ``done`` into the finished ones."""
        width = self.best_scores.shape[1]
        values, sources, tokens = values[:, :width], sources[:, :width], tokens[:, :width]
        ended = done[:, :width] & self.improvable
        scores = torch.cat((self.best_scores, values / length + torch.where(ended, 0.0, WORST)), 1)
        lengths = torch.cat((self.best_lengths, torch.full_like(tokens, length)), 1)
        self.best_scores, kept = scores.topk(width, -1)
        self.best = _gather(torch.cat((self.best, self._extended(sources, tokens, length)), 1), kept)
        self.best_lengths = lengths.gather(1, kept)
        self.is_finished = torch.cat((self.is_finished, ended), 1).gather(1, kept)

    def carry_on(self, values: Tensor, sources: Tensor, tokens: Tensor, done: Tensor, length: int) -> Tensor:
        """Keep the N best candidates that are not done; returns the beam (B, N) that each comes from."""
        self.running_scores, kept = (values + done * WORST).topk(self.running_scores.shape[1], -1)
        sources = sources.gather(1, kept)
        self.running = self._extended(sources, tokens.gather(1, kept), length)
        return sources

    def _extended(self, sources: Tensor, tokens: Tensor, length: int) -> Tensor:
        ids = _gather(self.running, sources)
        ids[:, :, length - 1] = tokens
        return ids

    def freeze(self, length: int, exhausted: Tensor) -> None:
        """Mark windows (B, 1) whose running beams can't get better than the worst finished one."""
        possible = self.running_scores[:, :1] / length
        worst = torch.where(self.is_finished, self.best_scores.amin(1, keepdim=True), WORST)
        self.improvable = self.improvable & (possible > worst).any(-1, keepdim=True) & ~exhausted


def decode_beams(
    stepper: Stepper,
    cross: Sequence[KeysValues],
    prompts: Tensor,
    negative: Tensor | None,
    rules: Sequence[Rule],
    sampling: Sampling,
    stop: Tensor,
    limits: Tensor,
    generator: Generators = None,
    check: Check | None = None,
) -> list[list[int]]:
    """Beam search or beam sampling; arguments and result as of :func:`~osuT5.generation.decode.decode_rows`.

    Every window keeps its own result once its beams can't improve it, so a batch gives what single windows give.
    """
    width, batch = sampling.num_beams, prompts.shape[0]
    capacity = max(int(limits.max()), 0)
    if capacity == 0:
        return [[] for _ in range(batch)]
    stops = int(stop.sum())
    count = max(2, 1 + stops) * width
    beams = Beams.empty(batch, width, capacity, prompts.device)
    spread = torch.arange(batch, device=prompts.device).repeat_interleave(width)
    offsets = (torch.arange(batch, device=prompts.device) * width)[:, None]
    for rule in rules:
        rule.start(prompts[spread])
    scores = stepper.prefill(cross, prompts, negative)[spread]
    stepper.spread(width)
    for step in range(capacity):
        best = stepper.guidance.combine(scores.log_softmax(-1))
        for rule in rules:
            best = rule.apply(best)
        if sampling.do_sample:
            best = filtered(best, sampling, keep=stops + 1)
        values, sources, tokens = beams.continuations(best.unflatten(0, (batch, width)), count, sampling, generator)
        last = (step + 1 >= limits)[:, None]
        done = stop[tokens] | last
        beams.finish(values, sources, tokens, done, step + 1)
        rows = (beams.carry_on(values, sources, tokens, done, step + 1) + offsets).flatten()
        beams.freeze(step + 1, last)
        if check is not None:
            check(batch)
        if not bool(beams.improvable.any()):
            break
        chosen = beams.running[:, :, step].flatten()
        stepper.select(rows)
        for rule in rules:
            rule.select(rows)
            rule.advance(chosen)
        scores = stepper.step(chosen)
    rows_of_ids, lengths = beams.best[:, 0].tolist(), beams.best_lengths[:, 0].tolist()
    return [row[:length] for row, length in zip(rows_of_ids, lengths, strict=True)]


def _gather(ids: Tensor, beams: Tensor) -> Tensor:
    """Rows (B, N, ...) of ``ids`` (B, M, ...) at ``beams`` (B, N)."""
    return ids.take_along_dim(beams.unsqueeze(-1), 1)
