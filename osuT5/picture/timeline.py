"""The whole song on one axis: objects a second, stars, tempo and velocity, kiai, breaks, bookmarks."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from .canvas import Canvas
from .scene import Scene, Section
from .theme import (
    BOOKMARK,
    BREAK,
    DIM,
    GREEN_LINE,
    GRID,
    KIAI,
    KINDS,
    MARGIN,
    PANEL,
    PREVIEW,
    RED_LINE,
    TEXT,
    WIDTH,
    clear,
    clock,
    mix,
    star_colour,
)

_LEFT, _RIGHT = MARGIN + 52, WIDTH - MARGIN - 12
_BOX = (8.0, 372.0)
_DENSITY, _STARS, _TEMPO, _AXIS = (44.0, 154.0), (172.0, 262.0), (280.0, 328.0), 340.0
_HEIGHT = 384
_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800)


def draw_timeline(scene: Scene, sections: list[Section]) -> Image.Image:
    canvas = Canvas(WIDTH, _HEIGHT)
    canvas.box(MARGIN, _BOX[0], WIDTH - MARGIN, _BOX[1], fill=PANEL, radius=8)

    def x_of(ms: float) -> float:
        share = (ms - scene.first) / (scene.last - scene.first)
        return _LEFT + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT)

    _stretches(canvas, scene, x_of)
    _axis(canvas, scene, sections, x_of)
    _density(canvas, scene, x_of)
    _stars(canvas, scene, x_of)
    _tempo(canvas, scene, x_of)
    _marks(canvas, scene, x_of)
    return canvas.image()


XOf = Callable[[float], float]


def _stretches(canvas: Canvas, scene: Scene, x_of: XOf) -> None:
    for spans, colour, label in ((scene.kiai, KIAI, "kiai"), (scene.breaks, BREAK, "break")):
        for start, end in spans:
            left, right = x_of(start), max(x_of(end), x_of(start) + 1)
            canvas.box(left, 32, right, _TEMPO[1], fill=clear(colour, 34))
            canvas.box(left, 32, right, 36, fill=clear(colour, 220))
            if right - left > 40:
                canvas.text(((left + right) / 2, 24), label, 12, colour, "mm")


def _axis(canvas: Canvas, scene: Scene, sections: list[Section], x_of: XOf) -> None:
    """Times along the bottom, and the numbers of the sections drawn below."""
    length = (scene.last - scene.first) / 1000
    step = next((tick for tick in _TICKS_S if length / tick <= 24), 3600)
    second = int(scene.first / 1000 // step + 1) * step
    while second * 1000 < scene.last:
        x = x_of(second * 1000)
        canvas.line([(x, _DENSITY[0]), (x, _TEMPO[1])], GRID)
        canvas.text((x, _AXIS), clock(second * 1000), 12, DIM, "mm")
        second += step
    free = 0.0
    for number, section in enumerate(sections, 1):
        left, right = x_of(section.start), x_of(section.end)
        if section.things:
            canvas.box(left + 0.5, 350, right - 0.5, 353, fill=GRID)
        if section.things and (left + right) / 2 > free:
            canvas.text(((left + right) / 2, 361), str(number), 11, DIM, "mm")
            free = (left + right) / 2 + 22


def _density(canvas: Canvas, scene: Scene, x_of: XOf) -> None:
    top, bottom = _DENSITY
    bin_ms = max(500.0, (scene.last - scene.first) / 380)
    bins = scene.density(bin_ms)
    highest = max(sum(counts) for counts in bins) / bin_ms * 1000
    scale = (bottom - top - 6) / highest
    for index, counts in enumerate(bins):
        left = x_of(scene.first + index * bin_ms)
        right = max(left + 1, x_of(scene.first + (index + 1) * bin_ms) - 0.8)
        base = bottom
        for count, (_, colour) in zip(counts, KINDS[scene.beatmap.mode], strict=False):
            if count:
                height = count / bin_ms * 1000 * scale
                canvas.box(left, base - height, right, base, fill=colour)
                base -= height
    _scale(canvas, _DENSITY, "objects/s", f"{highest:.1f}")


def _stars(canvas: Canvas, scene: Scene, x_of: XOf) -> None:
    top, bottom = _STARS
    curve = scene.difficulty
    highest = max((stars for _, stars in curve), default=0.0)
    _scale(canvas, _STARS, "stars", f"{highest:.1f}" if curve else "none")
    if not curve:
        return
    base, scale = bottom, (bottom - top - 6) / highest
    for (time, stars), (after, next_stars) in zip(curve, curve[1:], strict=False):
        left, right = x_of(time), x_of(after)
        corners = [(left, base), (left, base - stars * scale), (right, base - next_stars * scale), (right, base)]
        canvas.polygon(corners, mix(PANEL, star_colour((stars + next_stars) / 2), 0.5))
    for (time, stars), (after, next_stars) in zip(curve, curve[1:], strict=False):
        ends = [(x_of(time), base - stars * scale), (x_of(after), base - next_stars * scale)]
        canvas.line(ends, star_colour((stars + next_stars) / 2), 1.5)
    if scene.stars:
        level = base - scene.stars * scale
        canvas.line([(_LEFT, level), (_RIGHT, level)], clear(TEXT, 70))


def _tempo(canvas: Canvas, scene: Scene, x_of: XOf) -> None:
    """Velocity as steps, and a red line with its tempo wherever the tempo is set."""
    top, bottom = _TEMPO
    points = scene.timing.velocities.points
    speeds = [point.velocity for point in points if point.time <= scene.last] or [1.0]
    low, high = min(*speeds, 1.0, 0.5), max(*speeds, 1.0, 1.5)

    def y_of(speed: float) -> float:
        return bottom - 4 - (speed - low) / (high - low) * (bottom - top - 8)

    canvas.line([(_LEFT, y_of(1.0)), (_RIGHT, y_of(1.0))], GRID)
    steps = [(_LEFT + 0.0, y_of(scene.timing.velocity_at(scene.first).velocity))]
    for point in points:
        if scene.first < point.time <= scene.last:
            x = x_of(point.time)
            steps += [(x, steps[-1][1]), (x, y_of(point.velocity))]
    canvas.line([*steps, (_RIGHT + 0.0, steps[-1][1])], GREEN_LINE, 1.4)
    free = 0.0
    for beat in scene.timing.beats.points:
        if beat.time > scene.last:
            break
        x = x_of(beat.time)
        canvas.line([(x, top - 10), (x, bottom)], RED_LINE)
        if x >= free:
            canvas.text((x + 3, top - 12), f"{60000 / beat.beat_length:.4g}", 11, RED_LINE)
            free = x + 44
    _scale(canvas, _TEMPO, "velocity", f"{high:.3g}x")


def _marks(canvas: Canvas, scene: Scene, x_of: XOf) -> None:
    for bookmark in scene.beatmap.editor.bookmarks[:500]:
        if scene.first <= bookmark <= scene.last:
            canvas.line([(x_of(bookmark), 14), (x_of(bookmark), 22)], BOOKMARK, 1.5)
    preview = scene.beatmap.general.preview_time
    if scene.first <= preview <= scene.last:
        x = x_of(preview)
        canvas.polygon([(x - 5, 13), (x + 5, 13), (x, 22)], PREVIEW)


def _scale(canvas: Canvas, span: tuple[float, float], name: str, highest: str) -> None:
    top, bottom = span
    canvas.line([(_LEFT, bottom), (_RIGHT, bottom)], GRID)
    canvas.text((_LEFT - 6, top + 2), highest, 12, TEXT, "ra")
    canvas.text((_LEFT - 6, bottom), name, 10, DIM, "rs")
