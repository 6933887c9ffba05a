"""What osu!catch and osu!mania share: strips in which time runs upwards, as the objects fall."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from PIL import Image

from .canvas import Canvas
from .scene import Scene, Section
from .theme import BACKGROUND, BEAT, DIM, GRID, KIAI, MARGIN, MEASURE, PLAYFIELD, TEXT, WIDTH, Rgb, clear, clock

TOP, LABELS = 24.0, 42.0  # px above a strip for its number, and left of it for times
_LENGTH, _PAD = 760.0, 10.0
HEIGHT = TOP + _LENGTH + 2 * _PAD
_MOST = 96

YOf = Callable[[float], float]


class Strips(ABC):
    """Rows of strips, as many beside each other as fit."""

    densest = 100.0  # objects a strip
    legend: list[tuple[str, Rgb]]

    def __init__(self, scene: Scene, inner: float) -> None:
        self.scene = scene
        self.inner = inner  # px
        self.sections = scene.sections(self.densest, _MOST)

    @abstractmethod
    def background(self, canvas: Canvas) -> None:
        """Draw what lies behind the time lines."""

    @abstractmethod
    def objects(self, canvas: Canvas, section: Section, y_of: YOf) -> None:
        """Draw what falls in ``section``; what reaches above or below the strip is covered later."""

    def rows(self) -> Iterator[Image.Image]:
        shown = [(n, section) for n, section in enumerate(self.sections, 1) if section.things or section.carried]
        pitch = self.inner + LABELS + 12
        columns = max(1, int((WIDTH - 2 * MARGIN + 12) // pitch))
        for first in range(0, len(shown), columns):
            row = Image.new("RGB", (WIDTH, round(HEIGHT) + 12), BACKGROUND)
            for column, (number, section) in enumerate(shown[first : first + columns]):
                row.paste(self._strip(number, section), (round(MARGIN + column * pitch), 0))
            yield row

    def _strip(self, number: int, section: Section) -> Image.Image:
        canvas = Canvas(LABELS + self.inner, HEIGHT)
        left, right, bottom = LABELS, LABELS + self.inner, TOP + _PAD + _LENGTH

        def y_of(ms: float) -> float:
            return bottom - (ms - section.start) / (section.end - section.start) * _LENGTH

        canvas.box(left, TOP, right, HEIGHT, fill=PLAYFIELD)
        self.background(canvas)
        for start, end in self.scene.kiai:
            if start < section.end and end > section.start:
                canvas.box(left, max(y_of(end), TOP), right, min(y_of(start), HEIGHT), fill=clear(KIAI, 28))
        for beat in section.beats:
            canvas.line([(left, y_of(beat)), (right, y_of(beat))], BEAT)
        for measure in section.measures:
            canvas.line([(left, y_of(measure)), (right, y_of(measure))], MEASURE, 1.4)
        self.objects(canvas, section, y_of)
        canvas.box(0, 0, right, TOP, fill=BACKGROUND)
        canvas.box(left, TOP, right, HEIGHT, outline=GRID)
        kiai = self.scene.timing.kiai_at(max(section.start, self.scene.first))
        canvas.text(((left + right) / 2, 11), str(number), 13, KIAI if kiai else TEXT, "mm")
        for measure in section.measures[:: max(1, len(section.measures) // 8)]:
            canvas.text((LABELS - 5, y_of(measure)), clock(measure), 11, DIM, "rm")
        return canvas.image()
