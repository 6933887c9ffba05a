"""Up-front checks of option values: types, ranges and choices, one clear line each (spec 03 sections 2 and 18, W22)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..capabilities import VERSIONS
from ..compat import Compat
from ..options import InferenceOptions
from .errors import OptionError

MODE_NAMES = ("osu!", "osu!taiko", "osu!catch", "osu!mania")
UNKNOWN_YEAR = 2077
FIRST_YEAR = 2007
MAX_SEED = 2**32 - 1

IN_CONTEXTS = ("none", "timing", "kiai", "map", "gd", "no_hs")
OUTPUT_TYPES = ("timing", "kiai", "map", "sv")


@dataclass(frozen=True)
class Number:
    """Accepted numbers; ``low`` itself is not accepted when ``above`` is set."""

    low: float
    high: float = math.inf
    integer: bool = False
    above: bool = False

    def accepts(self, value: float) -> bool:
        enough = value > self.low if self.above else value >= self.low
        return enough and value <= self.high and math.isfinite(value)

    def __str__(self) -> str:
        kind = "a whole number" if self.integer else "a number"
        if math.isinf(self.low):
            return kind
        if math.isinf(self.high):
            return f"{kind} {'above' if self.above else 'from'} {self.low:g}"
        return f"{kind} {'above' if self.above else 'from'} {self.low:g} {'up ' if self.above else ''}to {self.high:g}"


# Of a list, each value is checked as the condition of its own map.
CONDITIONS: dict[str, Number] = {
    "gamemode": Number(0, 3, integer=True),
    "beatmap_id": Number(0, integer=True),
    "difficulty": Number(0),
    "mapper_id": Number(0, integer=True),
    "year": Number(FIRST_YEAR, UNKNOWN_YEAR, integer=True),
    "keycount": Number(1, 18, integer=True),
    "hold_note_ratio": Number(0, 1),
    "scroll_speed_ratio": Number(0, 1),
    "hp_drain_rate": Number(0, 10),
    "circle_size": Number(0, 10),
    "overall_difficulty": Number(0, 10),
    "approach_rate": Number(0, 10),
    "slider_multiplier": Number(0.4, 3.6),
    "slider_tick_rate": Number(0.5, 8),
}
SETTINGS: dict[str, Number] = {
    "seed": Number(0, MAX_SEED, integer=True),
    "max_batch_size": Number(1, integer=True),
    "checkpoint_every": Number(0, integer=True),
    "star_tries": Number(1, integer=True),
    "start_time": Number(0, integer=True),
    "end_time": Number(0, integer=True),
    "lookback": Number(0, 1),
    "lookahead": Number(0, 1),
    "cfg_scale": Number(0),
    "temperature": Number(0, above=True),
    "timing_temperature": Number(0, above=True),
    "mania_column_temperature": Number(0, above=True),
    "taiko_hit_temperature": Number(0, above=True),
    "position_temperature": Number(0, above=True),
    "quick_reach": Number(0, above=True),
    "timeshift_bias": Number(-math.inf),
    "top_p": Number(0, 1, above=True),
    "top_k": Number(0, integer=True),
    "num_beams": Number(1, integer=True),
    "timing_leniency": Number(0, integer=True),
    "timer_num_beams": Number(1, integer=True),
    "timer_bpm_threshold": Number(0),
    "timer_cfg_scale": Number(0),
    "timer_iterations": Number(1, integer=True),
    "bpm": Number(1),
    "offset": Number(-math.inf, integer=True),
    "preview_time": Number(-1, integer=True),
}
HEARD = "auto"  # grid_divisors
CHOICES: dict[str, tuple[str, ...]] = {
    "precision": ("fp32", "fp16", "bf16", "amp"),
    "attn_implementation": ("auto", "eager", "sdpa", "flash_attention_2"),
    "spectrogram_backend": ("torch", "torchaudio"),
    "timing_source": ("model", "analysis", "auto"),
    "map_repairs": ("none", "safe", "gameplay"),
    "model_version": tuple(VERSIONS),
}


def checked(options: InferenceOptions) -> InferenceOptions:
    """A copy with conditions as numbers and contexts in lower case. Raises :class:`OptionError` for the first bad value."""
    changes: dict[str, Any] = {name: condition(name, getattr(options, name), CONDITIONS[name]) for name in CONDITIONS}
    changes["hitsounded"] = _flag("hitsounded", options.hitsounded)
    changes["in_context"] = _contexts("in_context", options.in_context, IN_CONTEXTS)
    changes["output_type"] = _contexts("output_type", options.output_type, OUTPUT_TYPES)
    for name in ("descriptors", "negative_descriptors"):
        changes[name] = _labels(name, getattr(options, name))
    for name, accepted in SETTINGS.items():
        _settings_number(name, getattr(options, name), accepted)
    for name, choices in CHOICES.items():
        _choice(name, getattr(options, name), choices)
    _divisors(options.grid_divisors)
    _device(options.device)
    _spectrogram(options.spectrogram_backend)
    _together(options)
    compat_of(options)
    return replace(options, **changes)


def condition(name: str, value: Any, accepted: Number) -> float | int | None:
    """One condition as int or float, ``None`` when unset."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad(name, value, accepted)
    if not accepted.accepts(value) or (accepted.integer and value != int(value)):
        raise _bad(name, value, accepted)
    return int(value) if accepted.integer else float(value)


def _divisors(divisors: object) -> None:
    whole = isinstance(divisors, list) and all(type(part) is int and 1 <= part <= 16 for part in divisors)
    if divisors != HEARD and not whole:
        raise OptionError(f"grid_divisors: {divisors!r} is neither {HEARD} nor a list of whole numbers from 1 to 16")


def compat_of(options: InferenceOptions) -> Compat:
    """The compatibility choice. Raises :class:`OptionError`."""
    choice = options.compat
    if not isinstance(choice, str | Mapping):
        raise OptionError(f"compat: {choice!r} is neither corrected, published nor a mapping of quirks")
    try:
        return Compat(choice)
    except ValueError as error:
        raise OptionError(str(error)) from None


def _bad(name: str, value: Any, accepted: Number) -> OptionError:
    if name == "gamemode":
        modes = ", ".join(f"{number} ({mode})" for number, mode in enumerate(MODE_NAMES))
        return OptionError(f"gamemode: {value!r} is not a mode; accepted: {modes}")
    extra = f" ({UNKNOWN_YEAR}: unknown)" if name == "year" else ""
    return OptionError(f"{name}: {value!r} is not accepted; accepted: {accepted}{extra}")


def _settings_number(name: str, value: float | None, accepted: Number) -> None:
    if value is not None and not accepted.accepts(value):
        raise _bad(name, value, accepted)


def _flag(name: str, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise OptionError(f"{name}: {value!r} is not accepted; accepted: true, false")


def _contexts(name: str, values: list[str], known: tuple[str, ...]) -> list[str]:
    lowered = [str(value).strip().lower() for value in values]
    for value, found in zip(values, lowered, strict=True):
        if found not in known:
            raise OptionError(f"{name}: {value!r} is not known; accepted: {', '.join(known).upper()}")
    if not lowered and name == "output_type":
        raise OptionError(f"output_type: empty; accepted: one or more of {', '.join(known).upper()}")
    return list(dict.fromkeys(lowered))


def _labels(name: str, values: list[Any] | None) -> list[Any] | None:
    if values is None:
        return None
    for value in values:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise OptionError(f"{name}: {value!r} is not accepted; accepted: names or whole numbers")
    return [value.strip() if isinstance(value, str) else value for value in values]


def _choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise OptionError(f"{name}: {value!r} is not known; accepted: {', '.join(choices)}")


def _device(device: str) -> None:
    kind, _, index = device.partition(":")
    if kind not in ("auto", "cpu", "cuda", "mps") or (index and not (kind == "cuda" and index.isdigit())):
        raise OptionError(f"device: {device!r} is not known; accepted: auto, cpu, cuda, cuda:<number>, mps")


def _spectrogram(backend: str) -> None:
    """Refuse a package that cannot be imported, now rather than when the model hears the song."""
    if backend == "torch":
        return
    from ..audio.mel import check_backend

    try:
        check_backend(backend)
    except ValueError as error:
        raise OptionError(f"spectrogram_backend: {str(error).partition(': ')[2]}") from None


def _together(options: InferenceOptions) -> None:
    """Combinations that cannot be."""
    start, end = options.start_time, options.end_time
    if start is not None and end is not None and end <= start:
        raise OptionError(f"end_time: {end} ms is not after start_time {start} ms")
    if options.lookback + options.lookahead >= 1:
        total = options.lookback + options.lookahead
        raise OptionError(f"lookback, lookahead: together {total:g}; accepted: less than 1, so that windows move on")
    if options.overwrite_reference_beatmap and not options.add_to_beatmap:
        raise OptionError("overwrite_reference_beatmap: needs add_to_beatmap=true")
    if options.add_to_beatmap and not options.beatmap_path:
        raise OptionError("add_to_beatmap: needs beatmap_path, the map to put the result into")
    if not options.model_path:
        raise OptionError("model_path: empty; accepted: a folder, a hub id, or 'starter'")
