"""Fills what the user left open: from the reference map, else from the song's tags and defaults (spec 03 sections 3.3, 3.4).

The origin of every value is kept, so that the user can be told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..audio import AudioTags
from ..capabilities import STARTER
from ..compat import Compat
from ..options import InferenceOptions
from .by_level import PLAIN_STYLE, STARS, settings_for
from .reference import Reference

GIVEN, FROM_MAP, FROM_SONG, FROM_DEFAULT = "given", "reference map", "song's tags", "default"

# Stored as whole numbers where written so: an untouched HP prints 5, a user's 5 prints 5.0.
DEFAULTS: dict[str, Any] = {
    "gamemode": 0,
    "hitsounded": True,
    "keycount": 4,
    "hp_drain_rate": 5,
    "circle_size": 4,
    "overall_difficulty": 8,
    "approach_rate": 9,
    "slider_multiplier": 1.4,
    "slider_tick_rate": 1,
    "bpm": 120,
    "offset": 0,
    "title": "Unknown Title",
    "artist": "Unknown Artist",
    "source": "",
    "preview_time": -1,
}
_FROM_SONG_FACTS = ("bpm", "offset", "title", "artist", "title_unicode", "artist_unicode", "source", "preview_time")


@dataclass(frozen=True)
class Filled:
    """Complete options, and where each value that was filled comes from."""

    options: InferenceOptions
    origins: dict[str, str]


def fill_from_reference(
    options: InferenceOptions, preset: InferenceOptions, reference: Reference, compat: Compat
) -> Filled:
    """Fill from the map; defaults are not applied. ``preset`` has the values of the version's configuration."""
    found: dict[str, Any] = {name: getattr(reference.song, name) for name in _FROM_SONG_FACTS}
    found.update((entry.name, getattr(reference.conditions, entry.name)) for entry in fields(reference.conditions))
    if reference.song.background:
        found["background"] = str(reference.path.parent / reference.song.background)
    filled = _fill(options, {name: value for name, value in found.items() if value is not None}, FROM_MAP)
    if compat.published("inherit_creator_version"):
        return filled
    return _inherit_names(filled, preset, reference)


def fill_from_defaults(options: InferenceOptions, song: AudioTags, *, by_level: bool = False) -> Filled:
    """Fill title and artist from the song's tags, the rest with defaults; ``by_level`` with settings of the difficulty.

    The shipped model is asked for one plain style then: left open, a map would mix them all.
    """
    named = {name: value for name, value in (("title", song.title), ("artist", song.artist)) if value}
    first = _fill(options, named, FROM_SONG)
    defaults = DEFAULTS | _level_defaults(options) if by_level else DEFAULTS
    second = _fill(first.options, defaults, FROM_DEFAULT)
    return Filled(second.options, {**first.origins, **second.origins})


def _level_defaults(options: InferenceOptions) -> dict[str, Any]:
    stars = STARS if options.difficulty is None else float(options.difficulty)
    style = PLAIN_STYLE if options.model_path == STARTER else {}
    return {"difficulty": stars, **style, **asdict(settings_for(int(options.gamemode or 0), stars))}


def derive_unicode(options: InferenceOptions) -> InferenceOptions:
    """Unicode title and artist follow the plain ones where unset."""
    return replace(
        options,
        title_unicode=options.title if options.title_unicode is None else options.title_unicode,
        artist_unicode=options.artist if options.artist_unicode is None else options.artist_unicode,
    )


def _fill(options: InferenceOptions, values: dict[str, Any], origin: str) -> Filled:
    open_values = {name: value for name, value in values.items() if getattr(options, name) is None}
    return Filled(replace(options, **open_values), dict.fromkeys(open_values, origin))


def _inherit_names(filled: Filled, preset: InferenceOptions, reference: Reference) -> Filled:
    """Creator and version of the reference, where the user did not change those of the configuration."""
    names = {"creator": reference.song.creator, "version": reference.song.version}
    open_names: dict[str, Any] = {
        name: value for name, value in names.items() if value and getattr(filled.options, name) == getattr(preset, name)
    }
    return Filled(replace(filled.options, **open_names), {**filled.origins, **dict.fromkeys(open_names, FROM_MAP)})
