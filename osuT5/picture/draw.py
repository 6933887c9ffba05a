"""Puts the picture together: header, timeline, sections, legend; and writes it."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from osuT5.beatmap import Beatmap, parse_beatmap
from osuT5.files import write_bytes

from .catch import CatchStrips
from .header import draw_header, draw_legend
from .lanes import TaikoRows
from .mania import ManiaStrips
from .playfield import Playfields
from .scene import Scene
from .theme import BACKGROUND, WIDTH
from .timeline import draw_timeline

_SECTIONS = (Playfields, TaikoRows, CatchStrips, ManiaStrips)


class PictureError(ValueError):
    """A picture could not be drawn or written; the message is one line."""


def draw_map(beatmap: Beatmap, source: bytes | str) -> Image.Image:
    """An overview of ``beatmap``; ``source`` is the text of its file, which the star rating is computed from.

    The time range is cut at 3 hours and the objects at 40,000. Raises ``PictureError`` for a map without objects.
    """
    scene = Scene(beatmap, source)
    if not scene.things:
        raise PictureError("the map has no hit objects to draw")
    drawer = _SECTIONS[beatmap.mode](scene)
    parts = [
        draw_header(scene),
        draw_timeline(scene, drawer.sections),
        *drawer.rows(),
        draw_legend(scene, drawer.legend),
    ]
    picture = Image.new("RGB", (WIDTH, sum(part.height for part in parts)), BACKGROUND)
    top = 0
    for part in parts:
        picture.paste(part, (0, top))
        top += part.height
    return picture


def write_picture(source: Path, target: Path) -> None:
    """Draw the map of the file ``source`` into the png file ``target``; a failure leaves ``target`` as it was.

    Raises ``PictureError``, or ``BeatmapError`` for a file that is no map.
    """
    if target.suffix.lower() != ".png":
        raise PictureError(f"{target}: the picture is written as .png, name it so")
    try:
        content = source.read_bytes()
    except OSError as error:
        raise PictureError(f"{source}: cannot be read ({error.strerror})") from error
    beatmap = parse_beatmap(content, str(source))
    try:
        picture = draw_map(beatmap, content)
    except PictureError as error:
        raise PictureError(f"{source}: {error}") from error
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    try:
        write_bytes(target, buffer.getvalue())
    except OSError as error:
        raise PictureError(f"{target}: cannot be written ({error.strerror})") from error
