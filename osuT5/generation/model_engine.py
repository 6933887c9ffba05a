"""The engine that answers decode calls with the model itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..compat import Compat
from ..config import DataLayout
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from .beam import decode_beams
from .decode import Guidance, Stepper, decode_rows, pad_left
from .encoded import EncodedWindows
from .engine import DecodeRequest
from .rules import RuleTokens, build_rules
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
        self.tokens = RuleTokens.of(tokenizer)
        model.set_published_masks(self.compat.published("packed_masks"))
        self.windows = EncodedWindows(model, samples, starts, layout.window_samples, encode_batch)
        self.cache = model.new_cache()

    @torch.inference_mode()
    def decode(self, request: DecodeRequest) -> list[list[int]]:
        """New ids of each row, the stop id included. Raises ``ValueError`` for a request that contradicts itself."""
        _check(request)
        started = time.perf_counter()
        cross = self.windows.cross(request.windows, request.conditions)
        prompts, negative = self._prompts(request)
        padded = self.compat.published("padded_limit")
        limits = [request.max_length - (prompts.shape[1] if padded else len(prompt)) for prompt in request.prompts]
        sampling = request.sampling
        guidance = Guidance(
            sampling.cfg_scale,
            reversed=self.compat.published("reversed_guidance"),
            shared_mask=self.compat.published("guidance_mask"),
        )
        published_beams = sampling.num_beams > 1 and self.compat.published("beam_state")
        stepper = Stepper(self.model, self.cache, guidance, negative_half_only=published_beams)
        rules = build_rules(
            self.tokens,
            sampling,
            types_first=self.layout.types_first,
            lookback_ms=request.lookback_ms,
            device=self.model.device,
            first_row_decides=self.compat.published("row0_temperature"),
            follows_beams=not published_beams,
        )
        # On a CPU a smaller batch is a cheaper one.
        leave = self.model.device.type == "cpu" and not self.compat.published("row0_temperature")
        search = decode_beams if sampling.num_beams > 1 else partial(decode_rows, leave=leave)
        found = search(
            stepper,
            cross,
            prompts,
            negative,
            rules,
            sampling,
            self.tokens.table(request.stop_ids, self.model.device),
            torch.tensor(limits, device=self.model.device),
            self._generators(request),
            self._check_step,
        )
        self._count(request, found, time.perf_counter() - started)
        return found

    def _prompts(self, request: DecodeRequest) -> tuple[Tensor, Tensor | None]:
        every = [*request.prompts, *(request.negative_prompts or ())]
        length = max(request.pad_to, *(len(prompt) for prompt in every))
        device = self.model.device
        prompts = pad_left(request.prompts, length, device)
        if request.negative_prompts is None or request.sampling.cfg_scale <= 1:
            return prompts, None
        return prompts, pad_left(request.negative_prompts, length, device)

    def _generators(self, request: DecodeRequest) -> Generators:
        """One generator where one serves all rows, else one a row."""
        if self.generator is None or isinstance(self.generator, torch.Generator):
            return self.generator
        lanes = list(request.lanes) or [0] * len(request.windows)
        if len(set(lanes)) == 1:
            return self.generator[lanes[0]]
        return [self.generator[lane] for lane in lanes]

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


def _check(request: DecodeRequest) -> None:
    rows = len(request.windows)
    if rows == 0 or len(request.prompts) != rows or len(request.conditions) != rows:
        raise ValueError(
            f"decode request: {rows} windows, {len(request.prompts)} prompts, {len(request.conditions)} conditions"
        )
    if not all(request.prompts):
        raise ValueError("decode request: a prompt is empty")
    if request.sampling.cfg_scale > 1 and len(request.negative_prompts or ()) != rows:
        raise ValueError("decode request: cfg_scale > 1 needs a negative prompt for every row")
