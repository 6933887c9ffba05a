"""Smooth drawing with Pillow: everything is drawn twice as large and halved at the end. Units are pixels of the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from .theme import BACKGROUND, Rgb, Rgba

Point = tuple[float, float]
_SCALE = 2
_FAR = 4000.0  # px; what lies farther out is pulled in, so that absurd coordinates cost nothing


class Canvas:
    """An image to draw on. Colours with four parts blend, 255 is opaque."""

    def __init__(self, width: float, height: float, colour: Rgb = BACKGROUND) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (round(width * _SCALE), round(height * _SCALE)), colour)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Rgb | Rgba | None = None,
        outline: Rgb | Rgba | None = None,
        radius: float = 0.0,
        width: float = 1.0,
    ) -> None:
        """A rectangle; nothing when it is empty, never thinner than half a pixel when it is not."""
        if right < left or bottom < top:
            return
        corners = _clamped(left), _clamped(top), max(_clamped(right), _clamped(left) + 1), _clamped(bottom)
        stroke = max(1, round(width * _SCALE)) if outline else 0
        self._draw.rounded_rectangle(corners, round(radius * _SCALE), fill, outline, stroke)

    def line(self, points: Sequence[Point], colour: Rgb | Rgba, width: float = 1.0) -> None:
        self._draw.line(_scaled(points), colour, max(1, round(width * _SCALE)), joint="curve" if width > 1 else None)

    def polygon(self, points: Sequence[Point], fill: Rgb | Rgba) -> None:
        self._draw.polygon(_scaled(points), fill)

    def circle(
        self,
        centre: Point,
        radius: float,
        fill: Rgb | Rgba | None = None,
        outline: Rgb | Rgba | None = None,
        width: float = 1.0,
    ) -> None:
        x, y, r = _clamped(centre[0]), _clamped(centre[1]), max(0.5, radius * _SCALE)
        stroke = max(1, round(width * _SCALE)) if outline else 0
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill, outline, stroke)

    def tube(self, points: Sequence[Point], radius: float, colour: Rgb, alpha: int) -> None:
        """A thick line with round ends that covers itself without getting darker."""
        path = _scaled(points)
        r = radius * _SCALE
        left, top = max(0, int(min(x for x, _ in path) - r - 1)), max(0, int(min(y for _, y in path) - r - 1))
        right = min(self._image.width, math.ceil(max(x for x, _ in path) + r + 1))
        bottom = min(self._image.height, math.ceil(max(y for _, y in path) + r + 1))
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top))
        draw = ImageDraw.Draw(mask)
        moved = [(x - left, y - top) for x, y in path]
        draw.line(moved, alpha, max(1, round(2 * r)))
        for x, y in moved:  # Pillow's own joints leave notches in wide lines
            draw.ellipse((x - r, y - r, x + r, y + r), alpha)
        self._image.paste(colour, (left, top), mask)

    def text(self, place: Point, text: str, size: float, colour: Rgb | Rgba, anchor: str = "la") -> None:
        """One line of text; ``anchor`` as in Pillow (la: left and top, mm: middle)."""
        self._draw.text((place[0] * _SCALE, place[1] * _SCALE), text, colour, _font(size), anchor)

    def image(self) -> Image.Image:
        """What was drawn, at its real size."""
        return self._image.resize((round(self.width), round(self.height)), Image.Resampling.BOX)


def text_width(text: str, size: float) -> float:
    return _font(size).getlength(text) / _SCALE


@lru_cache(maxsize=32)
def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size * _SCALE)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _clamped(value: float) -> float:
    return min(max(value, -_FAR), _FAR) * _SCALE


def _scaled(points: Sequence[Point]) -> list[Point]:
    """Drawing coordinates without neighbours that fall together; at least two points."""
    result: list[Point] = []
    for x, y in points:
        place = (_clamped(x), _clamped(y))
        if not result or abs(place[0] - result[-1][0]) + abs(place[1] - result[-1][1]) >= 1:
            result.append(place)
    return result if len(result) > 1 else [*result, (result[0][0] + 0.01, result[0][1])]
