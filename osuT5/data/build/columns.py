"""Columns of ``metadata.parquet`` in the order and types of spec 05 section 2.2, and those this builder adds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from ...files import atomic_write

MODES = ("osu", "taiko", "fruits", "mania")
STATUSES = {-2: "graveyard", -1: "wip", 0: "pending", 1: "ranked", 2: "approved", 3: "qualified", 4: "loved"}

_INT, _FLOAT, _TEXT, _FLAG, _DATE = pa.int32(), pa.float32(), pa.string(), pa.bool_(), pa.timestamp("us")
_COLUMNS: tuple[tuple[str, pa.DataType], ...] = (
    *((name, _TEXT) for name in ("Artist", "ArtistUnicode", "Title", "TitleUnicode", "Creator", "Source", "Tags")),
    ("Description", _TEXT),
    *((name, _INT) for name in ("BeatmapSetId", "BeatmapSetUserId", "FavouriteCount", "BeatmapSetPlayCount", "Offset")),
    *((name, _FLAG) for name in ("Nsfw", "Spotlight", "Video", "Storyboard", "DownloadDisabled", "CanBeHyped")),
    *((name, _FLAG) for name in ("DiscussionLocked", "BeatmapSetIsScoreable")),
    ("BeatmapSetStatus", _TEXT),
    ("BeatmapSetRanked", _INT),
    ("GenreId", _INT),
    ("GenreName", _TEXT),
    ("LanguageId", _INT),
    ("LanguageName", _TEXT),
    ("PackTags", pa.list_(_TEXT)),
    ("Ratings", pa.list_(_INT)),
    ("BeatmapSetBpm", _FLOAT),
    *((name, _DATE) for name in ("BeatmapSetLastUpdated", "SubmittedDate", "RankedDate")),
    ("Id", _INT),
    ("Mode", _TEXT),
    ("ModeInt", _INT),
    ("Status", _TEXT),
    ("Ranked", _INT),
    ("UserId", _INT),
    ("Version", _TEXT),
    ("Checksum", _TEXT),
    ("DifficultyRating", _FLOAT),
    *((name, _INT) for name in ("TotalLength", "HitLength", "MaxCombo", "CountCircles", "CountSliders")),
    *((name, _INT) for name in ("CountSpinners", "PassCount", "PlayCount")),
    *((name, _FLOAT) for name in ("Accuracy", "Ar", "Cs", "Drain", "Bpm")),
    ("IsScoreable", _FLAG),
    ("LastUpdated", _DATE),
    ("Owners", pa.list_(_INT)),
    ("TopTagIds", pa.list_(_INT)),
    ("TopTagCounts", pa.list_(_INT)),
    ("StarRating", pa.list_(_FLOAT)),
    ("OmdbTags", pa.list_(_TEXT)),
    *((name, _TEXT) for name in ("AudioFile", "BeatmapSetFolder", "BeatmapFile")),
    # added here; the published reader passes over them
    ("AudioSha256", _TEXT),
    ("AudioSeconds", _FLOAT),
    ("AudioPeak", _FLOAT),  # largest sample, in the scale of the file's integers
    ("OsuSha256", _TEXT),
    ("FormatVersion", _INT),
    ("StarRatingSource", _TEXT),
    ("StatusSource", _TEXT),
    ("YearEstimated", _FLAG),  # SubmittedDate is a guess by the set's id
    ("BuilderVersion", _TEXT),
)
SCHEMA = pa.schema(list(_COLUMNS))


def write_metadata(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the table; keys that a row lacks are null. Raises ``OSError``."""
    filled = [{name: row.get(name) for name in SCHEMA.names} for row in rows]
    with atomic_write(path) as handle:
        parquet.write_table(pa.Table.from_pylist(filled, schema=SCHEMA), handle)
