"""What the checks of one map share, computed once: ends, places, gaps, beats (spec 08 section 1)."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from osuT5.beatmap import Beatmap, Circle, HitObject, Slider, Spinner
from osuT5.beatmap.mania import ManiaObject, mania_object
from osuT5.beatmap.play import BASE_DISTANCE, Play
from osuT5.beatmap.stacking import stack_heights, stack_offset
from osuT5.beatmap.taiko import drum_roll_end
from osuT5.beatmap.timing import Beat, Timing

from .catalogue import RULES
from .finding import Finding, Severity
from .grid import Grid
from .level import Level
from .set_files import SetFiles

BEAT_AT_180 = 333.3  # ms; the tempo that limits in beats are meant for
TAIKO, CATCH, MANIA = 1, 2, 3
Place = tuple[float, float]


def normal_beat(beat_length: float) -> float:
    """``beat_length`` doubled or halved until the tempo lies in (120, 240]."""
    if not 0 < beat_length < math.inf:
        return 500.0 * 0.75
    while beat_length >= 500.0:
        beat_length /= 2
    while beat_length < 250.0:
        beat_length *= 2
    return beat_length


def is_part(gap: float, beat: float, parts: float) -> bool:
    """Whether ``gap`` is 1/``parts`` of a beat, within 2 ms + 3 %."""
    part = beat / parts
    return abs(gap - part) <= 2 + 0.03 * part


def at_most(gap: float, beat: float, parts: float) -> bool:
    """Whether ``gap`` is 1/``parts`` of a beat or shorter, with the same slack."""
    part = beat / parts
    return gap <= part + 2 + 0.03 * part


def below(gap: float, beat: float, parts: float) -> bool:
    """Whether ``gap`` is clearly shorter than 1/``parts`` of a beat."""
    part = beat / parts
    return gap < part - 2 - 0.03 * part


class Facts:
    """One map under check. ``lowest``: it is the lowest level of its set and required there (``N*`` of the spec)."""

    def __init__(
        self,
        beatmap: Beatmap,
        stars: float | None = None,
        level: Level | None = None,
        audio_ms: float | None = None,
        lowest: bool = False,
        files: SetFiles | None = None,
    ) -> None:
        self.beatmap = beatmap
        self.stars = stars
        self.level = level
        self.audio_ms = audio_ms
        self.lowest = lowest
        self.files = files
        self.mode = beatmap.mode
        self.objects: list[HitObject] = beatmap.hit_objects
        self.play = Play(beatmap)

    def finding(
        self,
        rule: str,
        start: float,
        end: float | None = None,
        objects: tuple[int, ...] = (),
        value: float | None = None,
        limit: float | None = None,
        severity: Severity | None = None,
        part: str = "",
        **words: object,
    ) -> Finding:
        """A finding of ``rule``; its wording takes ``value``, ``limit`` and ``words``."""
        known = RULES[rule]
        message = known.wording.format(value=shown(value), limit=shown(limit), **words)
        stop = start if end is None else end
        return Finding(
            rule, severity or known.severity, start, stop, message, objects, value, limit, known.repair, part
        )

    @cached_property
    def timing(self) -> Timing:
        return self.play.timing

    @cached_property
    def reds(self) -> list[Beat]:
        return self.timing.beats.points

    @cached_property
    def grid(self) -> Grid:
        return Grid(self.reds or [self.timing.beats.before])

    @cached_property
    def divisors(self) -> tuple[int, ...]:
        """Divisions of the beat that the map uses often."""
        return self.grid.common_divisors(self.starts)

    @cached_property
    def starts(self) -> list[float]:
        return [item.time for item in self.objects]

    @cached_property
    def ends(self) -> list[float]:
        return [self.end_of(item) for item in self.objects]

    def end_of(self, item: HitObject) -> float:
        if isinstance(item, Circle):
            return item.time
        if self.mode == TAIKO and isinstance(item, Slider):
            return drum_roll_end(self.play, item)
        return self.play.end_time(item)

    @cached_property
    def running_ends(self) -> list[float]:
        """The greatest end so far, for each object."""
        return list(accumulate(self.ends, max))

    @cached_property
    def first_start(self) -> float:
        return self.starts[0] if self.starts else 0.0

    @cached_property
    def last_end(self) -> float:
        return max(self.ends, default=0.0)

    @cached_property
    def beats(self) -> list[float]:
        """``Bn`` at the start of each object."""
        known: dict[float, float] = {}
        result = []
        for time in self.starts:
            length = self.timing.beat_at(time).beat_length
            if length not in known:
                known[length] = normal_beat(length)
            result.append(known[length])
        return result

    def beat(self, time: float) -> float:
        """``Bn`` at ``time``."""
        return normal_beat(self.timing.beat_at(time).beat_length)

    def bar(self, time: float) -> float:
        """Length in ms of a bar at ``time``."""
        beat = self.timing.beat_at(time)
        return beat.beat_length * beat.meter

    @cached_property
    def gaps(self) -> list[float]:
        """From each object's end to the next object's start; one fewer than objects."""
        return [start - end for start, end in zip(self.starts[1:], self.ends, strict=False)]

    @cached_property
    def radius(self) -> float:
        """Circle radius in px."""
        return 64 * (1 - 0.7 * (self.beatmap.difficulty.circle_size - 5) / 5) / 2

    @cached_property
    def offsets(self) -> list[float]:
        """How far stacking moves each object, on both axes."""
        heights = stack_heights(self.play)
        known = {height: stack_offset(self.beatmap, height) for height in set(heights)}
        return [known[height] for height in heights]

    @cached_property
    def heads(self) -> list[Place]:
        """Stacked places of the starts."""
        return [(item.x + move, item.y + move) for item, move in zip(self.objects, self.offsets, strict=True)]

    @cached_property
    def tails(self) -> list[Place]:
        """Stacked places of the ends."""
        result = []
        for item, move in zip(self.objects, self.offsets, strict=True):
            x, y = self.play.end_position(item)
            result.append((x + move, y + move))
        return result

    @cached_property
    def distances(self) -> list[float]:
        """From each object's end to the next one's head; -1 beside a spinner."""
        result = []
        for index, (tail, head) in enumerate(zip(self.tails, self.heads[1:], strict=False)):
            pair = self.objects[index : index + 2]
            spinner = any(isinstance(item, Spinner) for item in pair)
            result.append(-1.0 if spinner else math.dist(tail, head))
        return result

    def velocity(self, time: float) -> float:
        """Slider velocity in px per ms."""
        beat = self.timing.beat_at(time).beat_length
        factor = self.beatmap.difficulty.slider_multiplier * self.timing.velocity_at(time).velocity
        return BASE_DISTANCE * factor / beat

    @cached_property
    def notes(self) -> list[ManiaObject]:
        """The objects of a mania map."""
        return [mania_object(self.play, item) for item in self.objects]

    @cached_property
    def main_beat_length(self) -> float:
        """The beat length in force for the longest time between first start and last end, not normalised."""
        total: dict[float, float] = {}
        for index, red in enumerate(self.reds):
            start = max(red.time, self.first_start) if index else self.first_start
            end = self.reds[index + 1].time if index + 1 < len(self.reds) else self.last_end
            length = round(red.beat_length, 3)
            total[length] = total.get(length, 0.0) + max(min(end, self.last_end) - start, 0.0)
        return max(total, key=total.__getitem__) if total else self.timing.beats.before.beat_length

    def in_break(self, start: float, end: float) -> float:
        """Ms between ``start`` and ``end`` that lie in breaks."""
        return sum(max(min(end, item.end) - max(start, item.start), 0.0) for item in self.beatmap.events.breaks)

    def next_at(self, time: float) -> int:
        """The first object that starts after ``time``; may be the number of objects."""
        return bisect_right(self.starts, time)


def shown(value: float | None) -> str:
    """A number as a person writes it."""
    if value is None:
        return ""
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
