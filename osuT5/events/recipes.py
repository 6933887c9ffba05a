"""Which groups each hit object is written as, in which order (spec 01 section 5)."""

from __future__ import annotations

from ..beatmap import Circle, HitObject, Hold, Slider, Spinner
from ..config import DataLayout
from .event import EventType
from .slider_ends import Point, SliderPath, end_positions
from .source import Source, Span, divide, slider_path

TIMED, SNAPPED, NEW_COMBO, SPEED = 1, 2, 4, 8  # flags of a group
CENTRE: Point = (256, 192)
MAX_POINTS = 100
BODY_DELAY_US = 1000
SUSTAIN_MARGIN_US = 10_000
_MISSING_SAMPLE = "0:0"
_DEFAULT_SAMPLE = "0:0:0:0:"
_ANCHORS = {"L": EventType.RED_ANCHOR, "C": EventType.CATMULL_ANCHOR, "P": EventType.PERFECT_ANCHOR}


class GroupTable:
    """Groups as columns, in the order they are written. ``points`` are indices into ``places``, 0 for no position."""

    def __init__(self) -> None:
        self.kinds: list[EventType] = []
        self.times: list[int] = []  # microseconds
        self.flags: list[int] = []
        self.points: list[int] = []
        self.lines: list[int] = []  # timing line that the scroll speed comes from
        self.sound_counts: list[int] = []
        self.sounds: list[tuple[int, int, str]] = []  # time in microseconds, addition bits, sample text
        self.places: list[Point] = [CENTRE]  # in file order, so that each place is measured from the one before it

    def add(
        self,
        kind: EventType,
        time: int,
        flags: int = 0,
        place: Point | None = None,
        sounds: tuple[tuple[int, int, str], ...] | list[tuple[int, int, str]] = (),
        line: int = 0,
    ) -> None:
        """Append a group."""
        self.kinds.append(kind)
        self.times.append(time)
        self.flags.append(flags)
        self.lines.append(line)
        self.sound_counts.append(len(sounds))
        self.sounds += sounds
        if place is None:
            self.points.append(0)
        else:
            self.points.append(len(self.places))
            self.places.append(place)

    def add_sustain(self, kind: EventType, start: int, end: int, interval: int, place: Point | None = None) -> None:
        """Append the markers of a span (section 5.5); ``interval`` in ms, 0 for none."""
        if interval:
            for time in range(start + interval * 1000, end - SUSTAIN_MARGIN_US, interval * 1000):
                self.add(kind, time, TIMED, place)


def object_groups(source: Source, layout: DataLayout) -> GroupTable:
    """Groups of all objects in file order."""
    return _Writer(source, layout).write()


class _Writer:
    def __init__(self, source: Source, layout: DataLayout) -> None:
        self.source = source
        self.layout = layout
        self.mode = source.mode
        self.table = GroupTable()
        self.interval = layout.sustain_interval or 0
        self.snapped = TIMED | SNAPPED
        self.combos = NEW_COMBO if self.mode in (0, 2) else 0
        self.ends: dict[int, tuple[SliderPath, Point]] = {}

    def write(self) -> GroupTable:
        source = self.source
        if self.mode != 1:
            self.ends = self._slider_ends()
        lines = source.lines_at_starts
        for index, (item, start) in enumerate(zip(source.objects, source.starts, strict=True)):
            if isinstance(item, Circle):
                self._circle(item, start, lines[index])
            elif isinstance(item, Slider):
                span = source.slider_span(item, index)
                if span is not None and self.mode == 1:
                    self._held(item, start, span.end, lines[index], "DRUMROLL")
                elif span is not None and index in self.ends:
                    self._slider(item, start, span, *self.ends[index], lines[index])
            elif isinstance(item, Spinner):
                self._spinner(item, start, source.end_of(index), lines[index])
            elif isinstance(item, Hold) and self.mode == 3:
                self._hold(item, start, source.end_of(index))
        return self.table

    def _slider_ends(self) -> dict[int, tuple[SliderPath, Point]]:
        """Path and end of every slider that is written."""
        paths = {
            index: slider_path(item)
            for index, item in enumerate(self.source.objects)
            if isinstance(item, Slider) and len(item.points) + 1 < MAX_POINTS
        }
        ends = end_positions(list(paths.values()))
        return {index: (path, end) for (index, path), end in zip(paths.items(), ends, strict=True)}

    def _combo(self, item: HitObject) -> int:
        return self.combos if item.type_bits & NEW_COMBO else 0

    def _circle(self, item: Circle, start: int, line: int) -> None:
        speed = SPEED if self.mode == 1 else 0
        place = None if self.mode == 1 else _place(item)
        flags = self.snapped | speed | self._combo(item)
        self.table.add(EventType.CIRCLE, start, flags, place, (_own(item, start),), line)

    def _held(self, item: HitObject, start: int, end: int, line: int, name: str) -> None:
        """A drum roll or a denden."""
        add = self.table.add
        add(EventType[name], start, self.snapped | SPEED, None, (_own(item, start),), line)
        self.table.add_sustain(EventType[f"{name}_SUSTAIN"], start, end, self.interval)
        add(EventType[f"{name}_END"], end, self.snapped)

    def _hold(self, item: Hold, start: int, end: int) -> None:
        place = _place(item)
        self.table.add(EventType.HOLD_NOTE, start, self.snapped, place, (_own(item, start),))
        self.table.add_sustain(EventType.HOLD_NOTE_SUSTAIN, start, end, self.interval, place)
        self.table.add(EventType.HOLD_NOTE_END, end, self.snapped, place)

    def _spinner(self, item: Spinner, start: int, end: int, line: int) -> None:
        if self.mode == 1:
            self._held(item, start, end, line, "DENDEN")
            return
        self.table.add(EventType.SPINNER, start, self.snapped)
        self.table.add_sustain(EventType.SPINNER_SUSTAIN, start, end, self.interval)
        self.table.add(EventType.SPINNER_END, end, self.snapped, None, (_own(item, end),))
        self.table.places.append(CENTRE)

    def _slider(self, item: Slider, start: int, span: Span, path: SliderPath, end: Point, line: int) -> None:
        table, second = self.table, start + span.span
        speed = SPEED if self.layout.add_sv else 0
        head = (start, *_edge(item, 0))
        table.add(EventType.SLIDER_HEAD, start, self.snapped | speed | self._combo(item), path.points[0], (head,), line)
        newer = self.layout.slider_version == 2
        for index, kind in _inner_anchors(path):
            time = start if newer else start + _part(span.span, index / (len(path.points) - 1))
            table.add(kind, time, 0, path.points[index])
        if newer:
            table.add(EventType.LAST_ANCHOR, start, 0, path.points[-1])
            table.add_sustain(EventType.SLIDER_SUSTAIN, start, second, self.interval)
        body = (start + BODY_DELAY_US, item.hit_sound, item.hit_sample or _DEFAULT_SAMPLE)
        repeats = [(start + i * span.span, *_edge(item, i)) for i in range(1, item.slides)]
        table.add(EventType.LAST_ANCHOR, second, self.snapped, None if newer else path.points[-1], [body, *repeats])
        table.add_sustain(EventType.SLIDER_REPEAT_SUSTAIN, second, span.end, self.interval)
        table.add(EventType.SLIDER_END, span.end, self.snapped, end, ((span.end, *_edge(item, -1)),))


def _place(item: HitObject) -> Point:
    return int(item.x), int(item.y)


def _own(item: HitObject, time: int) -> tuple[int, int, str]:
    return time, item.hit_sound, item.hit_sample or _DEFAULT_SAMPLE


def _edge(item: Slider, index: int) -> tuple[int, str]:
    """Sound bits and sample of an edge; -1 takes the last entry of each list, whatever its length."""
    bits = item.edge_sounds[index] if -1 <= index < len(item.edge_sounds) and item.edge_sounds else 0
    sample = item.edge_sets[index] if -1 <= index < len(item.edge_sets) and item.edge_sets else _MISSING_SAMPLE
    return bits, sample


def _part(span: int, fraction: float) -> int:
    """Exact product of microseconds and a float, rounded half to even."""
    numerator, denominator = fraction.as_integer_ratio()
    return divide(span * numerator, denominator)


def _inner_anchors(path: SliderPath) -> list[tuple[int, EventType]]:
    """Index and type of the points between head and last point that are written (section 5.2)."""
    points = path.points
    inner = range(1, len(points) - 1)
    if path.curve != "B":
        return [(index, _ANCHORS[path.curve]) for index in inner]
    anchors = []
    for index in inner:
        if points[index] == points[index + 1]:
            anchors.append((index, EventType.RED_ANCHOR))
        elif points[index] != points[index - 1]:
            anchors.append((index, EventType.BEZIER_ANCHOR))
    return anchors
