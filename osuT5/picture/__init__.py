"""A map drawn as an image, for judging it by eye: ``python -m osuT5.picture map.osu out.png``."""

from .draw import PictureError, draw_map, write_picture

__all__ = ["PictureError", "draw_map", "write_picture"]
