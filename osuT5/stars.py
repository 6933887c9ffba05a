"""Star rating by rosu-pp, in the version that defines the difficulty tokens of the published checkpoints."""

from __future__ import annotations

from pathlib import Path

import rosu_pp_py as rosu

_MODES = (rosu.GameMode.Osu, rosu.GameMode.Taiko, rosu.GameMode.Catch, rosu.GameMode.Mania)


def star_rating(source: Path | bytes | str, mode: int | None = None, clock_rate: float = 1.0) -> float | None:
    """Stars of a map, rounded to 2 decimals; None where they cannot be had.

    ``source`` is a path, or the content of an .osu file as bytes or text. ``mode`` converts a standard map; None rates
    it as what it is.
    """
    try:
        content = source.read_bytes() if isinstance(source, Path) else source
        beatmap = rosu.Beatmap(content=content) if isinstance(content, str) else rosu.Beatmap(bytes=content)
        if mode is not None and beatmap.mode != _MODES[mode]:
            beatmap.convert(_MODES[mode], None)
        if beatmap.is_suspicious():  # hours of work, or far more memory than there is
            return None
        return round(float(rosu.Difficulty(clock_rate=clock_rate).calculate(beatmap).stars), 2)
    except Exception:  # rosu's own errors share no other base; an unrated map is no reason to stop
        return None
