"""What is drawn once a set and once a difficulty, in the published order (spec 05 section 5.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..config import DataLayout, Template
from .dice import Dice
from .options import DataOptions

MAX_OFFSET = 2000  # frames


@dataclass(frozen=True)
class SetDraws:
    """Rate of the song, and whether positions are mirrored left-right and top-down."""

    speed: float = 1.0
    flip: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class MapDraws:
    """Choices for one difficulty. ``guest`` indexes the other rows of its set; frames are 8 ms."""

    template: Template
    drop_style: bool = False
    drop_mapper: bool = False
    guest: int | None = None
    offset: int = 0
    lookback: int = 0


def draw_set(dice: Dice, options: DataOptions, training: bool) -> SetDraws:
    """Speed and flips; none outside training."""
    if not training:
        return SetDraws()
    speed = 1.0
    if dice.uniform() < options.dt_augment_prob:
        share = dice.uniform()
        if options.dt_augment_sqrt:
            share = math.sqrt(share)
        low, high = options.dt_augment_range
        speed = low + (high - low) * share
    horizontal = dice.uniform() < options.flip_horizontal_prob
    vertical = dice.uniform() < options.flip_vertical_prob
    return SetDraws(speed, (horizontal, vertical))


def draw_map(
    dice: Dice,
    options: DataOptions,
    layout: DataLayout,
    templates: list[Template],
    others: int,
    training: bool,
    *,
    keeps_removal: bool = False,
    choice: int | None = None,
) -> MapDraws:
    """Template, label dropout of the side inputs, guest map, offset and lookback.

    ``others`` is the number of other rows of the set; without any a template loses its guest map, and with
    ``keeps_removal`` the list itself changes (published). ``choice`` fixes the template instead of a draw.
    """
    if choice is None:
        choice = dice.choose(options.context_weights or [1.0] * len(templates))
    drop_style = training and dice.uniform() < options.class_dropout_prob
    drop_mapper = training and dice.uniform() < options.mapper_dropout_prob
    template, guest = templates[choice], None
    if "gd" in template.inputs or options.add_gd_context:
        if others:
            guest = dice.pick(others)
        else:
            template = without_guest(template)
            if keeps_removal:
                templates[choice] = template
    offset = lookback = 0
    frames = layout.src_seq_len - 1
    if training and dice.uniform() < options.frame_offset_augment_prob:
        offset = dice.between(0, min(frames, MAX_OFFSET))
    if training and dice.uniform() < options.lookback_prob:
        lookback = round(options.lookback * frames)
    return MapDraws(template, drop_style, drop_mapper, guest, offset, lookback)


def without_guest(template: Template) -> Template:
    """The template for a map that has no other difficulty beside it."""
    if "gd" not in template.inputs:
        return template
    inputs = tuple(name for name in template.inputs if name != "gd")
    return Template(inputs or ("none",), template.outputs)
