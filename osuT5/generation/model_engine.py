"""The engine that answers decode calls with the model itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..compat import Compat
from ..config import DataLayout
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from .batch import BatchDecoder, check_request, generators_of
from .encoded import EncodedWindows
from .engine import DecodeRequest
from .sampling import Generators


class Cancelled(Exception):
    """Decoding was given up because the caller asked for it."""


@dataclass
class Statistics:
    """What an engine has done so far."""

    calls: int = 0
    rows: int = 0
    prompt_tokens: int = 0
    tokens: int = 0  # new ones
    seconds: float = 0.0

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


class ModelEngine:
    """Implements :class:`~osuT5.generation.engine.Engine` for one song.

    ``samples`` is the padded song (float32, mono), ``starts`` the first sample of each window; the window's length comes
    from ``layout``. ``generator`` draws the samples; of several, each row has that of its lane. ``should_stop`` is asked before every token: when it says so,
    :class:`Cancelled` is raised. ``on_tokens`` is told how many tokens each step brought.
    """

    def __init__(
        self,
        model: Mapperatorinator,
        tokenizer: Tokenizer,
        layout: DataLayout,
        samples: np.ndarray,
        starts: Sequence[int],
        *,
        compat: Compat | None = None,
        generator: Generators = None,
        should_stop: Callable[[], bool] | None = None,
        on_tokens: Callable[[int], None] | None = None,
        encode_batch: int = 4,
    ) -> None:
        self.model = model.eval()
        self.layout = layout
        self.compat = compat or Compat()
        self.generator = generator
        self.should_stop = should_stop
        self.on_tokens = on_tokens
        self.statistics = Statistics()
        self.decoder = BatchDecoder(model, tokenizer)
        self.decoder.follow(self.compat)
        self.windows = EncodedWindows(model, samples, starts, layout.window_samples, encode_batch)

    @torch.inference_mode()
    def decode(self, request: DecodeRequest) -> list[list[int]]:
        """New ids of each row, the stop id included. Raises ``ValueError`` for a request that contradicts itself."""
        check_request(request)
        started = time.perf_counter()
        cross = self.windows.cross(request.windows, request.conditions)
        generators = generators_of(self.generator, request)
        found = self.decoder.decode(request, cross, self.layout, self.compat, generators, self._check_step)
        self._count(request, found, time.perf_counter() - started)
        return found

    def _check_step(self, rows: int) -> None:
        if self.on_tokens is not None:
            self.on_tokens(rows)
        if self.should_stop is not None and self.should_stop():
            raise Cancelled("decoding was stopped")

    def _count(self, request: DecodeRequest, found: Sequence[Sequence[int]], seconds: float) -> None:
        counts = self.statistics
        counts.calls += 1
        counts.rows += len(found)
        counts.prompt_tokens += sum(len(prompt) for prompt in request.prompts)
        counts.tokens += sum(len(row) for row in found)
        counts.seconds += seconds
