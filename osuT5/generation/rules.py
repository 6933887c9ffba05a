"""Rules that change the scores of the next token (spec 03 sections 9.2 to 9.5).

Every rule reads the prompt once and then carries what it needs as small tensors, one entry a row; nothing looks back at
earlier ids. Rows are windows, or beams of windows.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..config import Sampling
from .engine import AllowedTimes
from .grid_rules import FreeColumns, GridTimes
from .place_rules import QuickPlaces
from .rule_tokens import NEVER, PAD, Rule, RuleTokens

TINY = 1e-12


class MonotonicTime:
    """Times may not go back: ids below the row's last time since the last opening id are ruled out (9.2)."""

    def __init__(self, tokens: RuleTokens, device: torch.device) -> None:
        self.first, self.end = tokens.time
        self.opens = tokens.table(tokens.openings, device)
        self.times = torch.arange(self.first, self.end, device=device)
        self.last = torch.empty(0, dtype=torch.long, device=device)

    def start(self, ids: Tensor) -> None:
        places = torch.arange(1, ids.shape[1] + 1, device=ids.device)
        is_time = (ids >= self.first) & (ids < self.end)
        last_time = torch.where(is_time, places, 0).amax(1)
        last_open = torch.where(self.opens[ids], places, 0).amax(1)
        id_there = ids.gather(1, (last_time - 1).clamp(min=0)[:, None])[:, 0]
        self.last = torch.where(last_time > last_open, id_there, self.first)

    def apply(self, scores: Tensor) -> Tensor:
        scores[:, self.first : self.end].masked_fill_(self.times < self.last[:, None], NEVER)
        return scores

    def advance(self, tokens: Tensor) -> None:
        is_time = (tokens >= self.first) & (tokens < self.end)
        self.last = torch.where(is_time, tokens, torch.where(self.opens[tokens], self.first, self.last))

    def select(self, rows: Tensor) -> None:
        self.last = self.last[rows]


class TimeShiftBias:
    """Adds the same number to all times (9.3)."""

    def __init__(self, tokens: RuleTokens, bias: float) -> None:
        self.first, self.end = tokens.time
        self.bias = bias

    def start(self, ids: Tensor) -> None: ...

    def apply(self, scores: Tensor) -> Tensor:
        scores[:, self.first : self.end] += self.bias
        return scores

    def advance(self, tokens: Tensor) -> None: ...

    def select(self, rows: Tensor) -> None: ...


class Temperature:
    """The main temperature, and that of positions where the likeliest next token is one."""

    def __init__(self, tokens: RuleTokens, sampling: Sampling, device: torch.device) -> None:
        self.main = sampling.temperature
        self.of_positions = sampling.temperature_of_positions
        self.positions = tokens.table(tokens.positions, device)[: tokens.vocab_out]

    def start(self, ids: Tensor) -> None: ...

    def apply(self, scores: Tensor) -> Tensor:
        if self.of_positions == self.main:
            return scores / self.main
        at_position = self.positions[scores.argmax(-1, keepdim=True)]
        return scores / torch.where(at_position, self.of_positions, self.main)

    def advance(self, tokens: Tensor) -> None: ...

    def select(self, rows: Tensor) -> None: ...


class ConditionalTemperature:
    """A temperature by what came before, for models with the type first in a group (9.4).

    ``first_row_decides`` is the published quirk ``row0_temperature``.
    """

    def __init__(self, tokens: RuleTokens, sampling: Sampling, first_row_decides: bool, device: torch.device) -> None:
        self.main = sampling.temperature
        self.first_row_decides = first_row_decides
        # (temperature, ids, how far back); the first that matches counts, so later ones are applied first
        choices = (
            (sampling.timing_temperature, tokens.beats, 1),
            (sampling.mania_column_temperature, tokens.mania_hits, 3),
            (sampling.taiko_hit_temperature, tokens.scroll_speeds, 1),
        )
        self.choices = [
            (temperature, tokens.table(ids, device), back)
            for temperature, ids, back in reversed(choices)
            if temperature != self.main and ids
        ]
        self.recent = torch.empty(0, 3, dtype=torch.long, device=device)

    def start(self, ids: Tensor) -> None:
        padding = ids.new_full((ids.shape[0], 3), PAD)
        self.recent = torch.cat((padding, ids), 1)[:, -3:]

    def divisors(self) -> Tensor:
        """(rows, 1), or (1, 1) where the first row decides."""
        recent = self.recent[:1] if self.first_row_decides else self.recent
        result = torch.full((recent.shape[0],), self.main, dtype=torch.float32, device=recent.device)
        for temperature, table, back in self.choices:
            result = torch.where(table[recent[:, -back]], temperature, result)
        return result[:, None]

    def apply(self, scores: Tensor) -> Tensor:
        return scores / self.divisors()

    def advance(self, tokens: Tensor) -> None:
        self.recent = torch.cat((self.recent[:, 1:], tokens[:, None]), 1)

    def select(self, rows: Tensor) -> None:
        self.recent = self.recent[rows]


class NoEarlyTimes:
    """Rules out times inside the look-back, for models with the type last in a group (9.5)."""

    def __init__(self, tokens: RuleTokens, lookback_ms: float) -> None:
        self.first, self.end = tokens.early_times(lookback_ms)

    def start(self, ids: Tensor) -> None: ...

    def apply(self, scores: Tensor) -> Tensor:
        scores[:, self.first : self.end] = NEVER
        return scores

    def advance(self, tokens: Tensor) -> None: ...

    def select(self, rows: Tensor) -> None: ...


class LookbackBias:
    """Turns times inside the look-back into the chance to stop, for models with the type first in a group (9.5).

    After a timed type the chance of those times goes to the others, and what ending would have got a step earlier goes
    to the first of them, which is a stop id. ``follows_beams`` is off under the published quirk ``beam_state``.
    """

    def __init__(self, tokens: RuleTokens, lookback_ms: float, follows_beams: bool, device: torch.device) -> None:
        self.first, self.end = tokens.early_times(lookback_ms)
        self.closings = torch.tensor(
            sorted(token for token in tokens.closings if token < tokens.vocab_out), device=device
        )
        self.timed = tokens.table(tokens.timed, device)
        self.follows_beams = follows_beams
        self.before: Tensor | None = None
        self.previous = torch.empty(0, dtype=torch.long, device=device)

    def start(self, ids: Tensor) -> None:
        self.before = None
        self.previous = ids[:, -1]

    def apply(self, scores: Tensor) -> Tensor:
        before, self.before = self.before, scores.clone()
        if before is None or self.first == self.end:
            return scores
        affected = self.timed[self.previous]
        if not bool(affected.any()):
            return scores
        return torch.where(affected[:, None], self._biased(before, scores), scores)

    def _biased(self, before: Tensor, scores: Tensor) -> Tensor:
        ending = before.softmax(-1)[:, self.closings].sum(-1)
        going_on = 1 - ending
        chances = scores.softmax(-1)
        late = 1 - chances[:, self.first : self.end].sum(-1)
        scale = 1 / (late * going_on + ending).clamp(min=TINY)  # nothing left to do but stop: no division by zero
        chances = chances * scale[:, None]
        chances[:, self.first : self.end] = 0
        chances[:, self.first] = ((scale - 1) * ending / going_on.clamp(min=TINY)).clamp(0, 1)
        return chances.log()

    def advance(self, tokens: Tensor) -> None:
        self.previous = tokens

    def select(self, rows: Tensor) -> None:
        self.previous = self.previous[rows]
        if self.before is not None and self.follows_beams:
            self.before = self.before[rows]


def build_rules(
    tokens: RuleTokens,
    sampling: Sampling,
    *,
    types_first: bool,
    lookback_ms: float,
    device: torch.device,
    times: Sequence[AllowedTimes | None] = (),
    first_row_decides: bool = False,
    follows_beams: bool = True,
) -> Sequence[Rule]:
    """The rules of one decode call in their order."""
    rules: list[Rule] = [MonotonicTime(tokens, device)]
    if any(allowed is not None for allowed in times):
        rules += [GridTimes(tokens, times, device), FreeColumns(tokens, times, device)]
    if any(allowed is not None and allowed.quick is not None for allowed in times):
        rules.append(QuickPlaces(tokens, times, device))
    if sampling.timeshift_bias != 0:
        rules.append(TimeShiftBias(tokens, sampling.timeshift_bias))
    if types_first:
        rules.append(ConditionalTemperature(tokens, sampling, first_row_decides, device))
    elif (sampling.temperature, sampling.temperature_of_positions) != (1, 1):
        rules.append(Temperature(tokens, sampling, device))
    if lookback_ms > 0:
        rules.append(
            LookbackBias(tokens, lookback_ms, follows_beams, device)
            if types_first
            else NoEarlyTimes(tokens, lookback_ms)
        )
    return rules
