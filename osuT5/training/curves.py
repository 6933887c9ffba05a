"""Curves of the offline test: accuracy over time in the window, error of times, accuracy over rhythm complexity (spec 05 section 9.4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..config import DataLayout
from ..events.event import EventType
from ..model.modeling import IGNORED_LABEL
from ..tokenizer import EOS_ID, Tokenizer
from .metrics import FUZZY_STEPS, Batch, Span, template_rows

TIME_BINS, COMPLEXITY_BINS, MAX_COMPLEXITY = 100, 20, 4.0
OFFSETS = range(-3, 4)  # 10 ms steps
TIME_STEP = 10  # ms
Ints = NDArray[np.int64]


class Binned:
    """Mean of values by bin; a value belongs to the bin that ends above it."""

    def __init__(self, edges: NDArray[np.float64]) -> None:
        self.edges = edges
        self.sums, self.counts = np.zeros(len(edges)), np.zeros(len(edges))

    def add(self, places: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        """Values at their places; places outside all bins are left out."""
        index = np.digitize(places, self.edges)
        inside = (index > 0) & (index < len(self.edges))
        np.add.at(self.sums, index[inside], values[inside])
        np.add.at(self.counts, index[inside], 1)

    def points(self) -> list[tuple[float, float]]:
        """Upper edge and mean of every bin that has values."""
        return [(float(self.edges[i]), float(self.sums[i] / self.counts[i])) for i in np.flatnonzero(self.counts)]


class Curves:
    """Collects the curves of every template; :meth:`points` names them as the published test does."""

    def __init__(self, tokenizer: Tokenizer, layout: DataLayout) -> None:
        self.tokenizer, self.layout = tokenizer, layout
        self.time = Span(tokenizer.event_start[EventType.TIME_SHIFT], tokenizer.event_end[EventType.TIME_SHIFT])
        self.window_ms = layout.src_seq_len * layout.hop_length * 1000 / layout.sample_rate
        self._binned: dict[str, Binned] = {}
        self._offsets: dict[str, list[float]] = {}

    def add(self, batch: Batch, predictions: Tensor, complexity: Tensor | None = None) -> None:
        """One batch; ``complexity`` (B,) is the rhythm complexity of each row's map."""
        for prefix, rows in template_rows(batch["decoder_input_ids"], self.layout.templates, self.tokenizer):
            labels, found = batch["labels"][rows].cpu().numpy(), predictions[rows].cpu().numpy()
            weights = None if complexity is None else complexity[rows].cpu().numpy().astype(np.float64)
            for row in range(len(labels)):
                self._over_time(prefix, labels[row], found[row])
                self._timing(prefix, labels[row], found[row], None if weights is None else weights[row])

    def points(self) -> dict[str, list[tuple[float, float]]]:
        """``<prefix><y> over <x>`` -> points (x, y)."""
        result: dict[str, list[tuple[float, float]]] = {}
        for name, binned in self._binned.items():
            result[name] = binned.points()
        for name, counts in self._offsets.items():
            result[name] = [(float(o), counts[i] / counts[-1]) for i, o in enumerate(OFFSETS) if counts[-1]]
        return result

    def _over_time(self, prefix: str, labels: Ints, found: Ints) -> None:
        """Every label at the time that was written last; what stands before the first time is at 0."""
        kept = (labels != IGNORED_LABEL) & (labels != EOS_ID)
        labels, found = labels[kept], found[kept]
        timed = (labels >= self.time.start) & (labels < self.time.end)
        places = np.maximum.accumulate(np.where(timed, np.arange(len(labels)), -1))
        values = np.where(places >= 0, labels[np.maximum(places, 0)] - self.time.start, 0) * TIME_STEP
        edges = np.linspace(0, self.window_ms, TIME_BINS + 1)
        self._bins(f"{prefix}acc_over_time over bin_time", edges).add(values, (labels == found).astype(float))

    def _timing(self, prefix: str, labels: Ints, found: Ints, complexity: float | None) -> None:
        timed = (labels >= self.time.start) & (labels < self.time.end)
        error = found[timed] - labels[timed]
        counts = self._offsets.setdefault(f"{prefix}timing_precision over offset", [0.0] * (len(OFFSETS) + 1))
        for index, offset in enumerate(OFFSETS):
            counts[index] += float((error == offset).sum())
        counts[-1] += len(error)
        if complexity is None:
            return
        edges = np.linspace(0, MAX_COMPLEXITY, COMPLEXITY_BINS + 1)
        for name, met in (("timing_acc", error == 0), ("fuzzy_timing_acc", np.abs(error) <= FUZZY_STEPS)):
            key = f"{prefix}{name}_over_rhythm_complexity over rhythm_complexity"
            self._bins(key, edges).add(np.full(len(error), complexity), met.astype(float))

    def _bins(self, name: str, edges: NDArray[np.float64]) -> Binned:
        return self._binned.setdefault(name, Binned(edges))
