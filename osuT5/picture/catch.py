"""osu!catch: the fall of fruits, x across and time upwards."""

from __future__ import annotations

from osuT5.beatmap import Slider
from osuT5.beatmap.catch import CatchKind, CatchObject, catch_objects
from osuT5.beatmap.stacking import object_scale

from .canvas import Canvas, Point
from .scene import Scene, Section, Thing
from .strips import HEIGHT, LABELS, TOP, Strips, YOf
from .theme import DIM, HYPER, KINDS, clear

_SCALE = 0.27
_SIDE = 14.0  # px beside the field
_RADIUS = 64.0  # osu! pixels of a fruit of scale 1
_STEPS, _MOST_LAPS, _MOST_CAUGHT = 12, 200, 400  # of one juice stream
_BANANA = KINDS[2][2][1]


class CatchStrips(Strips):
    """Fruits, juice streams and banana showers, for mode 2."""

    densest = 70.0

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, 512 * _SCALE + 2 * _SIDE)
        self._radius = _RADIUS * object_scale(scene.beatmap.difficulty.circle_size) * _SCALE
        groups = zip(scene.beatmap.hit_objects, catch_objects(scene.play), strict=True)
        self._caught = {id(item): group for item, group in groups}
        self.legend = [*KINDS[2], ("hyperdash", HYPER)]

    def background(self, canvas: Canvas) -> None:
        for x in (128, 256, 384):
            canvas.line([(self._x(x), TOP), (self._x(x), HEIGHT)], clear(DIM, 22))

    def objects(self, canvas: Canvas, section: Section, y_of: YOf) -> None:
        shown = [*section.carried, *section.things]
        for thing in shown:
            if thing.kind == 2:
                self._bananas(canvas, y_of(thing.start), y_of(thing.end))
            elif isinstance(thing.item, Slider):
                self._path(canvas, thing, thing.item, y_of)
        self._ways(canvas, section, y_of)
        for thing in reversed(shown):
            for caught in reversed(self._caught[id(thing.item)][:_MOST_CAUGHT]):
                if caught.x is not None and section.start - 100 < caught.time < section.end + 100:
                    self._fruit(canvas, caught, (self._x(caught.x), y_of(caught.time)), thing)

    def _ways(self, canvas: Canvas, section: Section, y_of: YOf) -> None:
        """How the catcher gets from one object to the next; red where only a hyperdash gets there in time."""
        for before, after in zip(section.things, section.things[1:], strict=False):
            ends = self._fruits(before)[-1:], self._fruits(after)[:1]
            if ends[0] and ends[1]:
                (start,), (end,) = ends
                line = [(self._x(item.x or 0.0), y_of(item.time)) for item in (start, end)]
                canvas.line(line, clear(HYPER, 200) if start.hyperdash else clear(DIM, 70), 1.2)

    def _fruits(self, thing: Thing) -> list[CatchObject]:
        return [item for item in self._caught[id(thing.item)] if item.x is not None]

    def _fruit(self, canvas: Canvas, caught: CatchObject, place: Point, thing: Thing) -> None:
        radius = self._radius if caught.kind is CatchKind.FRUIT else self._radius * 0.5
        outline = HYPER if caught.hyperdash else (250, 250, 252)
        canvas.circle(place, radius, fill=thing.colour, outline=outline, width=2.4 if caught.hyperdash else 1.2)

    def _bananas(self, canvas: Canvas, start: float, end: float) -> None:
        top, bottom = max(end, TOP), min(start, HEIGHT)
        canvas.box(LABELS + 1, top, LABELS + self.inner - 1, bottom, fill=clear(_BANANA, 50))
        canvas.text((LABELS + self.inner / 2, (bottom + top) / 2), "bananas", 11, _BANANA, "mm")

    def _path(self, canvas: Canvas, thing: Thing, slider: Slider, y_of: YOf) -> None:
        play = self.scene.play.slider(slider)
        line: list[Point] = []
        for lap in range(min(play.spans, _MOST_LAPS)):
            for step in range(_STEPS + 1):
                share = step / _STEPS
                x = play.place(1 - share if lap % 2 else share)[0]
                line.append((self._x(x), y_of(thing.start + (lap + share) * play.span_duration)))
        canvas.line(line, clear(thing.colour, 190), 2)

    def _x(self, x: float) -> float:
        return LABELS + _SIDE + min(max(x, 0.0), 512.0) * _SCALE
