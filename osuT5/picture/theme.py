"""Colours and measures of the picture."""

from __future__ import annotations

Rgb = tuple[int, int, int]
Rgba = tuple[int, int, int, int]

WIDTH = 1600  # px of the whole picture
MARGIN = 24

BACKGROUND: Rgb = (17, 19, 25)
PANEL: Rgb = (27, 30, 39)
PLAYFIELD: Rgb = (20, 22, 29)
GRID: Rgb = (48, 53, 66)
BEAT: Rgb = (62, 68, 84)
MEASURE: Rgb = (122, 130, 150)
TEXT: Rgb = (232, 234, 241)
DIM: Rgb = (144, 151, 170)
KIAI: Rgb = (255, 159, 67)
BREAK: Rgb = (86, 96, 122)
RED_LINE: Rgb = (255, 92, 92)
GREEN_LINE: Rgb = (104, 214, 128)
BOOKMARK: Rgb = (90, 160, 255)
PREVIEW: Rgb = (255, 213, 79)
HYPER: Rgb = (255, 60, 60)

MODE_NAMES = ("osu!", "osu!taiko", "osu!catch", "osu!mania")
# Kinds of objects in the density plot, from the bottom, with their colours.
KINDS: tuple[tuple[tuple[str, Rgb], ...], ...] = (
    (("circles", (102, 178, 255)), ("sliders", (128, 222, 160)), ("spinners", (206, 147, 216))),
    (
        ("dons", (235, 69, 44)),
        ("kats", (68, 141, 190)),
        ("drum rolls", (252, 184, 6)),
        ("swells", (170, 140, 220)),
    ),
    (("fruits", (102, 178, 255)), ("juice streams", (128, 222, 160)), ("banana showers", (255, 225, 90))),
    (("notes", (102, 178, 255)), ("holds", (128, 222, 160))),
)
DEFAULT_COMBOS: tuple[Rgb, ...] = ((255, 192, 0), (0, 202, 0), (18, 124, 255), (242, 24, 57))

# The colour of a star rating, between these points.
_STARS: tuple[tuple[float, Rgb], ...] = (
    (0.1, (66, 144, 251)),
    (1.25, (79, 192, 255)),
    (2.0, (79, 255, 213)),
    (2.5, (124, 255, 79)),
    (3.3, (246, 240, 92)),
    (4.2, (255, 128, 104)),
    (4.9, (255, 78, 111)),
    (5.8, (198, 69, 184)),
    (6.7, (101, 99, 222)),
    (7.7, (70, 66, 190)),
    (9.0, (60, 50, 120)),
)


def star_colour(stars: float) -> Rgb:
    for (low, below), (high, above) in zip(_STARS, _STARS[1:], strict=False):
        if stars < high:
            return mix(below, above, (max(stars, low) - low) / (high - low))
    return _STARS[-1][1]


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """``first`` at share 0, ``second`` at share 1."""
    a, b, c = (round(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return (a, b, c)


def clear(colour: Rgb, alpha: int) -> Rgba:
    return (*colour, alpha)


def clock(ms: float) -> str:
    """Editor time, mm:ss."""
    seconds = int(ms // 1000)
    return f"{'-' if seconds < 0 else ''}{abs(seconds) // 60:02d}:{abs(seconds) % 60:02d}"
