"""osu!: one playfield a section, objects in combo colours with their order, and their rhythm below."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from osuT5.beatmap import Slider, Spinner
from osuT5.beatmap.stacking import object_scale, stack_heights, stack_offset

from .canvas import Canvas, Point
from .scene import Scene, Section, Thing
from .theme import BACKGROUND, BEAT, DIM, GRID, KIAI, MARGIN, MEASURE, PANEL, PLAYFIELD, TEXT, WIDTH, Rgb, clock, mix

_COLUMNS, _GAP = 5, 12
_WIDTH = (WIDTH - 2 * MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
_BORDER = 52.0  # osu! pixels around the playfield
_SCALE = _WIDTH / (512 + 2 * _BORDER)
_FIELD = (384 + 2 * _BORDER) * _SCALE  # px high
_CAPTION, _RHYTHM = 22.0, 26.0
_HEIGHT = _CAPTION + _FIELD + _RHYTHM
_RADIUS = 64.0  # osu! pixels of an object of scale 1
_DENSEST, _MOST = 18, 80


class Playfields:
    """Rows of panels, for mode 0."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.sections = scene.sections(_DENSEST, _MOST)
        difficulty = scene.beatmap.difficulty
        self._radius = _RADIUS * object_scale(difficulty.circle_size) * _SCALE
        heights = stack_heights(scene.play)
        self._stack = {
            id(i): stack_offset(scene.beatmap, h) for i, h in zip(scene.beatmap.hit_objects, heights, strict=True) if h
        }
        self.legend: list[tuple[str, Rgb]] = [
            (f"combo colour {n}", colour) for n, colour in enumerate(dict.fromkeys(t.colour for t in scene.things), 1)
        ][:8]

    def rows(self) -> Iterator[Image.Image]:
        shown = [(number, section) for number, section in enumerate(self.sections, 1) if section.things]
        for first in range(0, len(shown), _COLUMNS):
            row = Image.new("RGB", (WIDTH, round(_HEIGHT) + _GAP), BACKGROUND)
            for column, (number, section) in enumerate(shown[first : first + _COLUMNS]):
                row.paste(self._panel(number, section), (round(MARGIN + column * (_WIDTH + _GAP)), 0))
            yield row

    def _panel(self, number: int, section: Section) -> Image.Image:
        canvas = Canvas(_WIDTH, _HEIGHT, PANEL)
        kiai = self.scene.timing.kiai_at(section.things[0].start)
        canvas.text((8, 11), str(number), 13, KIAI if kiai else TEXT, "lm")
        span = f"{clock(section.start)} - {clock(section.end)}"
        canvas.text((_WIDTH - 8, 11), f"{span}   {len(section.things)} objects", 12, DIM, "rm")
        canvas.box(0, _CAPTION, _WIDTH, _CAPTION + _FIELD, fill=PLAYFIELD)
        corner = self._place(0, 0)
        canvas.box(*corner, *self._place(512, 384), outline=mix(GRID, KIAI, 0.5) if kiai else GRID)
        self._trail(canvas, section.things)
        for thing in reversed(section.things):
            self._object(canvas, thing)
        _rhythm(canvas, section)
        return canvas.image()

    def _place(self, x: float, y: float) -> Point:
        return (x + _BORDER) * _SCALE, _CAPTION + (y + _BORDER) * _SCALE

    def _head(self, thing: Thing) -> Point:
        moved = self._stack.get(id(thing.item), 0.0)
        return self._place(thing.item.x + moved, thing.item.y + moved)

    def _path(self, slider: Slider) -> list[Point]:
        moved = self._stack.get(id(slider), 0.0)
        vertices = self.scene.play.slider(slider).path.vertices or [(0.0, 0.0)]
        return [self._place(slider.x + x + moved, slider.y + y + moved) for x, y in vertices]

    def _trail(self, canvas: Canvas, things: list[Thing]) -> None:
        """Thin lines from where an object ends to where the next one starts."""
        for before, after in zip(things, things[1:], strict=False):
            if isinstance(before.item, Spinner) or isinstance(after.item, Spinner):
                continue
            start = self._head(before)
            if isinstance(before.item, Slider) and self.scene.play.slider(before.item).spans % 2:
                start = self._path(before.item)[-1]
            same = after.number > 1
            canvas.line([start, self._head(after)], (*before.colour, 120) if same else (*DIM, 70), 1.2 if same else 1)

    def _object(self, canvas: Canvas, thing: Thing) -> None:
        radius = self._radius
        if isinstance(thing.item, Spinner):
            centre = self._place(256, 192)
            for share in (1.0, 0.55):
                canvas.circle(centre, 150 * _SCALE * share, outline=(*thing.colour, 150), width=2.5)
            canvas.text(centre, f"{(thing.end - thing.start) / 1000:.1f} s", 12, TEXT, "mm")
            return
        if isinstance(thing.item, Slider):
            self._slider(canvas, thing, thing.item)
        centre = self._head(thing)
        canvas.circle(centre, radius, fill=(*mix(thing.colour, PLAYFIELD, 0.25), 235), outline=TEXT, width=1.5)
        canvas.text(centre, str(thing.number), max(8.0, radius * 0.95), (255, 255, 255), "mm")

    def _slider(self, canvas: Canvas, thing: Thing, slider: Slider) -> None:
        path, radius = self._path(slider), self._radius
        canvas.tube(path, radius, mix(thing.colour, (255, 255, 255), 0.25), 235)
        canvas.tube(path, radius - 1.8, mix(thing.colour, PLAYFIELD, 0.72), 245)
        play = self.scene.play.slider(slider)
        for event in play.events()[:60]:
            x, y = play.place(event.progress)
            moved = self._stack.get(id(slider), 0.0)
            if event.kind == "tick":
                canvas.circle(self._place(x + moved, y + moved), 1.6, fill=(255, 255, 255, 190))
        canvas.circle(path[-1], radius - 3, outline=(*mix(thing.colour, PLAYFIELD, 0.3), 200), width=1.2)
        if play.spans > 1:
            canvas.circle(path[-1], radius * 0.5, fill=(255, 255, 255, 210))
            canvas.text(path[-1], f"x{play.spans}", max(7.0, radius * 0.55), PLAYFIELD, "mm")


def _rhythm(canvas: Canvas, section: Section) -> None:
    """When the objects come, over the beats of the section."""
    top, bottom = _CAPTION + _FIELD + 4, _HEIGHT - 4
    middle = (top + bottom) / 2

    def x_of(ms: float) -> float:
        return 8 + min(max((ms - section.start) / (section.end - section.start), 0.0), 1.0) * (_WIDTH - 16)

    for beat in section.beats:
        canvas.line([(x_of(beat), middle - 5), (x_of(beat), middle + 5)], BEAT, 1.2)
    for measure in section.measures:
        canvas.line([(x_of(measure), top), (x_of(measure), bottom)], MEASURE)
    canvas.line([(8, middle), (_WIDTH - 8, middle)], GRID)
    for thing in section.things:
        if thing.end > thing.start:
            canvas.box(
                x_of(thing.start), middle - 2.5, x_of(thing.end), middle + 2.5, fill=(*thing.colour, 130), radius=2
            )
        canvas.circle((x_of(thing.start), middle), 3.2, fill=thing.colour)
