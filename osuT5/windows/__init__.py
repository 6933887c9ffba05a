"""How a song is cut into windows, and what is kept at each seam."""

from .cut import Windows, cut_song, padded_length, padded_song, part_of
from .geometry import MS_PER_STEP, WindowError, WindowGeometry

__all__ = [
    "MS_PER_STEP",
    "WindowError",
    "WindowGeometry",
    "Windows",
    "cut_song",
    "padded_length",
    "padded_song",
    "part_of",
]
