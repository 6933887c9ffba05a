"""What a cached event stream depends on besides the map (spec 05 section 12.2)."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from ..config import DataLayout
from ..events.event import ContextType

_PARSERS = ("beatmap", "events")  # rooms whose code decides what the events of a map are
_EVENT_OPTIONS = (
    "types_first",
    "add_timing",
    "add_timing_points",
    "add_snapping",
    "add_hitsounds",
    "add_distances",
    "add_positions",
    "position_precision",
    "position_split_axes",
    "position_range",
    "position_refinement",
    "add_sv",
    "add_mania_sv",
    "mania_bpm_normalized_scroll_speed",
    "add_kiai",
    "slider_version",
    "sustain_interval",
)


def cache_key(layout: DataLayout, contexts: tuple[ContextType, ...], flips: bool) -> str:
    """Name of the folder for one way of writing events. Another parser, layout or set of streams has another name."""
    told = {
        "parser": parser_version(),
        "layout": {name: getattr(layout, name) for name in _EVENT_OPTIONS},
        "contexts": [context.value for context in contexts],
        "flips": flips,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def parser_version() -> str:
    """Digest of the code that reads maps, so that a cache never outlives a change of it."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for room in _PARSERS:
        for path in sorted((package / room).rglob("*.py")):
            digest.update(path.read_bytes())
    digest.update((Path(__file__).parent / "parse.py").read_bytes())
    return digest.hexdigest()[:16]
