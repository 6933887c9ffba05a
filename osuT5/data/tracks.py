"""Sets to training samples, one set at a time (spec 05 sections 4 and 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..config import Template
from .audio_store import AudioStore, Song
from .dice import Dice
from .draws import MapDraws, SetDraws, draw_map, draw_set, without_guest
from .errors import BadTrack
from .parse import MapEvents, contexts_of, parse_map
from .report import SkipReport
from .rows import MapRow, read_ref
from .windows import Given, MapWindows, Recipe, Window

Sample = dict[str, Any]


class EventSource(Protocol):
    """Gives the events of a row; raises ``BadTrack``."""

    def events(self, row: MapRow) -> MapEvents: ...


class DirectEvents:
    """Reads and parses each map when it is asked for; keeps the maps of the current set."""

    def __init__(self, recipe: Recipe) -> None:
        options = recipe.options
        self._layout = recipe.layout
        self._contexts = contexts_of(recipe.layout, options.add_gd_context)
        self._flips = options.flip_horizontal_prob > 0 or options.flip_vertical_prob > 0
        self._set_id: int | None = None
        self._kept: dict[int, MapEvents] = {}

    def events(self, row: MapRow) -> MapEvents:
        if row.set_id != self._set_id:
            self._set_id, self._kept = row.set_id, {}
        if row.number not in self._kept:
            data = read_ref(row.beatmap)
            self._kept[row.number] = parse_map(data, row.name, self._layout, self._contexts, self._flips)
        return self._kept[row.number]


class TrackReader:
    """Turns the rows of a set into samples, with the draws of one dice in the published order.

    Sets and maps that cannot be used go to ``report``.
    """

    def __init__(
        self, recipe: Recipe, events: EventSource, audio: AudioStore, report: SkipReport, training: bool
    ) -> None:
        self.recipe, self.report, self.training = recipe, report, training
        self._events, self._audio = events, audio
        self._templates: list[Template] = list(recipe.layout.templates)
        self._turn = 0

    def windows(self, rows: Sequence[MapRow], dice: Dice) -> Iterator[tuple[Window, Sample]]:
        """All windows of a set, row after row, each with its sample."""
        of_set = draw_set(dice, self.recipe.options, self.training)
        first_audio = self.recipe.compat.published("data_first_audio")
        for row in rows:
            try:
                song = self._audio.song((rows[0] if first_audio else row).audio, of_set.speed)
                yield from self._windows_of_map(row, rows, song, of_set, dice)
            except BadTrack as error:
                self.report.add(row.name, error.code, str(error))

    def _windows_of_map(
        self, row: MapRow, rows: Sequence[MapRow], song: Song, of_set: SetDraws, dice: Dice
    ) -> Iterator[tuple[Window, Sample]]:
        others = [other for other in rows if other is not row]
        draws = self._draws(dice, len(others))
        guest = None
        if draws.guest is not None:
            guest = self._guest(others[draws.guest])
            if guest is None:
                draws = replace(draws, template=without_guest(draws.template), guest=None)
        made = MapWindows(self.recipe, self._given(row), guest, of_set, draws, len(song))
        for number in range(len(made)):
            window = made.window(number, dice if self.training else None, dice)
            if window is not None:
                yield window, window.sample(audio_of(window, song, self.recipe))

    def _draws(self, dice: Dice, others: int) -> MapDraws:
        compat, choice = self.recipe.compat, None
        if not self.training and not compat.published("data_test_templates"):
            choice = self._turn % len(self._templates)
            self._turn += 1
        return draw_map(
            dice,
            self.recipe.options,
            self.recipe.layout,
            self._templates,
            others,
            self.training,
            keeps_removal=compat.published("data_guest_template"),
            choice=choice,
        )

    def _guest(self, row: MapRow) -> Given | None:
        """A guest map; a broken one is named, and the map that wanted it goes without."""
        try:
            return self._given(row)
        except BadTrack as error:
            self.report.add(row.name, error.code, str(error))
            return None

    def _given(self, row: MapRow) -> Given:
        return Given(row, self._events.events(row))


def audio_of(window: Window, song: Song, recipe: Recipe) -> Any:
    """What a window hears, float32 (window samples,), zeros behind the end of the song."""
    hop = recipe.layout.hop_length
    return song.part(window.cut.start * hop, window.cut.end * hop, recipe.layout.window_samples)
