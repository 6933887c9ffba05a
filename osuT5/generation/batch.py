"""One decode call of a model over windows that are encoded: rows, rules and cache put together (spec 03 section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from ..compat import Compat
from ..config import DataLayout
from ..model.cache import DecoderCache, KeysValues
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from .beam import decode_beams
from .decode import Check, Guidance, Stepper, decode_rows, pad_left
from .engine import DecodeRequest
from .rules import RuleTokens, build_rules
from .sampling import Generators


class BatchDecoder:
    """Decodes batches with one model. Rows may be of different songs, as long as their requests agree otherwise."""

    def __init__(self, model: Mapperatorinator, tokenizer: Tokenizer) -> None:
        self.model = model.eval()
        self.tokens = RuleTokens.of(tokenizer)
        self._caches: dict[bool, DecoderCache] = {}

    def follow(self, compat: Compat) -> None:
        """Mask as ``compat`` says, in the encoder too: to be called before windows are encoded."""
        self.model.set_published_masks(compat.published("packed_masks"))

    def decode(
        self,
        request: DecodeRequest,
        cross: Sequence[KeysValues],
        layout: DataLayout,
        compat: Compat,
        generators: Generators,
        check: Check,
    ) -> list[list[int]]:
        """New ids of each row, the stop id included. ``cross`` are keys and values of the rows' windows, or of the one
        window that all look at; ``check`` is told the number of running rows after each step and may raise."""
        prompts, negative = self._prompts(request)
        padded = compat.published("padded_limit")
        limits = [request.max_length - (prompts.shape[1] if padded else len(prompt)) for prompt in request.prompts]
        sampling, device = request.sampling, self.model.device
        guidance = Guidance(
            sampling.cfg_scale,
            reversed=compat.published("reversed_guidance"),
            shared_mask=compat.published("guidance_mask"),
        )
        published_beams = sampling.num_beams > 1 and compat.published("beam_state")
        rules = build_rules(
            self.tokens,
            sampling,
            types_first=layout.types_first,
            lookback_ms=request.lookback_ms,
            device=device,
            times=request.times,
            first_row_decides=compat.published("row0_temperature"),
            follows_beams=not published_beams,
        )
        # On a CPU a smaller batch is a cheaper one.
        leave = device.type == "cpu" and not compat.published("row0_temperature")
        search = decode_beams if sampling.num_beams > 1 else partial(decode_rows, leave=leave)
        return search(
            Stepper(self.model, self._cache(compat), guidance, negative_half_only=published_beams),
            cross,
            prompts,
            negative,
            rules,
            sampling,
            self.tokens.table(request.stop_ids, device),
            torch.tensor(limits, device=device),
            generators,
            check,
        )

    def _cache(self, compat: Compat) -> DecoderCache:
        published = compat.published("packed_masks")
        if published not in self._caches:
            self._caches[published] = self.model.new_cache()
        return self._caches[published]

    def _prompts(self, request: DecodeRequest) -> tuple[Tensor, Tensor | None]:
        every = [*request.prompts, *(request.negative_prompts or ())]
        length = max(request.pad_to, *(len(prompt) for prompt in every))
        device = self.model.device
        prompts = pad_left(request.prompts, length, device)
        if request.negative_prompts is None or request.sampling.cfg_scale <= 1:
            return prompts, None
        return prompts, pad_left(request.negative_prompts, length, device)


def generators_of(generators: Generators, request: DecodeRequest) -> Generators:
    """One generator where one serves all rows of ``request``, else one a row: that of its lane."""
    if generators is None or isinstance(generators, torch.Generator):
        return generators
    lanes = list(request.lanes) or [0] * len(request.windows)
    if len(set(lanes)) == 1:
        return generators[lanes[0]]
    return [generators[lane] for lane in lanes]


def check_request(request: DecodeRequest) -> None:
    """Raises ``ValueError`` for a request that contradicts itself."""
    rows = len(request.windows)
    if rows == 0 or len(request.prompts) != rows or len(request.conditions) != rows:
        raise ValueError(
            f"decode request: {rows} windows, {len(request.prompts)} prompts, {len(request.conditions)} conditions"
        )
    if not all(request.prompts):
        raise ValueError("decode request: a prompt is empty")
    if request.sampling.cfg_scale > 1 and len(request.negative_prompts or ()) != rows:
        raise ValueError("decode request: cfg_scale > 1 needs a negative prompt for every row")
