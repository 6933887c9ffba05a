"""More than the published metrics: every event type, context and mode, and errors in ms and pixels (spec 05 section 9.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from ..config import DataLayout
from ..events.event import ContextType, EventType
from ..model.modeling import IGNORED_LABEL
from ..tokenizer import Tokenizer
from .metrics import Averages, Batch, Span

TIME_STEP = 10  # ms
RESAMPLES = 200
_MODES = ("osu", "taiko", "catch", "mania")


class Extended:
    """Keys: ``acc/<event>``, ``token_loss/<event>``, ``token_loss/context_<name>``, ``acc/mode_<name>``, ``error/time_ms``,
    ``error/position_px``, ``acc`` of all labels. Losses are per token and weighted by class."""

    def __init__(self, tokenizer: Tokenizer, layout: DataLayout) -> None:
        self.tokenizer, self.layout = tokenizer, layout
        self.averages = Averages()
        self.rows: list[tuple[float, float]] = []  # hits and labels of every window
        self._spans = {
            kind.value: Span(tokenizer.event_start[kind], tokenizer.event_end[kind])
            for kind in tokenizer.event_start
            if tokenizer.event_start[kind] < tokenizer.vocab_size_out
        }

    def add(self, batch: Batch, predictions: Tensor, per_token: Tensor) -> None:
        """One batch with what a model said about it."""
        labels = batch["labels"]
        known = labels != IGNORED_LABEL
        met = ((predictions == labels) & known).double()
        self.rows += list(zip(met.sum(1).tolist(), known.sum(1).tolist(), strict=True))
        self._count("acc", met, known)
        for name, span in self._spans.items():
            inside = span.holds(labels)
            self._count(f"acc/{name}", met, inside)
            self._count(f"token_loss/{name}", per_token, inside)
        for name, inside in self._contexts(labels):
            self._count(f"token_loss/context_{name}", per_token, inside & known)
        for name, rows in self._modes(batch["decoder_input_ids"]):
            self._count(f"acc/mode_{name}", met, known & rows[:, None])
        self._distances(labels, predictions)

    def _count(self, key: str, values: Tensor, where: Tensor) -> None:
        self.averages.add_sum(key, float(values[where].double().sum()), int(where.sum()))

    def _contexts(self, labels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Places from an opening bracket to its closing one, both included."""
        names = dict.fromkeys(name for template in self.layout.templates for name in template.outputs)
        if not self.layout.add_out_context_types:
            return
        for name in names:
            start = labels == self.tokenizer.context_sos[ContextType(name)]
            end = labels == self.tokenizer.context_eos[ContextType(name)]
            opened = start.cumsum(1) - end.cumsum(1) + end.long()
            yield name, opened > 0

    def _modes(self, ids: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Rows by the last mode that the prompt names (a guest map comes before)."""
        first = self.tokenizer.event_start.get(EventType.GAMEMODE)
        if first is None:
            return
        named = (ids >= first) & (ids < first + len(_MODES))
        places = torch.where(named, torch.arange(ids.shape[1], device=ids.device), -1).max(1).values
        modes = ids.gather(1, places.clamp(min=0)[:, None])[:, 0] - first
        for mode, name in enumerate(_MODES):
            rows = (modes == mode) & (places >= 0)
            if rows.any():
                yield name, rows

    def _distances(self, labels: Tensor, predictions: Tensor) -> None:
        time = self._spans[EventType.TIME_SHIFT.value]
        both = time.holds(labels) & time.holds(predictions)
        self._count("error/time_ms", (predictions - labels).abs().double() * TIME_STEP, both)
        if EventType.POS.value in self._spans:
            span, step = self._spans[EventType.POS.value], self.layout.position_precision
            left, right = self.layout.position_range[:2]
            width = right // step - left // step + 1
            both = span.holds(labels) & span.holds(predictions)
            one, other = labels - span.start, predictions - span.start
            across = (one % width - other % width).double() * step
            down = (one // width - other // width).double() * step
            self._count("error/position_px", torch.hypot(across, down), both)
        for kind in (EventType.POS_X, EventType.POS_Y):
            if kind.value in self._spans:
                span = self._spans[kind.value]
                both = span.holds(labels) & span.holds(predictions)
                error = (predictions - labels).abs().double() * self.layout.position_precision
                self._count(f"error/{kind.value}_px", error, both)


def interval(rows: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """95% interval of the accuracy, from windows (hits, labels) drawn anew."""
    table = np.asarray(rows)
    drawn = table[np.random.default_rng(0).integers(len(table), size=(RESAMPLES, len(table)))].sum(1)
    low, high = np.percentile(drawn[:, 0] / np.maximum(drawn[:, 1], 1), (2.5, 97.5))
    return float(low), float(high)
