"""The checkpoint of a run: found, loaded, checked against its version, and wrapped for the generation loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from ..config import DataLayout
from ..generation.engine import Engine
from ..generation.model_engine import ModelEngine
from ..generation.passes import EngineFactory, ModelSide
from ..generation.plan import TimingSource
from ..model.checkpoint import load_bundle, resolve_attention
from ..model.locate import CheckpointError, Location, locate_checkpoint
from ..model.modeling import Mapperatorinator
from ..request import Request
from ..tokenizer import Tokenizer
from .device import Hardware, choose_hardware
from .names import check_names
from .positions import Placement, load_placement
from .starter import STARTER, starter_bundle

Notify = Callable[[str], None]


@dataclass(frozen=True)
class Checkpoint:
    """What a run decodes with. ``timing_side`` is the base model where a mode's own sub-checkpoint does the rest."""

    side: ModelSide
    timing_side: ModelSide | None
    placement: Placement | None


class _Loader:
    """One bundle: its tokenizer at once, its model at the first use."""

    def __init__(
        self, location: Location, request: Request, hardware: Hardware, notify: Notify, lora: str | None
    ) -> None:
        self.location, self.request, self.hardware, self.notify, self.lora = location, request, hardware, notify, lora
        self.tokenizer = Tokenizer.load(location.folder)

    @cached_property
    def model(self) -> Mapperatorinator:
        options = self.request.options
        attention = resolve_attention(self.hardware.attention)
        loaded = load_bundle(self.location, options.precision, attention, self.hardware.device, self.lora)
        if loaded.lora:
            self.notify(loaded.lora)
        check_layout(loaded.model, self.request.able.layout, self.location, options.model_version)
        return loaded.model


def load_checkpoint(request: Request, notify: Notify) -> Checkpoint:
    """Find and load what the request names. Raises ``ValueError`` with one line; ``notify`` gets notices."""
    options = request.options
    hardware = choose_hardware(options.device, options.attn_implementation, options.precision)
    for notice in hardware.notices:
        notify(notice)
    location = _locate(request, notify)
    main = _Loader(location, request, hardware, notify, options.lora_path)
    for notice in check_names(request, main.tokenizer):
        notify(notice)
    timing = _timing_loader(request, location, hardware, notify)
    generator = torch.Generator(hardware.device).manual_seed(request.seed)
    torch.set_float32_matmul_precision("high")
    main.model  # noqa: B018 (load now: what is wrong with it shows before the work begins)
    return Checkpoint(
        side=_side(main, request, generator),
        timing_side=None if timing is None else _side(timing, request, generator),
        placement=load_placement(request, hardware.device),
    )


def check_layout(model: Mapperatorinator, layout: DataLayout, location: Location, version: str) -> None:
    """Refuse a checkpoint whose sizes are those of another version."""
    config = model.config
    for name, found, wanted in (
        ("frames in a window", 2 * config.backbone.max_source_positions, layout.src_seq_len),
        ("tokens in a window", config.backbone.max_target_positions, layout.tgt_seq_len),
        ("hop length", config.hop_length, layout.hop_length),
        ("sample rate", config.sample_rate, layout.sample_rate),
    ):
        if found != wanted:
            raise CheckpointError(
                f"model_path: {location.source} is not a {version} checkpoint: {name} {found}, {version} has {wanted}; "
                "choose its configuration with -cn"
            )


def padded_song(
    samples: NDArray[np.float32], starts: Sequence[int], window: int
) -> tuple[NDArray[np.float32], list[int]]:
    """The song with silence before and after, so that windows at ``starts`` lie inside; and the starts in it."""
    before = max(0, -min(starts, default=0))
    after = max(0, max(starts, default=0) + window - len(samples))
    if before or after:
        samples = np.pad(samples, (before, after))
    return samples, [start + before for start in starts]


def _locate(request: Request, notify: Notify) -> Location:
    options = request.options
    if options.model_path == STARTER:
        return starter_bundle(options)
    mode = options.gamemode if options.auto_select_gamemode_model else None
    location = locate_checkpoint(options.model_path, mode)
    if location.subfolder:
        notify(f"checkpoint {location.source}: {location.subfolder} is used")
    return location


def _timing_loader(request: Request, location: Location, hardware: Hardware, notify: Notify) -> _Loader | None:
    """The base checkpoint, without adapter, where timing is generated and a sub-checkpoint was picked."""
    if not location.subfolder or request.plan.timing not in (TimingSource.SUPER, TimingSource.PASS):
        return None
    return _Loader(locate_checkpoint(location.source), request, hardware, notify, None)


def _side(loader: _Loader, request: Request, generator: torch.Generator) -> ModelSide:
    layout = request.able.layout

    def engine(samples: NDArray[np.float32], starts: Sequence[int]) -> Engine:
        padded, moved = padded_song(samples, starts, layout.window_samples)
        return ModelEngine(
            loader.model, loader.tokenizer, layout, padded, moved, compat=request.compat, generator=generator
        )

    factory: EngineFactory = engine
    return ModelSide(loader.tokenizer, layout, factory)
