"""A beatmap in play: when objects end, where sliders run, their edges and ticks (spec 07 section 9)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property

from osuT5.beatmap.flatten import Point
from osuT5.beatmap.model import Beatmap, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.path import Path, slider_path
from osuT5.beatmap.timing import Timing

BASE_DISTANCE = 100.0  # px per beat at multiplier 1
MAX_TICK_LENGTH = 100_000.0  # px of one span that can hold ticks
MAX_TICKS = 100_000  # of one slider
TICK_GAP = 10.0  # ms between the last tick and the end of its span
LAST_TICK = 36.0  # ms before the end
ZERO_LENGTH = 1e-3  # px
MIN_BREAK = 650.0  # ms; a shorter break does not count


def single(value: float) -> float:
    """``value`` rounded to 32 bits."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def adjusted_beat_length(beat_length: float, velocity: float, slowest: float = 1000.0) -> float:
    """Beat length over velocity in ms, with the rounding of the game; ``slowest``: largest percentage."""
    return beat_length * (min(max(single(100 / velocity), 10.0), slowest) / 100)


@dataclass(frozen=True, slots=True)
class SliderEvent:
    """``kind``: head, tick, repeat, last_tick or tail. ``progress``: part of the path, 0 at the head."""

    kind: str
    time: float
    progress: float


class SliderPlay:
    """One slider in play. Times in ms."""

    def __init__(self, slider: Slider, path: Path, beatmap: Beatmap, timing: Timing) -> None:
        self.slider = slider
        self.path = path
        self.spans = slider.slides if path.length > ZERO_LENGTH else 1
        self.ticks_cut = False  # set by ``events`` when there were more than it makes
        self._beat = timing.beat_at(slider.time).beat_length
        self._velocity = timing.velocity_at(slider.time)
        self._multiplier = beatmap.difficulty.slider_multiplier
        self._tick_rate = beatmap.difficulty.slider_tick_rate
        self._old_ticks = beatmap.format_version < 8

    @property
    def px_per_ms(self) -> float:
        return BASE_DISTANCE * self._multiplier * self._velocity.velocity / self._beat

    @property
    def span_duration(self) -> float:
        return self.path.length / self.px_per_ms

    @property
    def end_time(self) -> float:
        return self.slider.time + self.spans * self.span_duration

    @property
    def end_position(self) -> Point:
        """Where the ball is at the end, absolute, not stacked."""
        return self.place(self.spans % 2)

    def place(self, progress: float) -> Point:
        """The absolute place at ``progress`` of the path, not stacked."""
        x, y = self.path.position(progress)
        return (self.slider.x + x, self.slider.y + y)

    def events(self, nan_stops_ticks: bool = True) -> list[SliderEvent]:
        """Head, ticks and repeats in order of time, last tick and tail. Ticks stop at 100,000."""
        start = self.slider.time
        px_per_ms = BASE_DISTANCE * self._multiplier / adjusted_beat_length(self._beat, self._velocity.velocity)
        span = self.path.length / px_per_ms
        ticks = self._tick_places(px_per_ms, nan_stops_ticks)
        events = [SliderEvent("head", start, 0.0)]
        for index in range(self.spans):
            span_start = start + index * span
            if len(events) + len(ticks) > MAX_TICKS:
                self.ticks_cut = True
            else:
                for place in reversed(ticks) if index % 2 else ticks:
                    part = 1 - place if index % 2 else place
                    events.append(SliderEvent("tick", span_start + part * span, place))
            if index + 1 < self.spans:
                events.append(SliderEvent("repeat", span_start + span, (index + 1) % 2))
        duration = span * self.spans
        last_start = start + (self.spans - 1) * span
        last = max(start + duration / 2, last_start + span - LAST_TICK)
        progress = (last - last_start) / span if span else 0.0
        events.append(SliderEvent("last_tick", last, progress if self.spans % 2 else 1 - progress))
        events.append(SliderEvent("tail", start + duration, self.spans % 2))
        return events

    def _tick_places(self, px_per_ms: float, nan_stops_ticks: bool) -> list[float]:
        """Ticks of the first span as parts of the path."""
        if nan_stops_ticks and not self._velocity.ticks:
            return []
        distance = px_per_ms * self._beat / self._tick_rate
        if self._old_ticks:
            distance /= self._velocity.velocity
        length = min(MAX_TICK_LENGTH, self.path.length)
        distance = min(distance, length)
        places: list[float] = []
        if distance <= 0:
            return places
        at = distance
        while at <= length and at < length - px_per_ms * TICK_GAP and len(places) < MAX_TICKS:
            places.append(at / length)
            at += distance
        return places


class Play:
    """Lookups and curves of one beatmap, computed when asked for. Build it when the beatmap is final."""

    def __init__(self, beatmap: Beatmap) -> None:
        self.beatmap = beatmap
        self._sliders: dict[int, SliderPlay] = {}

    @cached_property
    def timing(self) -> Timing:
        return Timing.of(self.beatmap)

    def slider(self, slider: Slider) -> SliderPlay:
        known = self._sliders.get(id(slider))
        if known is None:
            path = slider_path(slider, self.beatmap.format_version)
            known = self._sliders[id(slider)] = SliderPlay(slider, path, self.beatmap, self.timing)
        return known

    def end_time(self, item: HitObject) -> float:
        if isinstance(item, Slider):
            return self.slider(item).end_time
        return item.end_time if isinstance(item, (Spinner, Hold)) else item.time

    def end_position(self, item: HitObject) -> Point:
        """Where ``item`` ends, absolute, not stacked."""
        return self.slider(item).end_position if isinstance(item, Slider) else (item.x, item.y)

    @cached_property
    def latest_end(self) -> float:
        """The greatest end time; 0 without objects."""
        return max((self.end_time(item) for item in self.beatmap.hit_objects), default=0.0)

    @property
    def drain_time(self) -> float:
        """Time from the first object to the latest end without breaks, in ms."""
        objects = self.beatmap.hit_objects
        if not objects:
            return 0.0
        lengths = (item.end - item.start for item in self.beatmap.events.breaks)
        return self.latest_end - objects[0].time - sum(length for length in lengths if length >= MIN_BREAK)
