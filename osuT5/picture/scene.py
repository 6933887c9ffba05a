"""What the picture shows of a map, as plain values: objects with end, kind and combo; lines; stars over time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import rosu_pp_py as rosu

from osuT5.beatmap import Beatmap, Circle, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.combos import combo_numbers, combo_starts
from osuT5.beatmap.play import Play
from osuT5.beatmap.taiko import drum_roll_end
from osuT5.beatmap.timing import Beat, Timing
from osuT5.stars import star_rating

from .theme import DEFAULT_COMBOS, Rgb

LONGEST = 3 * 3600_000.0  # ms; a picture shows no more than this
MOST_OBJECTS = 40_000
MOST_LINES = 5000  # measures
EARLY = 3.0  # ms; an object that little before a measure line belongs to it, since files round times
CLAP_OR_WHISTLE, FINISH = 10, 4


@dataclass(slots=True)
class Thing:
    """A hit object with what its place in the map gives it."""

    item: HitObject
    end: float  # ms
    kind: int  # index into theme.KINDS[mode]
    colour: Rgb
    number: int  # in its combo, from 1

    @property
    def start(self) -> float:
        return self.item.time


@dataclass(frozen=True)
class Section:
    """A few measures: ``measures`` and ``beats`` are times in [start, end).

    ``things`` start in the section, ``carried`` started before and go on in it.
    """

    start: float
    end: float
    measures: list[float]
    beats: list[float]
    things: list[Thing] = field(default_factory=list)
    carried: list[Thing] = field(default_factory=list)

    def holds(self, ms: float) -> bool:
        """Whether something at that time is drawn here."""
        return self.start - EARLY <= ms < self.end - EARLY


@dataclass
class Scene:
    beatmap: Beatmap
    source: bytes | str  # the text of the file, for the rating
    _coarse: int = 1  # measures that count as one, in maps with absurdly short ones

    @cached_property
    def play(self) -> Play:
        return Play(self.beatmap)

    @property
    def timing(self) -> Timing:
        return self.play.timing

    @cached_property
    def things(self) -> list[Thing]:
        """Objects in order of start, without those past the limits."""
        palette = self.beatmap.colours.combo or list(DEFAULT_COMBOS)
        colours = combo_numbers(self.beatmap)
        result: list[Thing] = []
        number = 0
        objects = zip(self.beatmap.hit_objects, colours, combo_starts(self.beatmap), strict=True)
        for item, colour, start in islice(objects, MOST_OBJECTS):
            if result and item.time > result[0].start + LONGEST:
                break
            number = 1 if start else number + 1
            end = min(max(self._end(item), item.time), item.time + LONGEST)
            result.append(Thing(item, end, _kind(item, self.beatmap.mode), palette[colour % len(palette)], number))
        return result

    def _end(self, item: HitObject) -> float:
        if self.beatmap.mode == 1 and isinstance(item, Slider):
            return drum_roll_end(self.play, item)
        return self.play.end_time(item)

    @cached_property
    def first(self) -> float:
        return min((thing.start for thing in self.things), default=0.0)

    @cached_property
    def last(self) -> float:
        latest = max((thing.end for thing in self.things), default=0.0)
        return max(min(latest, self.first + LONGEST), self.first + 1000)

    @cached_property
    def kiai(self) -> list[tuple[float, float]]:
        """Stretches of kiai time within the map."""
        return self._stretches((point.time, point.kiai) for point in self.timing.effects.points)

    @cached_property
    def breaks(self) -> list[tuple[float, float]]:
        spans = ((max(item.start, self.first), min(item.end, self.last)) for item in self.beatmap.events.breaks)
        return [(start, end) for start, end in spans if end > start]

    @cached_property
    def stars(self) -> float | None:
        return star_rating(self.source)

    @cached_property
    def difficulty(self) -> list[tuple[float, float]]:
        """(ms, stars of the stretch around it); empty where no rating can be had.

        A strain becomes stars by the scale at which the weighted strains of the map give the rating of the map.
        """
        if not self.stars or not self.things:
            return []
        step, strains = _strains(self.source)
        weights = [0.9**rank for rank in range(len(strains))]
        ranked = sorted(strains, reverse=True)
        mean = sum(w * s for w, s in zip(weights, ranked, strict=True)) / max(sum(weights), 1e-9)
        if mean <= 0:
            return []
        power = 0.5 if self.beatmap.mode in (0, 2) else 1.0  # ratings of these modes are roots
        start = self.first // step * step
        return [(start + (i + 0.5) * step, self.stars * (s / mean) ** power) for i, s in enumerate(strains)]

    def density(self, bin_ms: float) -> list[list[int]]:
        """Objects that start in each bin from ``first`` on, by kind."""
        kinds = 1 + max((thing.kind for thing in self.things), default=0)
        counts = [[0] * kinds for _ in range(int((self.last - self.first) // bin_ms) + 1)]
        for thing in self.things:
            counts[min(int((thing.start - self.first) // bin_ms), len(counts) - 1)][thing.kind] += 1
        return counts

    def sections(self, densest: float, most: int) -> list[Section]:
        """Groups of 1, 2, 4, ... measures with at most ``densest`` objects on average, and at most ``most`` groups."""
        lines = self._measures()
        size = 4
        while size > 1 and len(self.things) * size > densest * self._busy(lines):
            size //= 2
        while len(lines) > size * most:
            size *= 2
        starts = [time for time, _ in lines[::size]]
        tail, beat = lines[-1]
        missing = size - 1 - (len(lines) - 1) % size  # the last section is as long as the others
        edges = [*starts, tail + beat.beat_length * beat.meter * self._coarse * (1 + missing)]
        sections = []
        for index, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
            inside = lines[index * size : (index + 1) * size]
            sections.append(Section(start, end, [time for time, _ in inside], _beats(inside, end)))
        self._distribute(sections)
        return sections

    def _distribute(self, sections: list[Section]) -> None:
        starts = [section.start - EARLY for section in sections]
        for thing in self.things:
            first = max(0, bisect_right(starts, thing.start) - 1)
            last = max(first, bisect_left(starts, thing.end - 2 * EARLY) - 1)
            sections[first].things.append(thing)
            for section in sections[first + 1 : last + 1]:
                section.carried.append(thing)

    def _busy(self, lines: list[tuple[float, Beat]]) -> int:
        """Measures with objects, roughly: those outside breaks."""
        rest = sum(end - start for start, end in self.breaks) / (self.last - self.first)
        return max(1, round(len(lines) * (1 - rest)))

    def _measures(self) -> list[tuple[float, Beat]]:
        """Measure starts from the one before the first object to the end, each with its red line."""
        beats = self.timing.beats
        points = beats.points or [beats.before]
        while sum(self._count(points, i) for i in range(len(points))) > MOST_LINES and self._coarse < 1 << 30:
            self._coarse *= 2
        lines: list[tuple[float, Beat]] = []
        for index, point in enumerate(points):
            start, _, length = self._stretch(points, index)
            lines += [(start + k * length, point) for k in range(self._count(points, index))]
        return lines or [(self.first, beats.before)]

    def _stretch(self, points: list[Beat], index: int) -> tuple[float, float, float]:
        """First measure in sight, end and measure length of the stretch under one red line."""
        point = points[index]
        length = point.beat_length * point.meter * self._coarse
        lower = max(point.time, self.first) if index else self.first
        begin = point.time + (lower - point.time) // length * length
        end = points[index + 1].time if index + 1 < len(points) else self.last + 1
        return begin, min(end, self.last + 1), length

    def _count(self, points: list[Beat], index: int) -> int:
        start, end, length = self._stretch(points, index)
        return max(0, int(-(-(end - 1 - start) // length)))

    def _stretches(self, changes: Iterable[tuple[float, bool]]) -> list[tuple[float, float]]:
        result: list[tuple[float, float]] = []
        since: float | None = None
        for time, on in [*changes, (self.last, False)]:
            time = min(max(time, self.first), self.last)
            if on and since is None:
                since = time
            elif not on and since is not None:
                if time > since:
                    result.append((since, time))
                since = None
        return result


def _kind(item: HitObject, mode: int) -> int:
    if mode == 3:
        return int(not isinstance(item, Circle))
    if mode != 1:
        return 1 if isinstance(item, Slider) else 2 if isinstance(item, (Spinner, Hold)) else 0
    if isinstance(item, Slider):
        return 2
    return 3 if isinstance(item, (Spinner, Hold)) else int(bool(item.hit_sound & CLAP_OR_WHISTLE))


def _beats(measures: list[tuple[float, Beat]], end: float) -> list[float]:
    """Beats between the measure lines, when there are not too many to see."""
    result: list[float] = []
    for index, (start, beat) in enumerate(measures):
        until = measures[index + 1][0] if index + 1 < len(measures) else end
        count = int((until - start - 1) // beat.beat_length)
        if count <= 16:
            result += [start + k * beat.beat_length for k in range(1, count + 1)]
    return result


def _strains(source: bytes | str) -> tuple[float, list[float]]:
    """Step in ms, and the largest strain of each step over the skills of the mode."""
    beatmap = rosu.Beatmap(content=source) if isinstance(source, str) else rosu.Beatmap(bytes=source)
    strains = rosu.Difficulty().strains(beatmap)
    names = ("aim", "speed", "stamina", "color", "rhythm", "movement", "strains")
    skills = [values for name in names if (values := getattr(strains, name, None))]
    return float(strains.section_length), [max(column) for column in zip(*skills, strict=False)]
