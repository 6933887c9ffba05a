"""Which groups each hit object is written as, in which order (spec 01 section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from ..beatmap import Circle, HitObject, Hold, Slider, Spinner
from ..config import DataLayout
from .event import EventType
from .slider_ends import Point, SliderPath, end_positions
from .source import Source, Span, divide, slider_path

TIMED, SNAPPED, NEW_COMBO = 1, 2, 4  # flags of a group
CENTRE: Point = (256, 192)
MAX_POINTS = 100
BODY_DELAY_US = 1000
SUSTAIN_MARGIN_US = 10_000
_MISSING_SAMPLE = "0:0"
_DEFAULT_SAMPLE = "0:0:0:0:"
_ANCHORS = {"L": EventType.RED_ANCHOR, "C": EventType.CATMULL_ANCHOR, "P": EventType.PERFECT_ANCHOR}
# Looking a member up in its enum class costs as much as the rest of a group.
_CIRCLE, _HEAD, _LAST, _END = EventType.CIRCLE, EventType.SLIDER_HEAD, EventType.LAST_ANCHOR, EventType.SLIDER_END
_BEZIER, _RED = EventType.BEZIER_ANCHOR, EventType.RED_ANCHOR
_SLIDER_SUSTAIN, _REPEAT_SUSTAIN = EventType.SLIDER_SUSTAIN, EventType.SLIDER_REPEAT_SUSTAIN
_HOLD, _HOLD_SUSTAIN, _HOLD_END = EventType.HOLD_NOTE, EventType.HOLD_NOTE_SUSTAIN, EventType.HOLD_NOTE_END


Sound = tuple[int, int, str]  # time in microseconds, sound bits, sample text


# One group: kind, time in microseconds, flags, index of its place (0: none), timing line of its scroll speed (-1: none),
# number of sounds. A plain tuple, because a map has thousands.
Row = tuple[EventType, int, int, int, int, int]


class GroupTable:
    """Groups in the order they are written, with their sounds and places in lists of their own."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.sounds: list[Sound] = []
        self.places: list[Point] = [CENTRE]  # in file order, so that each place is measured from the one before it

    def add(
        self,
        kind: EventType,
        time: int,
        flags: int = 0,
        place: Point | None = None,
        sounds: Sequence[Sound] = (),
        speed_line: int = -1,
    ) -> None:
        """Append a group."""
        at = 0
        if place is not None:
            at = len(self.places)
            self.places.append(place)
        self.sounds += sounds
        self.rows.append((kind, time, flags, at, speed_line, len(sounds)))

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
        self.combos = NEW_COMBO if self.mode in (0, 2) else 0  # bits of the type that are kept
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

    def _circle(self, item: Circle, start: int, line: int) -> None:
        taiko = self.mode == 1
        place = None if taiko else (int(item.x), int(item.y))
        flags = self.snapped | (self.combos & item.type_bits)
        self.table.add(_CIRCLE, start, flags, place, (_own(item, start),), line if taiko else -1)

    def _held(self, item: HitObject, start: int, end: int, line: int, name: str) -> None:
        """A drum roll or a denden."""
        add = self.table.add
        add(EventType[name], start, self.snapped, None, (_own(item, start),), line)
        self.table.add_sustain(EventType[f"{name}_SUSTAIN"], start, end, self.interval)
        add(EventType[f"{name}_END"], end, self.snapped)

    def _hold(self, item: Hold, start: int, end: int) -> None:
        place = (int(item.x), int(item.y))
        self.table.add(_HOLD, start, self.snapped, place, (_own(item, start),))
        self.table.add_sustain(_HOLD_SUSTAIN, start, end, self.interval, place)
        self.table.add(_HOLD_END, end, self.snapped, place)

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
        head = (start, *_edge(item, 0))
        flags = self.snapped | (self.combos & item.type_bits)
        speed_line = line if self.layout.add_sv else -1
        table.add(_HEAD, start, flags, path.points[0], (head,), speed_line)
        newer = self.layout.slider_version == 2
        for index, kind in _inner_anchors(path):
            time = start if newer else start + _part(span.span, index / (len(path.points) - 1))
            table.add(kind, time, 0, path.points[index])
        if newer:
            table.add(_LAST, start, 0, path.points[-1])
            table.add_sustain(_SLIDER_SUSTAIN, start, second, self.interval)
        body = (start + BODY_DELAY_US, item.hit_sound, item.hit_sample or _DEFAULT_SAMPLE)
        repeats = [(start + i * span.span, *_edge(item, i)) for i in range(1, item.slides)]
        table.add(_LAST, second, self.snapped, None if newer else path.points[-1], [body, *repeats])
        table.add_sustain(_REPEAT_SUSTAIN, second, span.end, self.interval)
        table.add(_END, span.end, self.snapped, end, ((span.end, *_edge(item, -1)),))


def _own(item: HitObject, time: int) -> Sound:
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
            anchors.append((index, _RED))
        elif points[index] != points[index - 1]:
            anchors.append((index, _BEZIER))
    return anchors
