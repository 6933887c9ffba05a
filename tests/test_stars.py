"""Star ratings by rosu-pp."""

from __future__ import annotations

from pathlib import Path

from osuT5.stars import star_rating

CIRCLES = "\n".join(f"{x},{y},{1000 + 180 * i},1,0,0:0:0:0:" for i, (x, y) in enumerate([(0, 0), (500, 380)] * 30))
MAP = (
    "osu file format v14\n[General]\nMode: 0\n[Difficulty]\nCircleSize:4\nOverallDifficulty:8\nApproachRate:9\n"
    f"SliderMultiplier:1.4\n[TimingPoints]\n0,360,4,2,0,70,1,0\n[HitObjects]\n{CIRCLES}\n"
)


def test_text_bytes_and_path_agree(tmp_path: Path) -> None:
    path = tmp_path / "map.osu"
    path.write_text(MAP)
    stars = star_rating(MAP)
    assert stars is not None and stars > 3
    assert stars == round(stars, 2) == star_rating(MAP.encode()) == star_rating(path)


def test_clock_rate_and_mode_matter() -> None:
    stars = star_rating(MAP)
    faster, mania = star_rating(MAP, clock_rate=1.5), star_rating(MAP, mode=3)
    assert stars is not None and faster is not None and mania is not None
    assert faster > stars
    assert mania != stars


def test_what_cannot_be_rated() -> None:
    assert star_rating(Path("/nonexistent/map.osu")) is None
    assert star_rating(MAP.replace("Mode: 0", "Mode: 3"), mode=0) is None  # only standard maps can be converted
