"""Evaluation of a model on the test split: during a run, and offline (spec 05 section 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..config import DataLayout
from ..tokenizer import Tokenizer
from .curves import Curves
from .extended import Extended, interval
from .forward import judge
from .metrics import Averages, Metrics

Gather = Callable[[list[Any]], list[Any]]


@dataclass(frozen=True)
class Evaluation:
    """Means by key without the ``test/`` in front; ``loss`` is the mean over all templates; curves where wanted."""

    means: dict[str, float]
    loss: float | None
    curves: dict[str, list[tuple[float, float]]]
    intervals: dict[str, tuple[float, float]]


def evaluation_limit(steps: int, grad_acc: int) -> int:
    """Micro batches that an evaluation takes at most (spec 05 section 9.1)."""
    return steps * grad_acc - 1


class Evaluator:
    """Adds up what a model does with batches; the same numbers come out whatever the number of processes."""

    def __init__(self, tokenizer: Tokenizer, layout: DataLayout, extended: bool = True, curves: bool = False) -> None:
        self.metrics = Metrics(tokenizer, layout)
        self.extended = Extended(tokenizer, layout) if extended else None
        self.curves = Curves(tokenizer, layout) if curves else None

    def run(
        self,
        model: nn.Module,
        batches: Iterable[dict[str, Tensor]],
        device: torch.device | str,
        limit: int | None = None,
        autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
        gather: Gather = lambda values: values,
        weighted: bool = True,
    ) -> Evaluation:
        """Evaluate at most ``limit`` batches of this process; ``gather`` joins the lists of all processes.

        ``weighted``: whether sample weights count in the losses.
        """
        training, weight = model.training, class_weights(model)
        model.eval()
        try:
            for number, cpu_batch in enumerate(batches):
                if limit is not None and number >= limit:
                    break
                batch = {key: value.to(device) for key, value in cpu_batch.items()}
                with autocast():
                    judged = judge(model, batch, weight)
                complexity = batch.get("sample_weights")
                if not weighted:
                    batch.pop("sample_weights", None)
                self.metrics.add(batch, judged.predictions, judged.per_token)
                if self.extended is not None:
                    self.extended.add(batch, judged.predictions, judged.per_token)
                if self.curves is not None:
                    self.curves.add(batch, judged.predictions, complexity)
        finally:
            model.train(training)
        return self._joined(gather)

    def _joined(self, gather: Gather) -> Evaluation:
        joined = Averages()
        for totals in gather([self.metrics.averages.totals]):
            joined.merge(totals)
        losses = [total for key, total in joined.totals.items() if key.split("/")[-1] == "loss"]
        count = sum(count for _, count in losses)
        loss = sum(total for total, _ in losses) / count if count else None
        means, intervals = joined.means(), dict[str, tuple[float, float]]()
        if self.extended is not None:
            more = Averages()
            for totals in gather([self.extended.averages.totals]):
                more.merge(totals)
            means |= more.means()
            rows = [row for part in gather([self.extended.rows]) for row in part]
            intervals = {"acc": interval(rows)} if len(rows) > 1 else {}
        return Evaluation(means, loss, self.curves.points() if self.curves else {}, intervals)


def class_weights(model: nn.Module) -> Tensor:
    """The weights of the loss by class."""
    return next(buffer for name, buffer in model.named_buffers() if name.endswith("loss_fn.weight"))
