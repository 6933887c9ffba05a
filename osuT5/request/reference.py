"""A reference map and what it says about itself (spec 01 section 10, spec 03 section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..beatmap import Beatmap, BeatmapError, read_beatmap
from ..config import Conditions
from ..events.facts import SongFacts, map_conditions, song_facts
from ..stars import star_rating
from .errors import RequestError


@dataclass(frozen=True)
class Reference:
    """A reference map that was read. ``conditions`` would ask for this map; ``song`` is what another one can take over."""

    path: Path
    beatmap: Beatmap
    conditions: Conditions
    song: SongFacts


def read_reference(path: Path) -> Reference:
    """Raises :class:`RequestError` where the file is no beatmap."""
    try:
        beatmap = read_beatmap(path)
        return Reference(path, beatmap, map_conditions(beatmap, star_rating(path)), song_facts(beatmap))
    except BeatmapError as error:
        raise RequestError(f"beatmap_path: {error}") from None
    except ValueError as error:
        raise RequestError(f"beatmap_path: {path}: {error}") from None
