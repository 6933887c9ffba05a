"""Command line: draws an overview of a map. Ends with status 1 and one line on standard error when it can't."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from osuT5.beatmap import BeatmapError

from .draw import PictureError, write_picture


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m osuT5.picture",
        description="Draw an overview of an osu! beatmap: density, stars, kiai and breaks over time, and its objects.",
    )
    parser.add_argument("map", type=Path, help="the .osu file")
    parser.add_argument("out", type=Path, help="the image to write, .png")
    options = parser.parse_args(arguments)
    try:
        write_picture(options.map, options.out)
    except (PictureError, BeatmapError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
