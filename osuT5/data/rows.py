"""One row a difficulty: what the reader needs of a data set's metadata, with nulls kept as None (spec 05 section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .errors import BadTrack

RATES = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)  # of the entries of StarRating


@dataclass(frozen=True)
class Content:
    """A file that is held in memory; ``name`` is for messages and carries the ending."""

    name: str
    data: bytes


Ref = Path | Content


@dataclass(frozen=True)
class MapRow:
    """A difficulty and where its files are. ``number`` is the row's position in the file (the style class)."""

    set_id: int
    beatmap_id: int
    number: int
    mode: int
    beatmap: Ref
    audio: Ref
    ranked: int | None = None
    year: int | None = None  # of submission
    stars: float | None = None
    star_ratings: tuple[float, ...] | None = None  # at RATES
    user_id: int | None = None
    omdb_tags: tuple[str, ...] = ()
    tags: tuple[tuple[int, int], ...] = ()  # (tag id, votes)

    @property
    def name(self) -> str:
        """The row in messages."""
        return f"{self.set_id}/{_name(self.beatmap)}"


def read_ref(ref: Ref) -> bytes:
    """Content of a map file. Raises ``BadTrack`` when it cannot be read."""
    if isinstance(ref, Content):
        return ref.data
    try:
        return ref.read_bytes()
    except OSError as error:
        raise BadTrack("map_missing", f"{ref}: cannot be read ({error.strerror})") from error


@contextmanager
def as_file(ref: Ref) -> Iterator[Path]:
    """A path that holds the file while the block runs."""
    if isinstance(ref, Path):
        yield ref
        return
    with TemporaryDirectory(prefix="beatwright-") as folder:
        path = Path(folder) / f"audio{Path(ref.name).suffix}"
        path.write_bytes(ref.data)
        yield path


def _name(ref: Ref) -> str:
    return ref.name
