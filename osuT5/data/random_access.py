"""One window by its key, from cached events and mapped audio."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from .audio_store import AudioStore
from .errors import BadTrack
from .plan import Listed, Planner, WindowKey
from .report import SkipReport
from .rows import MapRow
from .table import MapTable
from .tracks import EventSource, Sample, audio_of
from .windows import Given, MapWindows, Recipe

_KEPT = 32  # difficulties that stay ready


class RandomAccess:
    """Gives windows in any order; the draws of a window depend on its key alone."""

    def __init__(
        self,
        recipe: Recipe,
        table: MapTable,
        planner: Planner,
        events: EventSource,
        audio: AudioStore,
        report: SkipReport,
    ) -> None:
        self.recipe, self.planner, self.report = recipe, planner, report
        self._table, self._events, self._audio = table, events, audio
        self._ready: OrderedDict[tuple[int, int], MapWindows] = OrderedDict()

    @property
    def maps(self) -> Sequence[Listed]:
        """The maps of the split."""
        return self.planner.maps

    def sample(self, key: WindowKey) -> Sample | None:
        """One window; None where it is empty and unwanted, or its map turned out unusable (which is reported)."""
        row = self._row(key.place)
        try:
            made = self._made(key)
            dice = self.planner.window_dice(key)
            window = made.window(key.number, dice if self.planner.training else None, dice)
            if window is None:
                return None
            speed = self.planner.set_draws(key.epoch, row.set_id).speed
            return window.sample(audio_of(window, self._audio.resampled(row.audio, speed), self.recipe))
        except BadTrack as error:
            self.report.add(row.name, error.code, str(error))
            return None

    def _made(self, key: WindowKey) -> MapWindows:
        place = (key.epoch, key.place)
        if place not in self._ready:
            self._ready[place] = self._make(key)
            while len(self._ready) > _KEPT:
                self._ready.popitem(last=False)
        self._ready.move_to_end(place)
        return self._ready[place]

    def _make(self, key: WindowKey) -> MapWindows:
        row = self._row(key.place)
        of_set = self.planner.set_draws(key.epoch, row.set_id)
        of_map = self.planner.map_draws(key.epoch, key.place)
        guest = None
        if of_map.guest is not None:
            other = self._row(self.planner.siblings(key.place)[of_map.guest])
            guest = Given(other, self._events.events(other))
        given = Given(row, self._events.events(row))
        samples = len(self._audio.resampled(row.audio, of_set.speed))
        return MapWindows(self.recipe, given, guest, of_set, of_map, samples)

    def _row(self, place: int) -> MapRow:
        return self._table.row(self.planner.maps[place].row)
