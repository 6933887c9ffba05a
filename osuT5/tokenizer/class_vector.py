"""The block of a prompt that says what the map should be like (spec 03 section 7.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from ..config import Conditions, DataLayout
from . import metadata as tokens
from .ranges import TokenizerError
from .tokenizer import Tokenizer

_T = TypeVar("_T")


def class_vector(
    tokenizer: Tokenizer,
    layout: DataLayout,
    conditions: Conditions,
    song_length_ms: float,
    *,
    negative: bool = False,
) -> list[int]:
    """Ids of the class vector, in prompt order.

    ``negative`` gives the one that guidance steers away from. Unset conditions become the unknown class of their
    field; ``hitsounded``, ``slider_multiplier`` and ``keycount`` have none and must be set where the model and the
    mode use them. Raises ``TokenizerError`` otherwise, and for values outside the vocabulary.
    """
    wanted = _negative(conditions) if negative else conditions
    return [*_song_part(tokenizer, layout, wanted, song_length_ms), *_mode_part(tokenizer, layout, wanted)]


def with_known_labels(tokenizer: Tokenizer, conditions: Conditions) -> Conditions:
    """``conditions`` with mapper and descriptors of their beatmap id, where the vocabulary knows that map.

    Values that are set already stay. This is what a guest-difficulty context shows of its reference.
    """
    if conditions.beatmap_id is None:
        return conditions
    mapper, descriptors = conditions.mapper_id, conditions.descriptors
    if mapper is None:
        mapper = tokenizer.tables.beatmap_mapper.get(conditions.beatmap_id)
    if descriptors is None and conditions.beatmap_id in tokenizer.tables.beatmap_descriptors:
        descriptors = list(tokenizer.tables.beatmap_descriptors[conditions.beatmap_id])
    return replace(conditions, mapper_id=mapper, descriptors=descriptors)


def _negative(conditions: Conditions) -> Conditions:
    described = bool(conditions.descriptors) or bool(conditions.negative_descriptors)
    return replace(
        conditions,
        beatmap_id=None,
        mapper_id=conditions.mapper_id if described else None,
        descriptors=conditions.negative_descriptors,
    )


def _song_part(tokenizer: Tokenizer, layout: DataLayout, conditions: Conditions, song_length_ms: float) -> list[int]:
    ids = []
    if layout.add_gamemode_token:
        ids.append(tokens.gamemode_token(tokenizer, conditions.gamemode))
    if layout.add_style_token:
        ids.append(tokens.style_token(tokenizer, conditions.beatmap_id))
    if layout.add_difficulty_token:
        ids.append(tokens.difficulty_token(tokenizer, conditions.difficulty))
    if layout.add_mapper_token:
        ids.append(tokens.mapper_token(tokenizer, conditions.mapper_id))
    if layout.add_year_token:
        ids.append(tokens.year_token(tokenizer, conditions.year))
    if layout.add_hitsounded_token:
        ids.append(tokens.hitsounded_token(tokenizer, _needed("hitsounded", conditions.hitsounded)))
    if layout.add_song_length_token:
        ids.append(tokens.song_length_token(tokenizer, song_length_ms))
    return ids


def _mode_part(tokenizer: Tokenizer, layout: DataLayout, conditions: Conditions) -> list[int]:
    mode, ids = conditions.gamemode, []
    if layout.add_global_sv_token and layout.add_sv and mode in (0, 2):
        ids.append(tokens.global_sv_token(tokenizer, _needed("slider_multiplier", conditions.slider_multiplier)))
    if layout.add_cs_token and mode in (0, 2):
        ids.append(tokens.cs_token(tokenizer, conditions.circle_size))
    if layout.add_keycount_token and mode == 3:
        ids.append(tokens.keycount_token(tokenizer, _needed("keycount", conditions.keycount)))
    if layout.add_hold_note_ratio_token and mode == 3:
        ids.append(tokens.hold_note_ratio_token(tokenizer, conditions.hold_note_ratio))
    if layout.add_scroll_speed_ratio_token and mode in (1, 3):
        ids.append(tokens.scroll_speed_ratio_token(tokenizer, conditions.scroll_speed_ratio))
    if layout.add_descriptors:
        ids += tokens.descriptor_tokens(tokenizer, conditions.descriptors)
    return ids


def _needed(name: str, value: _T | None) -> _T:
    if value is None:
        raise TokenizerError(f"{name}: must be set, this model has no token for an unknown value")
    return value
