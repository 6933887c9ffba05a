"""Noise on the input of a window; its labels stay clean (spec 05 section 5.5)."""

from __future__ import annotations

import numpy as np

from ..events.event import EventType
from .arrays import Codec, Ints
from .dice import Dice
from .options import DataOptions


def jitter(ids: Ints, first: int, codec: Codec, options: DataOptions, dice: Dice) -> None:
    """Move the TIME tokens from place ``first`` on, in place: each on its own, then all together."""
    each, common = options.timing_random_offset, options.timing_random_offset_2
    if each <= 0 and common <= 0:
        return
    low, high = codec.span(EventType.TIME_SHIFT)
    part = ids[first:]
    shifts = (part >= low) & (part < high)
    moves = np.zeros(len(part), dtype=np.int64)
    if dice.uniform() < options.timing_random_offset_prob:
        moves += dice.integers(-each, each + 1, len(part))
    if dice.uniform() < options.timing_random_offset_prob:
        moves += dice.integers(-common, common + 1, 1)
    part[shifts] = np.clip(part[shifts] + moves[shifts], low, high - 1)


def snapping_noise(ids: Ints, length: int, codec: Codec, options: DataOptions, dice: Dice) -> None:
    """Replace SNAPPING tokens anywhere, in place. Draws are made for all ``length`` positions of a padded sequence."""
    if options.snapping_random_prob <= 0:
        return
    low, high = codec.span(EventType.SNAPPING)
    if high <= low:
        return
    others = dice.integers(low, high, length)[: len(ids)]
    chosen = dice.uniforms(length)[: len(ids)] < options.snapping_random_prob
    replaced = chosen & (ids >= low) & (ids < high)
    ids[replaced] = others[replaced]
