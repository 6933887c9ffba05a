"""What the rules of decoding share: their form, and the ids that they speak about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ..events.event import BEAT_TYPES, TIMED, EventType
from ..tokenizer import Tokenizer

SOS, EOS, PAD = 1, 2, 0
NEVER = float("-inf")
_GOES_ON = (
    EventType.CIRCLE,
    EventType.SLIDER_HEAD,
    EventType.SLIDER_END,
    EventType.SPINNER,
    EventType.SPINNER_END,
    EventType.DRUMROLL,
    EventType.DRUMROLL_END,
    EventType.DENDEN,
    EventType.DENDEN_END,
)
_POSITIONS = (EventType.POS, EventType.POS_X, EventType.POS_Y, EventType.POS_REFINE)
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
    time_goes_on: frozenset[int] = frozenset()  # starts and ends of objects: the next time is another
    snappings: tuple[int, int] = (0, 0)  # ids of SNAPPING, from value 0, end exclusive
    columns: tuple[int, int] = (0, 0)  # ids of MANIA_COLUMN likewise
    positions: frozenset[int] = frozenset()
    places: tuple[int, int] = (0, 0)  # ids of POS, end exclusive

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
            time_goes_on=_ids(tokenizer, _GOES_ON),
            snappings=_span(tokenizer, EventType.SNAPPING),
            columns=_span(tokenizer, EventType.MANIA_COLUMN),
            positions=_ids(tokenizer, _POSITIONS),
            places=_span(tokenizer, EventType.POS),
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
