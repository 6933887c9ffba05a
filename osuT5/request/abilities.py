"""What the chosen checkpoint can do of what is asked: errors for what it cannot, notices for what it ignores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from ..capabilities import VERSIONS, Capabilities
from ..config import DataLayout
from ..options import InferenceOptions
from .checks import MODE_NAMES, UNKNOWN_YEAR
from .errors import OptionError

MANIA = 3
NEEDS_SAME_MODE = frozenset(("map", "gd", "no_hs"))

# Conditions that some checkpoints have no way to see.
_SEEN: dict[str, Callable[[DataLayout, int], bool]] = {
    "beatmap_id": lambda layout, mode: layout.add_style_token or layout.do_style_embed,
    "difficulty": lambda layout, mode: layout.add_difficulty_token or layout.do_difficulty_embed,
    "mapper_id": lambda layout, mode: layout.add_mapper_token or layout.do_mapper_embed,
    "year": lambda layout, mode: layout.add_year_token,
    "hitsounded": lambda layout, mode: layout.add_hitsounded_token,
    "descriptors": lambda layout, mode: layout.add_descriptors,
    "negative_descriptors": lambda layout, mode: layout.add_descriptors,
    "keycount": lambda layout, mode: layout.add_keycount_token and mode == MANIA,
    "hold_note_ratio": lambda layout, mode: layout.add_hold_note_ratio_token and mode == MANIA,
    "scroll_speed_ratio": lambda layout, mode: layout.add_scroll_speed_ratio_token and mode in (1, MANIA),
}


def capabilities_of(options: InferenceOptions) -> Capabilities:
    """The version's capabilities, with the layout fields that the user changed. Raises :class:`OptionError`."""
    found = VERSIONS[options.model_version]
    if not options.layout:
        return found
    known = {entry.name for entry in fields(DataLayout)}
    unknown = sorted(set(options.layout) - known)
    if unknown:
        raise OptionError(f"layout: {unknown[0]!r} is not a field of the data layout")
    return replace(found, layout=replace(found.layout, **options.layout))


def check_abilities(options: InferenceOptions, able: Capabilities, reference_mode: int | None) -> None:
    """``options`` are complete. Raises :class:`OptionError` where the checkpoint cannot do what is asked."""
    _check_reference_mode(options, able, reference_mode)
    if options.gamemode not in able.gamemodes:
        raise OptionError(
            f"gamemode: {_mode(options.gamemode)} is not known to {able.version}; it knows {_modes(able)}"
        )
    _check_year(options, able)
    _check_given_contexts(options, reference_mode)


def ignored(given: InferenceOptions, able: Capabilities, mode: int) -> list[str]:
    """Notices for conditions that the user gave and that have no effect on this checkpoint."""
    unseen = [name for name, seen in _SEEN.items() if getattr(given, name) is not None and not seen(able.layout, mode)]
    notices = [f"{able.version} does not know {', '.join(unseen)} in {MODE_NAMES[mode]}: no effect"] if unseen else []
    if given.negative_descriptors and given.cfg_scale <= 1:
        notices.append("negative_descriptors: no effect while cfg_scale is not above 1")
    return [*notices, *_places(given, able)]


def _places(given: InferenceOptions, able: Capabilities) -> list[str]:
    """Options of places that decoding cannot follow."""
    layout, notices = able.layout, []
    if given.position_temperature is not None and layout.types_first:
        notices.append(f"position_temperature: no effect on {able.version}, which writes the type of an object first")
    if given.quick_reach is None:
        return notices
    if layout.types_first or layout.position_split_axes:
        notices.append(f"quick_reach: no effect on {able.version}, which writes no cell after the time of an object")
    elif not given.grid_divisors or given.parallel:
        notices.append("quick_reach: no effect without grid_divisors, or with parallel=true")
    return notices


def _check_reference_mode(options: InferenceOptions, able: Capabilities, reference_mode: int | None) -> None:
    if options.add_to_beatmap and reference_mode not in (None, options.gamemode):
        wanted, found = _mode(options.gamemode), _mode(reference_mode or 0)
        raise OptionError(
            f"gamemode: {wanted} cannot be added to a map of {found}; leave add_to_beatmap or gamemode out"
        )
    if reference_mode is None or reference_mode in able.gamemodes:
        return
    used = sorted(NEEDS_SAME_MODE & set(options.in_context))
    if used or options.add_to_beatmap:
        why = f"in_context {', '.join(used).upper()}" if used else "add_to_beatmap"
        found = _mode(reference_mode)
        raise OptionError(
            f"beatmap_path: a map of {found}, which {able.version} cannot read for {why}; it knows {_modes(able)}"
        )


def _check_year(options: InferenceOptions, able: Capabilities) -> None:
    first, last = able.years
    if options.year is None or options.year == UNKNOWN_YEAR or first <= options.year <= last:
        return
    raise OptionError(
        f"year: {options.year} is not known to {able.version}; accepted: {first} to {last}, {UNKNOWN_YEAR} for unknown"
    )


def _check_given_contexts(options: InferenceOptions, reference_mode: int | None) -> None:
    read = [name for name in options.in_context if name != "none"]
    if read and reference_mode is None:
        raise OptionError(f"in_context: {', '.join(read).upper()} is read from a reference map; give beatmap_path")


def _mode(mode: int) -> str:
    return f"{mode} ({MODE_NAMES[mode]})"


def _modes(able: Capabilities) -> str:
    return ", ".join(_mode(mode) for mode in able.gamemodes)
