"""A rule for places: what follows within a part of a beat follows near by."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .engine import AllowedTimes
from .rule_tokens import NEVER, RuleTokens


class QuickPlaces:
    """Keeps the first place of a time to cells near the last place before it, where the time between is short.

    For models with the type last in a group and joint cells: a time, then a place. Rows without
    :class:`~osuT5.generation.engine.QuickReach` may go anywhere.
    """

    def __init__(self, tokens: RuleTokens, allowed: Sequence[AllowedTimes | None], device: torch.device) -> None:
        self.first_time, self.end_time = tokens.time
        self.first, self.end = tokens.places
        quick = [None if times is None else times.quick for times in allowed]
        columns = max((reach.columns for reach in quick if reach is not None), default=1)
        cells = torch.arange(self.end - self.first, device=device)
        self.x, self.y = cells % columns, cells // columns
        self.steps = torch.tensor([0 if reach is None else reach.steps for reach in quick], device=device)
        self.reach = torch.tensor([0.0 if reach is None else reach.cells for reach in quick], device=device)
        self.time = self.place = self.place_time = torch.empty(0, dtype=torch.long, device=device)

    def start(self, ids: Tensor) -> None:
        beams = ids.shape[0] // self.steps.shape[0]
        self.steps, self.reach = self.steps.repeat_interleave(beams), self.reach.repeat_interleave(beams)
        spots = torch.arange(1, ids.shape[1] + 1, device=ids.device)
        is_time = (ids >= self.first_time) & (ids < self.end_time)
        last_place = torch.where((ids >= self.first) & (ids < self.end), spots, 0).amax(1)
        self.time = _id_at(ids, torch.where(is_time, spots, 0).amax(1))
        self.place = _id_at(ids, last_place)
        self.place_time = _id_at(ids, torch.where(is_time & (spots < last_place[:, None]), spots, 0).amax(1))

    def apply(self, scores: Tensor) -> Tensor:
        gap = self.time - self.place_time
        bound = (gap > 0) & (gap <= self.steps) & (self.place >= 0) & (self.place_time >= 0)
        cell = (self.place - self.first).clamp(min=0)
        away = (self.x - self.x[cell][:, None]) ** 2 + (self.y - self.y[cell][:, None]) ** 2
        far = bound[:, None] & (away > self.reach[:, None] ** 2)
        scores[:, self.first : self.end].masked_fill_(far, NEVER)
        return scores

    def advance(self, tokens: Tensor) -> None:
        is_time = (tokens >= self.first_time) & (tokens < self.end_time)
        is_place = (tokens >= self.first) & (tokens < self.end)
        self.time = torch.where(is_time, tokens, self.time)
        self.place = torch.where(is_place, tokens, self.place)
        self.place_time = torch.where(is_place, self.time, self.place_time)

    def select(self, rows: Tensor) -> None:
        self.steps, self.reach = self.steps[rows], self.reach[rows]
        self.time, self.place, self.place_time = self.time[rows], self.place[rows], self.place_time[rows]


def _id_at(ids: Tensor, spots: Tensor) -> Tensor:
    """The id at each row's spot, counted from 1; -1 for 0."""
    found = ids.gather(1, (spots - 1).clamp(min=0)[:, None])[:, 0]
    return torch.where(spots > 0, found, -1)
