"""Rules that change the scores of the next token (spec 03 sections 9.2 to 9.5).

Every rule reads the prompt once and then carries what it needs as small tensors, one entry a row; nothing looks back at
earlier ids. Rows are windows, or beams of windows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ..config import Sampling
from ..events.event import BEAT_TYPES, TIMED, EventType
from ..tokenizer import Tokenizer
from .engine import AllowedTimes

SOS, EOS, PAD = 1, 2, 0
NEVER = float("-inf")
TINY = 1e-12
LEAST = -1e30
_OBJECT_ENDS = (
    EventType.CIRCLE,
    EventType.SLIDER_END,
    EventType.SPINNER_END,
    EventType.DRUMROLL_END,
    EventType.DENDEN_END,
)
_MANIA_HITS = (EventType.CIRCLE, EventType.HOLD_NOTE, EventType.HOLD_NOTE_END)


class Rule(Protocol):
    """One rule over rows of scores (rows, V_out) float32."""

    def start(self, ids: Tensor) -> None:
        """Read the prompts (rows, T), left-padded."""

    def apply(self, scores: Tensor) -> Tensor:
        """New scores for the next token."""

    def advance(self, tokens: Tensor) -> None:
        """Take note of the token (rows,) that was chosen."""

    def select(self, rows: Tensor) -> None:
        """Keep the state of these rows, in this order."""


@dataclass(frozen=True)
class RuleTokens:
    """The ids that the rules speak about."""

    vocab_in: int  # ids that a prompt may hold
    vocab_out: int  # ids that can be produced
    time: tuple[int, int]  # ids of TIME_SHIFT, end exclusive
    time_min: int  # value of the first of them, in 10 ms steps
    openings: frozenset[int]  # SOS and the ids that open a context
    closings: frozenset[int]  # EOS and the ids that close a context
    timed: frozenset[int]
    beats: frozenset[int]
    mania_hits: frozenset[int]  # empty where the model has no hold notes
    scroll_speeds: frozenset[int]
    object_ends: frozenset[int] = frozenset()  # types behind which an object is over
    snappings: tuple[int, int] = (0, 0)  # ids of SNAPPING, from value 0, end exclusive

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> RuleTokens:
        first, end = tokenizer.event_start[EventType.TIME_SHIFT], tokenizer.event_end[EventType.TIME_SHIFT]
        holds = EventType.HOLD_NOTE in tokenizer.event_start
        return cls(
            vocab_in=tokenizer.vocab_size_in,
            vocab_out=tokenizer.vocab_size_out,
            time=(first, end),
            time_min=tokenizer.decode(first).value,
            openings=frozenset({SOS, *tokenizer.context_sos.values()}),
            closings=frozenset({EOS, *tokenizer.context_eos.values()}),
            timed=_ids(tokenizer, TIMED),
            beats=_ids(tokenizer, BEAT_TYPES),
            mania_hits=_ids(tokenizer, _MANIA_HITS) if holds else frozenset(),
            scroll_speeds=_ids(tokenizer, (EventType.SCROLL_SPEED,)),
            object_ends=_ids(tokenizer, _OBJECT_ENDS),
            snappings=_span(tokenizer, EventType.SNAPPING),
        )

    def table(self, ids: Collection[int], device: torch.device) -> Tensor:
        """(vocabulary,) bool, True at ``ids``; index it with ids of prompts or of new tokens."""
        table = torch.zeros(max(self.vocab_in, self.vocab_out), dtype=torch.bool, device=device)
        table[torch.tensor(sorted(ids), dtype=torch.long, device=device)] = True
        return table

    def early_times(self, lookback_ms: float) -> tuple[int, int]:
        """Ids of times before the end of the look-back, end exclusive."""
        first, end = self.time
        return first, min(end, max(first, first + int(lookback_ms / 10) - self.time_min))


def _span(tokenizer: Tokenizer, kind: EventType) -> tuple[int, int]:
    return tokenizer.event_start.get(kind, 0), tokenizer.event_end.get(kind, 0)


def _ids(tokenizer: Tokenizer, types: Collection[EventType]) -> frozenset[int]:
    present = [kind for kind in types if kind in tokenizer.event_start]
    return frozenset(
        token for kind in present for token in range(tokenizer.event_start[kind], tokenizer.event_end[kind])
    )


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


class GridTimes:
    """Keeps times to the ticks of a grid.

    The chance of every time goes to the tick that is nearest, so that a model whose times are a little off still finds
    it. Ruled out are snappings that are not those of the tick and, in models with the type last in a group,
    ticks too close behind the end of an object.
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
        self.ends = tokens.table(tokens.object_ends, device)
        self.last = torch.empty(0, dtype=torch.long, device=device)
        self.ended = torch.empty(0, dtype=torch.bool, device=device)

    def start(self, ids: Tensor) -> None:
        beams = ids.shape[0] // self.nearest.shape[0]
        self.nearest, self.apart = self.nearest.repeat_interleave(beams, 0), self.apart.repeat_interleave(beams)
        self.snappings = self.snappings.repeat_interleave(beams, 0)
        places = torch.arange(1, ids.shape[1] + 1, device=ids.device)
        is_time = (ids >= self.first) & (ids < self.end)
        last_time = torch.where(is_time, places, 0).amax(1)
        self.last = ids.gather(1, (last_time - 1).clamp(min=0)[:, None])[:, 0]
        self.ended = self.ends[ids[:, -1]] & (last_time > 0)

    def apply(self, scores: Tensor) -> Tensor:
        times = scores[:, self.first : self.end]
        highest = times.amax(1, keepdim=True).clamp(min=LEAST)
        chances = torch.zeros_like(times).scatter_add_(1, self.nearest, (times - highest).exp())
        soonest = torch.where(self.ended & (self.apart > 0), self.last + self.apart, self.first)
        scores[:, self.first : self.end] = (chances.log() + highest).masked_fill_(self.times < soonest[:, None], NEVER)
        place = (self.last - self.first).clamp(0, self.snappings.shape[1] - 1)
        wanted = self.snappings.gather(1, place[:, None])
        wrong = (wanted >= 0) & (self.values != wanted)
        scores[:, self.first_snapping : self.end_snapping].masked_fill_(wrong, NEVER)
        return scores

    def advance(self, tokens: Tensor) -> None:
        is_time = (tokens >= self.first) & (tokens < self.end)
        self.last = torch.where(is_time, tokens, self.last)
        self.ended = self.ends[tokens]

    def select(self, rows: Tensor) -> None:
        self.nearest, self.apart, self.snappings = self.nearest[rows], self.apart[rows], self.snappings[rows]
        self.last, self.ended = self.last[rows], self.ended[rows]


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
    """One temperature for all tokens."""

    def __init__(self, temperature: float) -> None:
        self.temperature = temperature

    def start(self, ids: Tensor) -> None: ...

    def apply(self, scores: Tensor) -> Tensor:
        return scores / self.temperature

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
        rules.append(GridTimes(tokens, times, device))
    if sampling.timeshift_bias != 0:
        rules.append(TimeShiftBias(tokens, sampling.timeshift_bias))
    if types_first:
        rules.append(ConditionalTemperature(tokens, sampling, first_row_decides, device))
    elif sampling.temperature != 1:
        rules.append(Temperature(sampling.temperature))
    if lookback_ms > 0:
        rules.append(
            LookbackBias(tokens, lookback_ms, follows_beams, device)
            if types_first
            else NoEarlyTimes(tokens, lookback_ms)
        )
    return rules
