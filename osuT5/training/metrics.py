"""Numbers of an evaluation: losses and accuracies by template (spec 05 section 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..config import DataLayout, Template
from ..events.event import ContextType, EventType
from ..model.modeling import IGNORED_LABEL
from ..tokenizer import Tokenizer

FUZZY_STEPS = 2  # 10 ms each
Batch = Mapping[str, Tensor]


@dataclass(frozen=True)
class Span:
    """Ids from ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def holds(self, ids: Tensor) -> Tensor:
        """Which ids lie in it."""
        return (ids >= self.start) & (ids < self.end)


class Averages:
    """Sums and counts by key. A tensor counts its elements, a number counts one; keys without elements are left out."""

    def __init__(self) -> None:
        self.totals: dict[str, list[float]] = {}

    def add(self, key: str, value: Tensor | float) -> None:
        """Take in one value, or all elements of a tensor."""
        if isinstance(value, Tensor) and value.ndim > 0:
            self.add_sum(key, float(value.double().sum()), value.numel())
        else:
            self.add_sum(key, float(value), 1)

    def add_sum(self, key: str, total: float, count: int) -> None:
        """Take in ``count`` values by their sum."""
        if count:
            entry = self.totals.setdefault(key, [0.0, 0.0])
            entry[0] += total
            entry[1] += count

    def merge(self, totals: Mapping[str, list[float]]) -> None:
        """Take in what another process has counted."""
        for key, (total, count) in totals.items():
            self.add_sum(key, total, int(count))

    def means(self) -> dict[str, float]:
        """Mean of every key, in order of appearance."""
        return {key: total / count for key, (total, count) in self.totals.items()}


def template_prefix(template: Template) -> str:
    """What the keys of a template begin with: its inputs and a slash, nothing without inputs."""
    return "+".join(template.inputs) + "/" if template.inputs else ""


def template_rows(ids: Tensor, templates: tuple[Template, ...], tokenizer: Tokenizer) -> Iterator[tuple[str, Tensor]]:
    """Prefix of each template and which rows of ``ids`` (B, T) belong to it.

    A row belongs to it when it holds the opening brackets of all its inputs and of no other input in use.
    """
    used = dict.fromkeys(name for template in templates for name in template.inputs)
    present = {name: (ids == tokenizer.context_sos[ContextType(name)]).any(1) for name in used}
    for template in templates:
        rows = torch.ones(len(ids), dtype=torch.bool, device=ids.device)
        for name, found in present.items():
            rows &= found if name in template.inputs else ~found
        yield template_prefix(template), rows


def spans(tokenizer: Tokenizer, layout: DataLayout) -> dict[str, Span]:
    """Label ranges of the published accuracies, by key."""
    start, end = tokenizer.event_start, tokenizer.event_end
    found = {
        "timing_acc": Span(start[EventType.TIME_SHIFT], end[EventType.TIME_SHIFT]),
        "fuzzy_timing_acc": Span(start[EventType.TIME_SHIFT], end[EventType.TIME_SHIFT]),
    }
    if layout.add_hitsounds:
        found["hitsound_acc"] = Span(start[EventType.HITSOUND], end[EventType.HITSOUND])
        found["volume_acc"] = Span(start[EventType.VOLUME], end[EventType.VOLUME])
        found["other_acc"] = Span(end[EventType.VOLUME], tokenizer.vocab_size_out)
    if layout.add_positions:
        first, last = (EventType.POS,) * 2 if not layout.position_split_axes else (EventType.POS_X, EventType.POS_Y)
        found["position_acc"] = Span(start[first], end[last])
    if layout.add_distances:
        found["spacing_acc"] = Span(start[EventType.DISTANCE], end[EventType.DISTANCE])
    if 3 in layout.gamemodes:
        found["column_acc"] = Span(start[EventType.MANIA_COLUMN], end[EventType.MANIA_COLUMN])
    if EventType.SCROLL_SPEED in start and {1, 3} & set(layout.gamemodes):
        found["scroll_speed_acc"] = Span(start[EventType.SCROLL_SPEED], end[EventType.SCROLL_SPEED])
    return found


def hits(key: str, labels: Tensor, predictions: Tensor) -> Tensor:
    """1.0 for each label that was met."""
    if key == "fuzzy_timing_acc":
        return ((predictions - labels).abs() <= FUZZY_STEPS).double()
    return (predictions == labels).double()


def row_loss(per_token: Tensor, labels: Tensor, sample_weights: Tensor | None) -> Tensor:
    """Loss of some rows: weighted cross entropy over the number of labels."""
    if sample_weights is not None:
        per_token = per_token * sample_weights[:, None]
    return per_token.sum() / (labels != IGNORED_LABEL).sum()


class Metrics:
    """The published metrics; :meth:`add` takes a batch with what a model said about it."""

    def __init__(self, tokenizer: Tokenizer, layout: DataLayout) -> None:
        self.tokenizer, self.layout = tokenizer, layout
        self.spans = spans(tokenizer, layout)
        self.averages = Averages()

    def add(self, batch: Batch, predictions: Tensor, per_token: Tensor) -> None:
        """``predictions`` (B, T) are the likeliest ids, ``per_token`` (B, T) the weighted cross entropy."""
        labels, weights = batch["labels"], batch.get("sample_weights")
        for prefix, rows in template_rows(batch["decoder_input_ids"], self.layout.templates, self.tokenizer):
            if not rows.any():
                continue
            chosen = labels[rows]
            loss = row_loss(per_token[rows], chosen, None if weights is None else weights[rows])
            self.averages.add(f"{prefix}loss", loss)
            for key, span in self.spans.items():
                inside = span.holds(chosen)
                self.averages.add(f"{prefix}{key}", hits(key, chosen[inside], predictions[rows][inside]))
