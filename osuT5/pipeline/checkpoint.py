"""The checkpoint of a run: found, loaded, checked against its version, and wrapped for the generation loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from ..capabilities import STARTER
from ..config import DataLayout
from ..generation.engine import Engine
from ..generation.model_engine import ModelEngine
from ..generation.passes import EngineFactory, ModelSide
from ..generation.plan import TimingSource
from ..model.checkpoint import load_bundle, read_config, resolve_attention
from ..model.config import MapperatorinatorConfig
from ..model.locate import CheckpointError, Location, locate_checkpoint
from ..model.modeling import Mapperatorinator
from ..options import InferenceOptions
from ..request import Request
from ..tokenizer import Tokenizer
from .device import Hardware, choose_hardware
from .names import check_names
from .positions import Placement, load_placement
from .server.client import ModelServer, ServerEngine
from .server.messages import Open
from .server.spec import ServerSpec
from .starter import starter_bundle

Notify = Callable[[str], None]


@dataclass(frozen=True)
class Checkpoint:
    """What a run decodes with. ``timing_side`` is the base model where a mode's own sub-checkpoint does the rest.

    ``generators`` draw the samples, one for each map that is made together.
    """

    side: ModelSide
    timing_side: ModelSide | None
    placement: Placement | None
    location: Location
    generators: list[torch.Generator]

    def share_stream(self, source: int, target: int) -> None:
        """Let map ``target`` draw on from where map ``source`` stands, if both started from one seed."""
        if self.generators[source].initial_seed() == self.generators[target].initial_seed():
            self.generators[target].set_state(self.generators[source].get_state())


class Models:
    """Models and refiners that were loaded, for the next song that wants them."""

    def __init__(self) -> None:
        self._models: dict[tuple[str, ...], Mapperatorinator] = {}
        self._placements: dict[tuple[str, ...], Placement | None] = {}

    def model(self, key: tuple[str, ...], load: Callable[[], Mapperatorinator]) -> Mapperatorinator:
        if key not in self._models:
            self._models[key] = load()
        return self._models[key]

    def placement(self, request: Request, device: str, notify: Notify) -> Placement | None:
        """The refiner of a request, if it has one to use."""
        if request.refiner is None:
            return None
        key = (request.options.diff_ckpt, request.options.diff_refine_ckpt, device, str(request.options.compile))
        if key not in self._placements:
            self._placements[key] = load_placement(request, device, notify)
        return self._placements[key]


class _Loader:
    """One bundle: its tokenizer at once, its model at the first use."""

    def __init__(
        self,
        location: Location,
        request: Request,
        hardware: Hardware,
        notify: Notify,
        lora: str | None,
        models: Models,
    ) -> None:
        self.location, self.request, self.hardware, self.notify, self.lora = location, request, hardware, notify, lora
        self.models = models
        self.tokenizer = Tokenizer.load(location.folder)

    def prepare(self) -> None:
        """Load the model now, so that what is wrong with it shows before the work begins."""
        self.model  # noqa: B018

    def engine(self, samples: NDArray[np.float32], starts: Sequence[int], generators: list[torch.Generator]) -> Engine:
        """Decodes windows of a padded song."""
        layout, compat = self.request.able.layout, self.request.compat
        return ModelEngine(self.model, self.tokenizer, layout, samples, starts, compat=compat, generator=generators)

    @property
    def model(self) -> Mapperatorinator:
        options = self.request.options
        key = (
            str(self.location.folder),
            options.precision,
            self.hardware.attention,
            self.hardware.device,
            self.lora or "",
            options.spectrogram_backend,
            options.model_version,
        )
        return self.models.model(key, self._load)

    def _load(self) -> Mapperatorinator:
        options = self.request.options
        attention = resolve_attention(self.hardware.attention)
        loaded = load_bundle(self.location, options.precision, attention, self.hardware.device, self.lora)
        loaded.model.spectrogram.use_backend(options.spectrogram_backend)
        if loaded.lora:
            self.notify(loaded.lora)
        check_layout(loaded.model, self.request.able.layout, self.location, options.model_version)
        return loaded.model


class _Served(_Loader):
    """One bundle whose model is in another process."""

    def prepare(self) -> None:
        """Wait until a server has it; what can be told without the model is checked first."""
        options, layout = self.request.options, self.request.able.layout
        check_sizes(read_config(self.location.folder), layout, self.location, options.model_version)
        hello = self.server.ready()
        if hello.lora:
            self.notify(hello.lora)

    def engine(self, samples: NDArray[np.float32], starts: Sequence[int], generators: list[torch.Generator]) -> Engine:
        request = self.request
        song = Open(samples, tuple(starts), request.able.layout, request.compat, request.options.max_batch_size)
        return ServerEngine(self.server, song, generators)

    @cached_property
    def server(self) -> ModelServer:
        options, hardware = self.request.options, self.hardware
        attention = resolve_attention(hardware.attention)
        spec = ServerSpec.of(
            self.location, self.lora, options.precision, attention, hardware.device, options.spectrogram_backend
        )
        return ModelServer(spec, self.notify)


def load_checkpoint(
    request: Request, notify: Notify, models: Models | None = None, others: Sequence[Request] = ()
) -> Checkpoint:
    """Find and load what the request names. Raises ``ValueError`` with one line; ``notify`` gets notices.

    ``others`` are maps that are made together with that of ``request``, by the same checkpoint. ``models`` keeps what is
    loaded.
    """
    options, models, together = request.options, models or Models(), [request, *others]
    hardware = choose_hardware(options.device, options.attn_implementation, options.precision)
    location = _locate(request, notify)
    main = _loader(options)(location, request, hardware, notify, options.lora_path, models)
    notices = [*hardware.notices, *(line for each in together for line in check_names(each, main.tokenizer))]
    for notice in dict.fromkeys(notices):
        notify(notice)
    timing = _timing_loader(request, location, hardware, notify, models)
    generators = [torch.Generator(hardware.device).manual_seed(each.seed) for each in together]
    torch.set_float32_matmul_precision("high")
    main.prepare()
    refined = next((each for each in together if each.refiner is not None), request)
    return Checkpoint(
        side=_side(main, request, generators),
        timing_side=None if timing is None else _side(timing, request, generators),
        placement=models.placement(refined, hardware.device, notify),
        location=location,
        generators=generators,
    )


def _loader(options: InferenceOptions) -> type[_Loader]:
    return _Served if options.use_server else _Loader


def check_layout(model: Mapperatorinator, layout: DataLayout, location: Location, version: str) -> None:
    """Refuse a checkpoint whose sizes are those of another version."""
    check_sizes(cast(MapperatorinatorConfig, model.config), layout, location, version)


def check_sizes(config: MapperatorinatorConfig, layout: DataLayout, location: Location, version: str) -> None:
    """The same by the configuration alone."""
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
        return starter_bundle()
    mode = options.gamemode if options.auto_select_gamemode_model else None
    location = locate_checkpoint(options.model_path, mode)
    if location.subfolder:
        notify(f"checkpoint {location.source}: {location.subfolder} is used")
    return location


def _timing_loader(
    request: Request, location: Location, hardware: Hardware, notify: Notify, models: Models
) -> _Loader | None:
    """The base checkpoint, without adapter, where timing is generated and a sub-checkpoint was picked."""
    if not location.subfolder or request.plan.timing not in (TimingSource.SUPER, TimingSource.PASS):
        return None
    notify(f"checkpoint {location.source}: the base model writes the timing")
    return _loader(request.options)(locate_checkpoint(location.source), request, hardware, notify, None, models)


def _side(loader: _Loader, request: Request, generators: list[torch.Generator]) -> ModelSide:
    layout = request.able.layout

    def engine(samples: NDArray[np.float32], starts: Sequence[int]) -> Engine:
        return loader.engine(*padded_song(samples, starts, layout.window_samples), generators)

    factory: EngineFactory = engine
    return ModelSide(loader.tokenizer, layout, factory)
