"""osu!taiko: one scrolling lane a row, from left to right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image

from .canvas import Canvas, Point
from .scene import EARLY, FINISH, Scene, Section, Thing
from .theme import BEAT, DIM, GREEN_LINE, GRID, KIAI, KINDS, MARGIN, MEASURE, PANEL, TEXT, WIDTH, Rgb, clear, clock

_HEIGHT, _LANE = 60, (17.0, 57.0)
_LEFT, _RIGHT = MARGIN + 66, WIDTH - MARGIN - 10
_SMALL, _BIG = 10.0, 15.0
_DENSEST, _MOST = 64, 80
_DON, _KAT, _ROLL, _SWELL = range(4)

XOf = Callable[[float], float]


class TaikoRows:
    """One row a section, for mode 1."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.sections = scene.sections(_DENSEST, _MOST)
        self.legend: list[tuple[str, Rgb]] = [*KINDS[1], ("large: finish", DIM), ("scroll speed", GREEN_LINE)]

    def rows(self) -> Iterator[Image.Image]:
        for number, section in enumerate(self.sections, 1):
            if section.things:
                yield self._row(number, section)

    def _row(self, number: int, section: Section) -> Image.Image:
        canvas = Canvas(WIDTH, _HEIGHT)
        top, bottom = _LANE
        kiai = self.scene.timing.kiai_at(section.things[0].start)
        canvas.text((MARGIN, 37), str(number), 13, KIAI if kiai else TEXT, "lm")
        canvas.text((_LEFT - 10, 37), clock(section.start), 12, DIM, "rm")
        canvas.box(_LEFT, top, _RIGHT, bottom, fill=PANEL, radius=4)

        def x_of(ms: float) -> float:
            share = (ms - section.start) / (section.end - section.start)
            return _LEFT + 16 + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT - 32)

        for start, end in self.scene.kiai:
            if start < section.end and end > section.start:
                canvas.box(x_of(start), top, x_of(end), bottom, fill=clear(KIAI, 30))
        for beat in section.beats:
            canvas.line([(x_of(beat), top + 6), (x_of(beat), bottom - 6)], BEAT)
        for measure in section.measures:
            canvas.line([(x_of(measure), top), (x_of(measure), bottom)], MEASURE, 1.5)
        canvas.line([(_LEFT, (top + bottom) / 2), (_RIGHT, (top + bottom) / 2)], GRID)
        self._scrolls(canvas, section, x_of)
        for thing in (*section.carried, *reversed(section.things)):
            head = None if thing.start < section.start - EARLY else x_of(thing.start)
            _note(canvas, thing, head, x_of(thing.end))
        return canvas.image()

    def _scrolls(self, canvas: Canvas, section: Section, x_of: XOf) -> None:
        """Where the scroll speed changes, and to what."""
        free, before = 0.0, 1.0
        for point in self.scene.timing.effects.points:
            if point.scroll != before and section.holds(point.time):
                x = x_of(point.time)
                canvas.line([(x, 12), (x, 18)], GREEN_LINE)
                if x > free:
                    canvas.text((x + 2, 9), f"{point.scroll:.3g}x", 10, GREEN_LINE, "lm")
                    free = x + 36
            before = point.scroll


def _note(canvas: Canvas, thing: Thing, head: float | None, end: float) -> None:
    """A note, or the part of a roll in this row; ``head`` is None when it began in an earlier one."""
    middle = sum(_LANE) / 2
    radius = _BIG if thing.item.hit_sound & FINISH or thing.kind == _SWELL else _SMALL
    colour = KINDS[1][thing.kind][1]
    if thing.kind in (_ROLL, _SWELL):
        start = _LEFT + 4 if head is None else head
        canvas.tube([(start, middle), (max(end, start + 1), middle)], radius, colour, 170)
    if head is None:
        return
    centre: Point = (head, middle)
    canvas.circle(centre, radius, fill=colour, outline=(245, 245, 248), width=1.6 if radius == _SMALL else 2.4)
    if thing.kind == _SWELL:
        canvas.text(centre, "S", 14, (255, 255, 255), "mm")
