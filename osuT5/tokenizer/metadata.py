"""Prompt tokens that describe a map as a whole (spec 01 section 14.1).

Functions take None (or NaN) for an unknown value where the vocabulary has an unknown class, and raise
``TokenizerError`` where a value or the token's type is not in the vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..events.event import Event, EventType
from .ranges import UNKNOWN_YEAR, TokenizerError
from .tokenizer import Tokenizer

_RATIO_STEPS, _UNKNOWN_RATIO = 10, 12


def steps(fraction: float, count: int) -> int:
    """A fraction in ``count`` steps: -1 at or below 0, ``count + 1`` at or above 1, else rounded half to even."""
    if fraction <= 0:
        return -1
    if fraction >= 1:
        return count + 1
    return min(max(round(fraction * count), 0), count)


def gamemode_token(tokenizer: Tokenizer, mode: int) -> int:
    return tokenizer.encode(Event(EventType.GAMEMODE, mode))


def style_token(tokenizer: Tokenizer, beatmap_id: int | None) -> int:
    """Class of a beatmap of the training set; any other is unknown."""
    known = tokenizer.tables.beatmap_idx
    index = tokenizer.num_classes if beatmap_id is None else known.get(beatmap_id, tokenizer.num_classes)
    return tokenizer.encode(Event(EventType.STYLE, index))


def difficulty_token(tokenizer: Tokenizer, stars: float | None) -> int:
    classes = tokenizer.num_diff_classes
    if stars is None or math.isnan(stars) or not tokenizer.max_difficulty:
        return tokenizer.encode(Event(EventType.DIFFICULTY, classes))
    bucket = int(min(max(stars * classes / tokenizer.max_difficulty, 0), classes - 1))
    return tokenizer.encode(Event(EventType.DIFFICULTY, bucket))


def stars_of(tokenizer: Tokenizer, token: int) -> float:
    """Lower edge of a difficulty token in stars; -1 for the unknown class."""
    bucket = tokenizer.decode(token).value
    if bucket == tokenizer.num_diff_classes:
        return -1.0
    return bucket * tokenizer.max_difficulty / tokenizer.num_diff_classes


def mapper_index(tokenizer: Tokenizer, mapper_id: int | None) -> int:
    """Class of a mapper by user id; ``num_mapper_classes`` when unknown."""
    unknown = tokenizer.tables.num_mapper_classes
    return unknown if mapper_id is None else tokenizer.tables.mapper_idx.get(mapper_id, unknown)


def mapper_token(tokenizer: Tokenizer, mapper_id: int | None) -> int:
    return tokenizer.encode(Event(EventType.MAPPER, mapper_index(tokenizer, mapper_id)))


def mapper_token_of_map(tokenizer: Tokenizer, beatmap_id: int | None) -> int:
    """Mapper token by the id of a beatmap of the training set."""
    return mapper_token(tokenizer, None if beatmap_id is None else tokenizer.tables.beatmap_mapper.get(beatmap_id))


def cs_token(tokenizer: Tokenizer, circle_size: float | None) -> int:
    classes = tokenizer.num_cs_classes
    if circle_size is None or math.isnan(circle_size):
        return tokenizer.encode(Event(EventType.CS, classes))
    bucket = int(min(max(circle_size * (classes - 1) / 10, 0), classes - 1))
    return tokenizer.encode(Event(EventType.CS, bucket))


def year_token(tokenizer: Tokenizer, year: int | None) -> int:
    return tokenizer.encode(Event(EventType.YEAR, UNKNOWN_YEAR if year is None else year))


def hitsounded_token(tokenizer: Tokenizer, hitsounded: bool) -> int:
    return tokenizer.encode(Event(EventType.HITSOUNDED, int(hitsounded)))


def song_length_token(tokenizer: Tokenizer, length_ms: float) -> int:
    return tokenizer.encode(Event(EventType.SONG_LENGTH, int(min(max(length_ms // 10000, 0), 60))))


def song_position_token(tokenizer: Tokenizer, time_ms: float, length_ms: float) -> int:
    """Where a window starts, in percent of the song. A song without length counts as at its end."""
    fraction = time_ms / length_ms if length_ms > 0 else float(time_ms > 0)
    return tokenizer.encode(Event(EventType.SONG_POSITION, steps(fraction, 100)))


def global_sv_token(tokenizer: Tokenizer, slider_multiplier: float) -> int:
    if math.isnan(slider_multiplier):
        raise TokenizerError("slider_multiplier: not a number")
    return tokenizer.encode(Event(EventType.GLOBAL_SV, round(min(max(slider_multiplier, 0.4), 3.6) * 100)))


def keycount_token(tokenizer: Tokenizer, keys: int) -> int:
    return tokenizer.encode(Event(EventType.MANIA_KEYCOUNT, keys))


def hold_note_ratio_token(tokenizer: Tokenizer, ratio: float | None) -> int:
    return _ratio_token(tokenizer, EventType.HOLD_NOTE_RATIO, ratio)


def scroll_speed_ratio_token(tokenizer: Tokenizer, ratio: float | None) -> int:
    return _ratio_token(tokenizer, EventType.SCROLL_SPEED_RATIO, ratio)


def descriptor_tokens(tokenizer: Tokenizer, descriptors: Iterable[str | int] | None) -> list[int]:
    """Tokens of descriptor names or class numbers; unknown ones are skipped, and with none left one unknown token."""
    classes = tokenizer.tables.num_descriptor_classes
    indices = [
        entry if isinstance(entry, int) else tokenizer.tables.descriptor_idx.get(entry, -1)
        for entry in descriptors or ()
    ]
    kept = [index for index in indices if 0 <= index < classes] or [classes]
    return [tokenizer.encode(Event(EventType.DESCRIPTOR, index)) for index in kept]


def descriptor_tokens_of_map(tokenizer: Tokenizer, beatmap_id: int | None) -> list[int]:
    """Descriptor tokens by the id of a beatmap of the training set; tags that the list does not name stay unknown tokens."""
    classes = tokenizer.tables.num_descriptor_classes
    known = None if beatmap_id is None else tokenizer.tables.beatmap_descriptors.get(beatmap_id)
    return [tokenizer.encode(Event(EventType.DESCRIPTOR, index)) for index in (known or [classes])]


def _ratio_token(tokenizer: Tokenizer, kind: EventType, ratio: float | None) -> int:
    unknown = ratio is None or math.isnan(ratio)
    return tokenizer.encode(Event(kind, _UNKNOWN_RATIO if ratio is None or unknown else steps(ratio, _RATIO_STEPS)))
