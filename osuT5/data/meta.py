"""The prompt tokens of a map in training: what it is, with labels dropped at random (spec 05 section 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..config import DataLayout
from ..events.event import Event, EventType
from ..stars import star_rating
from ..tokenizer import Tokenizer
from ..tokenizer import metadata as tokens
from ..tokenizer.ranges import TokenizerError
from .dice import Dice
from .errors import BadTrack
from .options import DataOptions
from .parse import MapFacts
from .rows import RATES, MapRow, read_ref

_YEARS = range(2007, 2077)


@dataclass(frozen=True)
class Label:
    """Tokens of one fact; with probability ``rate`` the ``unknown`` one takes their place. None: it never drops."""

    ids: tuple[int, ...]
    unknown: int | None = None
    rate: float = 0.0


def stars_at(row: MapRow, speed: float) -> float | None:
    """Star rating of the sped map: between the stored ratings, else computed for the rate, else the plain one."""
    if row.star_ratings is not None and len(row.star_ratings) == len(RATES):
        return float(np.interp(speed, RATES, row.star_ratings))
    if speed == 1:
        return row.stars
    rated = star_rating(read_ref(row.beatmap), clock_rate=speed)
    return row.stars if rated is None else rated


@dataclass(frozen=True)
class LabelMaker:
    """Makes the labels of maps for one vocabulary and one set of options."""

    tokenizer: Tokenizer
    layout: DataLayout
    options: DataOptions

    def labels(self, row: MapRow, facts: MapFacts, stars: float | None, song_length_ms: float) -> list[Label]:
        """Labels of a map in prompt order, without those of a window. Raises ``BadTrack``."""
        try:
            return [*self._song(row, facts, stars, song_length_ms), *self._mode(row, facts)]
        except TokenizerError as error:
            raise BadTrack("outside_vocabulary", f"{row.name}: {error}") from error

    def mapper_index(self, row: MapRow) -> int:
        """Class of the row's mapper for the side input."""
        return tokens.mapper_index(self.tokenizer, row.user_id)

    def _song(self, row: MapRow, facts: MapFacts, stars: float | None, song_length_ms: float) -> list[Label]:
        layout, tokenizer, options = self.layout, self.tokenizer, self.options
        found = []
        if layout.add_gamemode_token:
            found.append(Label((tokens.gamemode_token(tokenizer, facts.mode),)))
        if layout.add_style_token:
            style = tokens.style_token(tokenizer, row.beatmap_id)
            found.append(Label((style,), tokens.style_token(tokenizer, None), options.class_dropout_prob))
        if layout.add_difficulty_token:
            unknown = tokens.difficulty_token(tokenizer, None)
            found.append(Label((tokens.difficulty_token(tokenizer, stars),), unknown, options.diff_dropout_prob))
        if layout.add_mapper_token:
            unknown = tokens.mapper_token(tokenizer, None)
            found.append(Label((self._mapper(row, facts),), unknown, options.mapper_dropout_prob))
        if layout.add_year_token:
            year = row.year if row.year in _YEARS else None
            unknown = tokens.year_token(tokenizer, None)
            found.append(Label((self._year(year),), unknown, options.year_dropout_prob))
        if layout.add_hitsounded_token:
            found.append(Label((tokens.hitsounded_token(tokenizer, facts.hitsounded),)))
        if layout.add_song_length_token:
            found.append(Label((tokens.song_length_token(tokenizer, song_length_ms),)))
        return found

    def _mode(self, row: MapRow, facts: MapFacts) -> list[Label]:
        layout, tokenizer, options, mode = self.layout, self.tokenizer, self.options, facts.mode
        found = []
        if layout.add_global_sv_token and layout.add_sv and mode in (0, 2):
            found.append(Label((tokens.global_sv_token(tokenizer, facts.slider_multiplier),)))
        if layout.add_cs_token and mode in (0, 2):
            found.append(_droppable(tokens.cs_token, tokenizer, facts.circle_size, options.cs_dropout_prob))
        if layout.add_keycount_token and mode == 3:
            found.append(Label((tokens.keycount_token(tokenizer, facts.keycount),)))
        if layout.add_hold_note_ratio_token and mode == 3:
            rate = options.hold_note_ratio_dropout_prob
            found.append(_droppable(tokens.hold_note_ratio_token, tokenizer, facts.hold_note_ratio, rate))
        if layout.add_scroll_speed_ratio_token and mode in (1, 3):
            rate = options.scroll_speed_ratio_dropout_prob
            found.append(_droppable(tokens.scroll_speed_ratio_token, tokenizer, facts.scroll_speed_ratio, rate))
        if layout.add_descriptors:
            unknown = tokens.descriptor_tokens(tokenizer, None)[0]
            found.append(Label(self._descriptors(row, facts), unknown, options.descriptor_dropout_prob))
        return found

    def _mapper(self, row: MapRow, facts: MapFacts) -> int:
        known = facts.beatmap_id in self.tokenizer.tables.beatmap_mapper
        if self.options.labels_from_rows and not known:
            return tokens.mapper_token(self.tokenizer, row.user_id)
        return tokens.mapper_token_of_map(self.tokenizer, facts.beatmap_id)

    def _descriptors(self, row: MapRow, facts: MapFacts) -> tuple[int, ...]:
        known = facts.beatmap_id in self.tokenizer.tables.beatmap_descriptors
        if self.options.labels_from_rows and not known:
            least = self.layout.min_top_tag_count
            by_votes = [tag for tag, votes in row.tags if votes >= least]
            tags: list[str | int] = [*row.omdb_tags] if self.layout.descriptor_source == "omdb" else [*by_votes]
            return tuple(tokens.descriptor_tokens(self.tokenizer, tags))
        return tuple(tokens.descriptor_tokens_of_map(self.tokenizer, facts.beatmap_id))

    def _year(self, year: int | None) -> int:
        span = self.tokenizer.event_range.get(EventType.YEAR)
        if year is not None and span is not None and span.minimum <= year <= span.maximum:
            return self.tokenizer.encode(Event(EventType.YEAR, year))
        return tokens.year_token(self.tokenizer, None)


def drop_labels(labels: Sequence[Label], dice: Dice | None) -> list[int]:
    """Ids of the labels, each dropped on its own; without dice all are kept."""
    ids: list[int] = []
    for label in labels:
        if dice is not None and label.unknown is not None and dice.uniform() < label.rate:
            ids.append(label.unknown)
        else:
            ids += label.ids
    return ids


def _droppable(
    encode: Callable[[Tokenizer, float | None], int], tokenizer: Tokenizer, value: float | None, rate: float
) -> Label:
    return Label((encode(tokenizer, value),), encode(tokenizer, None), rate)
