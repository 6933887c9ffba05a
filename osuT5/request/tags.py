"""The tags of a generated map: what made it and with which options (spec 03 section 3.5, spec 08 section 11)."""

from __future__ import annotations

from typing import Any

from .. import __version__
from ..compat import Compat
from ..options import InferenceOptions

DISCLOSURE = f"AI generated Beatwright {__version__}"

# Tag name to option name where they differ; order of the tags.
_RENAMED = {"model": "model_path", "lora": "lora_path"}
TAG_KEYS = (
    "model",
    "lora",
    "lookback",
    "lookahead",
    "beatmap_id",
    "difficulty",
    "mapper_id",
    "year",
    "hitsounded",
    "hold_note_ratio",
    "scroll_speed_ratio",
    "descriptors",
    "negative_descriptors",
    "timing_leniency",
    "seed",
    "add_to_beatmap",
    "start_time",
    "end_time",
    "in_context",
    "cfg_scale",
    "temperature",
    "timing_temperature",
    "mania_column_temperature",
    "taiko_hit_temperature",
    "position_temperature",
    "quick_reach",
    "star_tries",
    "top_p",
    "top_k",
    "parallel",
    "do_sample",
    "num_beams",
    "super_timing",
    "timer_num_beams",
    "timer_bpm_threshold",
    "timer_cfg_scale",
    "timer_iterations",
    "generate_positions",
    "diff_cfg_scale",
    "max_seq_len",
    "overlap_buffer",
)


def map_tags(options: InferenceOptions, base: InferenceOptions, compat: Compat) -> str:
    """Tags of the map: those of the user, else the options that differ from ``base``; and the disclosure."""
    if compat.published("disclosure_tag"):
        return option_tags(options, base) if options.tags is None else options.tags
    if options.tags is None:
        return f"{DISCLOSURE} {option_tags(options, base)}".rstrip()
    return f"{options.tags} {DISCLOSURE} seed={options.seed}".lstrip()


def option_tags(options: InferenceOptions, base: InferenceOptions) -> str:
    """``key=value`` for every tagged option whose value differs from that in ``base``."""
    pairs = ((key, _shown(key, options), _shown(key, base)) for key in TAG_KEYS)
    return " ".join(f"{key}={value}" for key, value, default in pairs if value != default and value is not None)


def _shown(key: str, options: InferenceOptions) -> str | None:
    value: Any = getattr(options, _RENAMED.get(key, key))
    if key in ("descriptors", "negative_descriptors"):
        return f'"[{",".join(map(str, value))}]"' if value else None
    if isinstance(value, list) and key != "in_context":
        return f"[{','.join(map(str, value))}]"
    if key == "in_context":
        return f"[{','.join(name.upper() for name in value)}]"
    return None if value is None else str(value)
