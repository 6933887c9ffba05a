"""One run for several maps of a song: conditions with a list of values, and differently seeded candidates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..options import InferenceOptions
from .checks import CONDITIONS
from .errors import OptionError

LISTED = (*CONDITIONS, "hitsounded")
MAX_MAPS = 100  # of one song in one run


@dataclass(frozen=True)
class Naming:
    """How a map's version follows from its stars: ``prefix`` and the level's name."""

    prefix: str = ""
    with_keys: bool = False  # mania maps of several key counts say theirs


def spread(options: InferenceOptions, seed: int) -> list[InferenceOptions]:
    """The options of every map, each without lists. Lists are taken value by value; every map has its ``candidates``.

    The k-th candidate (from 0) has the seed ``seed + k``. Raises :class:`OptionError` for lists that are empty or of different lengths.
    """
    lists = given_lists(options)
    _same_length(lists)
    count = len(next(iter(lists.values()), [None]))
    _check_candidates(options, count)
    made = [replace(options, **{name: values[place] for name, values in lists.items()}) for place in range(count)]
    seeds = range(seed, seed + options.candidates)
    return [replace(single, seed=number, candidates=1) for single in made for number in seeds]


def given_lists(options: InferenceOptions) -> dict[str, list[Any]]:
    """Conditions that have a list."""
    found = {name: getattr(options, name) for name in LISTED}
    return {name: list(value) for name, value in found.items() if isinstance(value, list | tuple)}


def naming_of(options: InferenceOptions, preset: InferenceOptions) -> Naming | None:
    """How maps are named where a condition has a list; None where each has the version of the options."""
    lists = given_lists(options)
    if not lists:
        return None
    return Naming(options.version if options.version != preset.version else "", with_keys="keycount" in lists)


def _same_length(lists: dict[str, list[Any]]) -> None:
    for name, values in lists.items():
        if not values:
            raise OptionError(f"{name}: empty list; give one value for each map")
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise OptionError(f"{', '.join(lengths)}: lists of one length are taken value by value, but {shown} values")


def _check_candidates(options: InferenceOptions, count: int) -> None:
    number = options.candidates
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise OptionError(f"candidates: {number!r} is not accepted; accepted: a whole number from 1")
    if count * number > MAX_MAPS:
        raise OptionError(f"candidates: {count * number} maps in one run; accepted: up to {MAX_MAPS}")
    if count * number > 1 and options.overwrite_reference_beatmap:
        raise OptionError("overwrite_reference_beatmap: one map cannot be overwritten with several; make one")
