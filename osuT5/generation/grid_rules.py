"""Rules for maps whose times lie on a grid: ticks and their snappings, objects apart, columns that are free."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .engine import AllowedTimes
from .rule_tokens import NEVER, RuleTokens

LEAST = -1e30
GROUP = 4  # tokens from a note's time to its column, or more


class GridTimes:
    """Keeps times to the ticks of a grid.

    The chance of every time goes to the tick that is nearest, so that a model whose times are a little off still finds
    it. Ruled out are snappings that are not those of the tick and, in models with the type last in a group,
    ticks too close behind the start or end of an object.
    """

    def __init__(self, tokens: RuleTokens, allowed: Sequence[AllowedTimes | None], device: torch.device) -> None:
        self.first, self.end = tokens.time
        span = self.end - self.first
        nearest = torch.arange(span).repeat(len(allowed), 1)
        snappings = torch.full((len(allowed), span), -1)
        for row, times in enumerate(allowed):
            if times is not None:
                places = torch.tensor(times.steps, dtype=torch.long) - tokens.time_min
                inside = (places >= 0) & (places < span)
                ticks = places[inside]
                if len(ticks):
                    nearest[row] = ticks[(torch.arange(span)[:, None] - ticks).abs().argmin(1)]
                snappings[row, ticks] = torch.tensor(times.snappings, dtype=torch.long)[inside]
        self.nearest, self.snappings = nearest.to(device), snappings.to(device)
        self.first_snapping, self.end_snapping = tokens.snappings
        self.values = torch.arange(self.end_snapping - self.first_snapping, device=device)
        self.apart = torch.tensor([0 if times is None else times.apart for times in allowed], device=device)
        self.times = torch.arange(self.first, self.end, device=device)
        self.moves = tokens.table(tokens.time_goes_on, device)
        self.last = torch.empty(0, dtype=torch.long, device=device)
        self.moved = torch.empty(0, dtype=torch.bool, device=device)  # whether such a type came since the last time

    def start(self, ids: Tensor) -> None:
        beams = ids.shape[0] // self.nearest.shape[0]
        self.nearest, self.apart = self.nearest.repeat_interleave(beams, 0), self.apart.repeat_interleave(beams)
        self.snappings = self.snappings.repeat_interleave(beams, 0)
        places = torch.arange(1, ids.shape[1] + 1, device=ids.device)
        is_time = (ids >= self.first) & (ids < self.end)
        last_time = torch.where(is_time, places, 0).amax(1)
        self.last = ids.gather(1, (last_time - 1).clamp(min=0)[:, None])[:, 0]
        self.moved = (torch.where(self.moves[ids], places, 0).amax(1) > last_time) & (last_time > 0)

    def apply(self, scores: Tensor) -> Tensor:
        times = scores[:, self.first : self.end]
        highest = times.amax(1, keepdim=True).clamp(min=LEAST)
        chances = torch.zeros_like(times).scatter_add_(1, self.nearest, (times - highest).exp())
        soonest = torch.where(self.moved & (self.apart > 0), self.last + self.apart, self.first)
        scores[:, self.first : self.end] = (chances.log() + highest).masked_fill_(self.times < soonest[:, None], NEVER)
        place = (self.last - self.first).clamp(0, self.snappings.shape[1] - 1)
        wanted = self.snappings.gather(1, place[:, None])
        wrong = (wanted >= 0) & (self.values != wanted)
        scores[:, self.first_snapping : self.end_snapping].masked_fill_(wrong, NEVER)
        return scores

    def advance(self, tokens: Tensor) -> None:
        is_time = (tokens >= self.first) & (tokens < self.end)
        self.last = torch.where(is_time, tokens, self.last)
        self.moved = ~is_time & (self.moved | self.moves[tokens])

    def select(self, rows: Tensor) -> None:
        self.nearest, self.apart, self.snappings = self.nearest[rows], self.apart[rows], self.snappings[rows]
        self.last, self.moved = self.last[rows], self.moved[rows]


class FreeColumns:
    """Mania: only columns that there are, no two notes of one time in a column, and on to another time when all are
    taken."""

    def __init__(self, tokens: RuleTokens, allowed: Sequence[AllowedTimes | None], device: torch.device) -> None:
        self.first_time, self.end_time = tokens.time
        self.first, self.end = tokens.columns
        self.columns = torch.arange(self.first, self.end, device=device)
        self.times = torch.arange(self.first_time, self.end_time, device=device)
        count = self.end - self.first
        keys = [count if times is None or not times.keys else times.keys for times in allowed]
        self.keys = torch.tensor(keys, device=device)
        self.time = torch.empty(0, dtype=torch.long, device=device)
        self.used = torch.empty(0, dtype=torch.bool, device=device)

    def start(self, ids: Tensor) -> None:
        rows = ids.shape[0]
        self.keys = self.keys.repeat_interleave(rows // self.keys.shape[0])
        self.time = torch.full((rows,), -1, device=ids.device)
        self.used = torch.zeros(rows, len(self.columns), dtype=torch.bool, device=ids.device)
        with_column = ((ids >= self.first) & (ids < self.end)).any(0)
        begin = int(with_column.int().argmax()) if bool(with_column.any()) else ids.shape[1]
        for tokens in ids[:, max(0, begin - GROUP) :].unbind(1):  # nothing before the first note's time counts
            self.advance(tokens)

    def apply(self, scores: Tensor) -> Tensor:
        absent = self.columns - self.first >= self.keys[:, None]
        scores[:, self.first : self.end].masked_fill_(self.used | absent, NEVER)
        full = (self.used | absent).all(1) & self.used.any(1)
        scores[:, self.first_time : self.end_time].masked_fill_(
            full[:, None] & (self.times <= self.time[:, None]), NEVER
        )
        return scores

    def advance(self, tokens: Tensor) -> None:
        is_time = (tokens >= self.first_time) & (tokens < self.end_time)
        self.used &= ~(is_time & (tokens != self.time))[:, None]
        self.time = torch.where(is_time, tokens, self.time)
        self.used |= self.columns == tokens[:, None]

    def select(self, rows: Tensor) -> None:
        self.time, self.used, self.keys = self.time[rows], self.used[rows], self.keys[rows]
