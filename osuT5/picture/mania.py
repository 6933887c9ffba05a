"""osu!mania: columns of notes and holds, time upwards."""

from __future__ import annotations

from osuT5.beatmap.mania import column_of

from .canvas import Canvas
from .scene import Scene, Section
from .strips import HEIGHT, LABELS, TOP, Strips, YOf
from .theme import GREEN_LINE, GRID, KINDS, Rgb, clear


class ManiaStrips(Strips):
    """Columns with notes and holds, for mode 3."""

    densest = 130.0

    def __init__(self, scene: Scene) -> None:
        self._keys = scene.beatmap.difficulty.key_count
        self._lane = max(6.0, min(17.0, 190 / self._keys))
        super().__init__(scene, self._lane * self._keys)
        self.legend = [*KINDS[3], ("scroll speed", GREEN_LINE)]

    def background(self, canvas: Canvas) -> None:
        for column in range(1, self._keys):
            x = LABELS + column * self._lane
            canvas.line([(x, TOP), (x, HEIGHT)], GRID)

    def objects(self, canvas: Canvas, section: Section, y_of: YOf) -> None:
        self._scrolls(canvas, section, y_of)
        for thing in (*section.carried, *section.things):
            column = column_of(thing.item.x, self._keys)
            left = LABELS + column * self._lane + 1.5
            right = left + self._lane - 3
            colour = _column_colour(column, self._keys)
            y = y_of(thing.start)
            if thing.kind:
                top, bottom = max(y_of(thing.end), TOP), min(y, HEIGHT)
                canvas.box(left + 1.5, top, right - 1.5, bottom, fill=clear(colour, 120), radius=2)
            if y <= HEIGHT:
                canvas.box(left, y - 5, right, y, fill=colour, radius=1.5)

    def _scrolls(self, canvas: Canvas, section: Section, y_of: YOf) -> None:
        before = 1.0
        for point in self.scene.timing.effects.points:
            if point.scroll != before and section.holds(point.time):
                y = y_of(point.time)
                canvas.line([(LABELS, y), (LABELS + self.inner, y)], clear(GREEN_LINE, 130))
            before = point.scroll


def _column_colour(column: int, keys: int) -> Rgb:
    """White outside, blue for every other one, gold in the middle of an odd number."""
    if keys % 2 and column == keys // 2:
        return (255, 205, 90)
    nearer = min(column, keys - 1 - column)
    return (102, 178, 255) if nearer % 2 else (236, 239, 245)
