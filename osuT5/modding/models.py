"""The model that scores: chosen for a map's mode, loaded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import torch

from ..capabilities import STARTER, Capabilities
from ..model.checkpoint import load_bundle, resolve_attention
from ..model.locate import Location, locate_checkpoint
from ..model.modeling import Mapperatorinator
from ..options import InferenceOptions
from ..pipeline.checkpoint import check_layout
from ..pipeline.device import choose_hardware
from ..pipeline.presets import preset_options
from ..pipeline.starter import starter_bundle
from ..request import OptionError, RequestError
from ..request.abilities import capabilities_of
from ..request.checks import MODE_NAMES
from ..tokenizer import Tokenizer

Notify = Callable[[str], None]
FALLBACKS = ("v31", STARTER)  # versions that know every mode, the best first
_OF_ANOTHER_MODEL = frozenset({"model_path", "model_version", "layout", "lora_path"})


@dataclass(frozen=True)
class Chosen:
    """A version with the options that the user gave for it."""

    options: InferenceOptions
    preset: InferenceOptions
    able: Capabilities


@dataclass(frozen=True)
class Loaded:
    """A model with its vocabulary; ``name`` is for reports."""

    model: Mapperatorinator
    tokenizer: Tokenizer
    name: str


class Models:
    """Answers which model scores maps of a mode. ``precision`` may be ``auto``."""

    def __init__(self, given: InferenceOptions, precision: str, notify: Notify) -> None:
        self.given, self.precision, self.notify = given, precision, notify
        self._loaded: dict[tuple[str, str], Loaded] = {}

    @property
    def first(self) -> Chosen:
        """The model that the options name."""
        return chosen(self.given)

    def choose(self, mode: int) -> tuple[Chosen, Loaded]:
        """The first choice that knows the mode and can be had; a step aside is announced.

        Raises ``ValueError`` with one line where there is none.
        """
        first = self.first
        if mode in first.able.gamemodes:
            return first, self._load(first, mode)
        unknown = f"{first.able.version} does not know {MODE_NAMES[mode]}"
        if self.given.model_path != first.preset.model_path:
            raise OptionError(f"inference: {unknown}; choose a model that does, such as inference=v31")
        problems = ""
        for fallback in FALLBACKS:
            other = chosen(_for_version(self.given, first.preset, fallback))
            try:
                loaded = self._load(other, mode)
            except (ValueError, OSError) as error:
                problems += f"; {fallback} cannot be had ({' '.join(str(error).split())})"
                continue
            self.notify(f"{unknown}{problems}: {loaded.name} reads this map")
            return other, loaded
        raise RequestError(f"inference: {unknown}{problems}")

    def _load(self, wanted: Chosen, mode: int) -> Loaded:
        options = wanted.options
        if options.model_path == STARTER:
            key = (STARTER, wanted.able.version)
            return self._kept(key) or self._read(key, wanted, starter_bundle())
        location = locate_checkpoint(options.model_path, mode if options.auto_select_gamemode_model else None)
        key = (str(location.folder), wanted.able.version)
        return self._kept(key) or self._read(key, wanted, location)

    def _kept(self, key: tuple[str, str]) -> Loaded | None:
        return self._loaded.get(key)

    def _read(self, key: tuple[str, str], wanted: Chosen, location: Location) -> Loaded:
        options = wanted.options
        hardware = choose_hardware(options.device, options.attn_implementation, options.precision)
        for notice in hardware.notices:
            self.notify(notice)
        attention = resolve_attention(hardware.attention)
        precision = _precision(self.precision, hardware.device)
        self._loaded.clear()  # one model at a time: they are large
        bundle = load_bundle(location, precision, attention, hardware.device, options.lora_path)
        if bundle.lora:
            self.notify(bundle.lora)
        check_layout(bundle.model, wanted.able.layout, location, wanted.able.version)
        torch.set_float32_matmul_precision("high")
        self._loaded[key] = Loaded(bundle.model, Tokenizer.load(location.folder), self._name(wanted))
        return self._loaded[key]

    def _name(self, wanted: Chosen) -> str:
        preset = wanted.options.model_path in (STARTER, wanted.preset.model_path)
        return wanted.able.version if preset else str(wanted.options.model_path)


def chosen(options: InferenceOptions) -> Chosen:
    """The version of the options, with what it can do."""
    return Chosen(options, preset_options(options.model_version), capabilities_of(options))


def _for_version(options: InferenceOptions, preset: InferenceOptions, version: str) -> InferenceOptions:
    """The preset of another version with what the user changed, other than the checkpoint itself."""
    other = preset_options(version)
    changed = {
        entry.name: getattr(options, entry.name)
        for entry in fields(InferenceOptions)
        if entry.name not in _OF_ANOTHER_MODEL and getattr(options, entry.name) != getattr(preset, entry.name)
    }
    return replace(other, **changed)


def _precision(wanted: str, device: str) -> str:
    """bf16 multiplication pays on a GPU."""
    return ("fp32" if device == "cpu" else "amp") if wanted == "auto" else wanted
