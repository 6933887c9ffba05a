"""The one-window decode: a prompt is read once, then one token at a time, over a preallocated cache (spec 03 section 9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..config import Sampling
from ..model.cache import DecoderCache, KeysValues, key_mask_of
from ..model.modeling import Mapperatorinator, positions_of
from .rules import PAD, Rule
from .sampling import Generators, choose

Check = Callable[[int], None]


def pad_left(prompts: Sequence[Sequence[int]], length: int, device: torch.device) -> Tensor:
    """(rows, length) ids with PAD on the left."""
    padded = [[PAD] * (length - len(prompt)) + list(prompt) for prompt in prompts]
    return torch.tensor(padded, dtype=torch.long, device=device)


@dataclass(frozen=True)
class Guidance:
    """Classifier-free guidance (spec 03 section 9.1).

    ``reversed`` and ``shared_mask`` are the published quirks ``reversed_guidance`` and ``guidance_mask``.
    """

    scale: float = 1.0
    reversed: bool = False
    shared_mask: bool = False

    @property
    def halves(self) -> int:
        return 2 if self.scale > 1 else 1

    def combine(self, scores: Tensor) -> Tensor:
        """Scores (rows, halves, V), the negative half first -> (rows, V)."""
        if self.halves == 1:
            return scores[:, 0]
        negative, positive = scores[:, 0], scores[:, 1]
        if self.reversed:
            return positive + self.scale * (negative - positive)
        return negative + self.scale * (positive - negative)


class Stepper:
    """Feeds prompts and tokens to the model and keeps its cache.

    The model sees rows * halves decoder rows; the halves of guidance lie side by side and share their encoder row.
    With ``negative_half_only`` (published quirk ``beam_state``) both halves go on from the negative half's past.
    """

    def __init__(
        self, model: Mapperatorinator, cache: DecoderCache, guidance: Guidance, negative_half_only: bool = False
    ) -> None:
        self.model, self.cache, self.guidance = model, cache, guidance
        self.negative_half_only = negative_half_only
        self.positions = torch.empty(0, dtype=torch.long)
        self.longest = 0

    def prefill(self, cross: Sequence[KeysValues], prompts: Tensor, negative: Tensor | None) -> Tensor:
        """Read prompts (rows, T), left-padded: scores (rows, halves, V) float32 of the next token."""
        ids = prompts
        if self.guidance.halves == 2:
            if negative is None:
                raise ValueError("guidance needs a negative prompt for every row")
            ids = torch.stack((negative, prompts), 1).flatten(0, 1)
        mask = ids != PAD
        if self.guidance.halves == 2 and self.guidance.shared_mask:
            mask = mask[1::2].repeat_interleave(2, 0)
        key_mask = key_mask_of(mask)
        positions = positions_of(mask) if key_mask is not None else None
        self.cache.begin(cross, key_mask)
        self.positions = mask.sum(1)
        self.longest = int(self.positions.max())
        return self._scores(ids, positions)

    def step(self, tokens: Tensor) -> Tensor:
        """Read one token (rows,): scores (rows, halves, V) float32 of the next one."""
        ids = tokens.repeat_interleave(self.guidance.halves)[:, None] if self.guidance.halves > 1 else tokens[:, None]
        positions = self.positions[:, None]
        # Rows that have ended at the last position are fed on with the others.
        self.positions = (self.positions + 1).clamp(max=self.model.config.max_target_positions - 1)
        self.longest += 1
        return self._scores(ids, positions)

    def spread(self, beams: int) -> None:
        """Repeat every row for its beams."""
        rows = torch.arange(self.positions.shape[0] // self.guidance.halves, device=self.positions.device)
        index = self._halves_of(rows.repeat_interleave(beams))
        self.cache.select(index)
        self.positions = self.positions[index]

    def select(self, rows: Tensor) -> None:
        """Continue with these rows, in this order."""
        index = self._halves_of(rows)
        self.positions = self.positions[index]
        if self.negative_half_only:
            index = index - index % self.guidance.halves
        self.cache.select(index)

    def keep(self, rows: Tensor) -> None:
        """Let all rows but these leave, with what they see of the encoder."""
        self.select(rows)
        if self.cache.cross and self.cache.cross[0][0].shape[0] > 1:
            self.cache.cross = [(keys[rows], values[rows]) for keys, values in self.cache.cross]

    def _halves_of(self, rows: Tensor) -> Tensor:
        halves = self.guidance.halves
        return (rows[:, None] * halves + torch.arange(halves, device=rows.device)).flatten()

    def _scores(self, ids: Tensor, positions: Tensor | None) -> Tensor:
        with self.model.autocast():
            logits = self.model.decode(ids, positions, self.longest, self.cache)
        return logits.float().unflatten(0, (-1, self.guidance.halves))


def decode_rows(
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
    leave: bool = False,
) -> list[list[int]]:
    """Greedy or sampled decoding of a batch.

    ``prompts`` and ``negative`` (rows, T) left-padded; ``stop`` (vocabulary,) bool; ``limits`` (rows,) the most new ids
    of each row. Returns the new ids of each row with the stop id. ``check`` is called with the number of running rows
    after each step and may raise to give up. With ``leave``, rows that have ended leave the batch: at once where all look
    at one window, else, since what they see of the encoder is much to copy, when they are half of it.
    """
    for rule in rules:
        rule.start(prompts)
    scores = stepper.prefill(cross, prompts, negative)
    present = torch.arange(prompts.shape[0], device=prompts.device)
    parts: list[_Part] = [(present, [])]
    finished = limits <= 0
    lengths = torch.zeros_like(limits)
    running = int((~finished).sum())
    one_window = bool(cross) and cross[0][0].shape[0] == 1
    while running:
        best = stepper.guidance.combine(scores)
        for rule in rules:
            best = rule.apply(best)
        tokens = choose(best, sampling, generator, ~finished).masked_fill(finished, PAD)
        parts[-1][1].append(tokens)
        lengths[present] += ~finished
        finished = finished | stop[tokens] | (lengths >= limits)[present]
        still = int((~finished).sum())
        if check is not None:
            check(running)
        running = still
        if not running:
            break
        for rule in rules:
            rule.advance(tokens)
        if leave and running < len(present) and (one_window or 2 * running <= len(present)):
            kept = (~finished).nonzero().flatten()
            present, finished, tokens = present[kept], finished[kept], tokens[kept]
            generator = _generators_of(generator, kept)
            parts.append((present, []))
            for rule in rules:
                rule.select(kept)
            stepper.keep(kept)
        scores = stepper.step(tokens)
    return _rows(parts, lengths)


_Part = tuple[Tensor, list[Tensor]]  # rows that were in the batch, and what they chose at each step


def _generators_of(generator: Generators, rows: Tensor) -> Generators:
    if generator is None or isinstance(generator, torch.Generator):
        return generator
    return [generator[row] for row in rows.tolist()]


def _rows(parts: Sequence[_Part], lengths: Tensor) -> list[list[int]]:
    result: list[list[int]] = [[] for _ in range(lengths.shape[0])]
    for present, steps in parts:
        for row, ids in zip(present.tolist(), torch.stack(steps, 1).tolist() if steps else (), strict=False):
            result[row] += ids
    return [row[:length] for row, length in zip(result, lengths.tolist(), strict=True)]
