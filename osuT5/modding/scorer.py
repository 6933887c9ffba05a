"""The model that scores: chosen for the map's mode, loaded once, asked map by map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import torch

from ..capabilities import Capabilities
from ..compat import Compat
from ..config import Conditions, GenerationOptions
from ..model.checkpoint import load_bundle, resolve_attention
from ..model.locate import Location, locate_checkpoint
from ..model.modeling import Mapperatorinator
from ..options import InferenceOptions
from ..pipeline.checkpoint import check_layout
from ..pipeline.device import choose_hardware
from ..pipeline.names import check_names
from ..pipeline.presets import preset_options
from ..pipeline.starter import STARTER, starter_bundle, uses_debug_model, with_present_model
from ..request import OptionError, RequestError
from ..request.abilities import capabilities_of, check_abilities, ignored
from ..request.checks import MODE_NAMES, checked, compat_of
from ..request.fill import fill_from_reference
from ..request.reference import Reference
from ..request.request import conditions_of
from ..tokenizer import Tokenizer
from .options import ModOptions
from .scoring import Report, Scored, score_map
from .source import Songs, Source
from .walk import scoring_walk

Notify = Callable[[str], None]
FALLBACKS = ("v31", STARTER)  # versions that know every mode, the best first
_OF_ANOTHER_MODEL = frozenset({"model_path", "model_version", "layout", "lora_path"})
NO_MODEL = (
    "the project has no trained model of its own yet: a debug model with random weights stands in, and its opinions "
    "mean nothing; inference=v32 asks a published checkpoint"
)


@dataclass(frozen=True)
class Chosen:
    """A version with the options that the user gave for it."""

    options: InferenceOptions
    preset: InferenceOptions
    able: Capabilities


@dataclass(frozen=True)
class Loaded:
    """A model with its vocabulary."""

    model: Mapperatorinator
    tokenizer: Tokenizer
    name: str


@dataclass(frozen=True)
class ScoredMap:
    """Scores of one map, and what made them."""

    scored: Scored
    conditions: Conditions
    chosen: Chosen
    loaded: Loaded
    audio_ms: float
    compat: Compat


@dataclass(frozen=True)
class _Asked:
    """What :func:`check_names` looks at."""

    conditions: Conditions
    able: Capabilities
    compat: Compat


class Scorer:
    """Scores maps with the model that the options name, or with one that knows the map's mode."""

    def __init__(self, options: ModOptions, notify: Notify) -> None:
        self.options, self.notify = options, notify
        self.given = checked(plain_options(options))
        self.compat = compat_of(self.given)
        self.songs = Songs()
        self._loaded: dict[tuple[str, str, int | None], Loaded] = {}

    def score(self, source: Source, report: Report) -> ScoredMap:
        """Raises ``ValueError`` with one line for a map, song, option or checkpoint that cannot be used."""
        self.songs.load(source, _chosen(self.given).able.layout)  # what is wrong with the song shows before the work
        chosen, loaded = self._choose(source.beatmap.mode)
        conditions = self._conditions(source, chosen, loaded)
        layout = chosen.able.layout
        samples = self.songs.load(source, layout)
        lookback, lookahead = chosen.options.lookback, chosen.options.lookahead
        generation = GenerationOptions(lookback=lookback, lookahead=lookahead)
        walk = scoring_walk(loaded.tokenizer, layout, source.beatmap, conditions, len(samples), generation, self.compat)
        loaded.model.set_published_masks(self.compat.published("packed_masks"))
        scored = score_map(
            loaded.model,
            walk,
            samples,
            batch_size=chosen.options.max_batch_size,
            start_time=self.options.start_time,
            end_time=self.options.end_time,
            report=report,
        )
        return ScoredMap(scored, conditions, chosen, loaded, len(samples) / layout.sample_rate * 1000, self.compat)

    def _choose(self, mode: int) -> tuple[Chosen, Loaded]:
        """The first choice that knows the mode and can be had; each step aside is announced."""
        first = _chosen(self.given)
        if mode in first.able.gamemodes:
            return first, self._load(first, mode)
        name, version = MODE_NAMES[mode], first.able.version
        if self.given.model_path != first.preset.model_path:
            raise OptionError(
                f"inference: {version} does not know {name}; choose a model that does, such as inference=v31"
            )
        problem = ""
        for fallback in FALLBACKS:
            other = _chosen(_for_version(self.given, first.preset, fallback))
            self.notify(f"{version} does not know {name}: {other.able.version} scores this map{problem}")
            try:
                return other, self._load(other, mode)
            except (ValueError, OSError) as error:
                problem = f" ({' '.join(str(error).split())})"
        raise RequestError(f"inference: {version} does not know {name}, and no model that does can be had{problem}")

    def _load(self, chosen: Chosen, mode: int) -> Loaded:
        options = chosen.options
        by_mode = mode if options.auto_select_gamemode_model else None
        key = (options.model_path, chosen.able.version, by_mode)
        if key not in self._loaded:
            self._loaded.clear()  # one model at a time: they are large
            self._loaded[key] = self._read(chosen, by_mode)
        return self._loaded[key]

    def _read(self, chosen: Chosen, mode: int | None) -> Loaded:
        options = chosen.options
        hardware = choose_hardware(options.device, options.attn_implementation, options.precision)
        for notice in hardware.notices:
            self.notify(notice)
        location = self._locate(options, mode)
        precision = _precision(self.options.precision, hardware.device)
        attention = resolve_attention(hardware.attention)
        bundle = load_bundle(location, precision, attention, hardware.device, options.lora_path)
        if bundle.lora:
            self.notify(bundle.lora)
        check_layout(bundle.model, chosen.able.layout, location, chosen.able.version)
        torch.set_float32_matmul_precision("high")
        name = chosen.able.version if options.model_path == chosen.preset.model_path else str(options.model_path)
        return Loaded(bundle.model, Tokenizer.load(location.folder), name)

    def _locate(self, options: InferenceOptions, mode: int | None) -> Location:
        if options.model_path == STARTER:
            if uses_debug_model(options):
                self.notify(NO_MODEL)
            return starter_bundle(options)
        return locate_checkpoint(options.model_path, mode)

    def _conditions(self, source: Source, chosen: Chosen, loaded: Loaded) -> Conditions:
        """What the map is, and the style that the user wants it judged against."""
        mode = source.beatmap.mode
        reference = Reference(source.path, source.beatmap, source.conditions, source.song)
        given = replace(chosen.options, gamemode=mode)
        filled = fill_from_reference(given, chosen.preset, reference, self.compat).options
        check_abilities(filled, chosen.able, mode)
        conditions = conditions_of(filled)
        notices: Iterator[str] = check_names(_Asked(conditions, chosen.able, self.compat), loaded.tokenizer)
        for notice in (*ignored(chosen.options, chosen.able, mode), *notices):
            self.notify(notice)
        return conditions


def plain_options(options: ModOptions) -> InferenceOptions:
    """Options of the model with the style put in, and the stand-in for a model that is not there."""
    entries = fields(InferenceOptions)
    plain = InferenceOptions(**{entry.name: getattr(options.inference, entry.name) for entry in entries})
    style = {name: getattr(options, name) for name in ("year", "mapper_id", "descriptors")}
    if isinstance(style["descriptors"], str | int):
        style["descriptors"] = [style["descriptors"]]
    given = {name: value for name, value in style.items() if value is not None}
    return with_present_model(replace(plain, **given))


def _chosen(options: InferenceOptions) -> Chosen:
    return Chosen(options, preset_options(options.model_version), capabilities_of(options))


def _for_version(options: InferenceOptions, preset: InferenceOptions, version: str) -> InferenceOptions:
    """The preset of another version with what the user changed, other than the checkpoint itself."""
    other = preset_options(version)
    changed = {
        entry.name: getattr(options, entry.name)
        for entry in fields(InferenceOptions)
        if entry.name not in _OF_ANOTHER_MODEL and getattr(options, entry.name) != getattr(preset, entry.name)
    }
    return with_present_model(replace(other, **changed))


def _precision(wanted: str, device: str) -> str:
    """bf16 multiplication pays on a GPU."""
    return ("fp32" if device == "cpu" else "amp") if wanted == "auto" else wanted
