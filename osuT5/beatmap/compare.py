"""Whether two beatmaps say the same, as a read-write-read must keep it (spec 07 section 12)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from osuT5.beatmap.model import Beatmap, HitObject, TimingPoint
from osuT5.beatmap.read_keys import DIFFICULTY, EDITOR, GENERAL, METADATA, Key
from osuT5.beatmap.write_objects import full_sample

_SECTIONS: tuple[tuple[str, dict[str, Key]], ...] = (
    ("general", GENERAL),
    ("editor", EDITOR),
    ("metadata", METADATA),
    ("difficulty", DIFFICULTY),
    ("events", {}),
    ("colours", {}),
)


def differences(a: Beatmap, b: Beatmap) -> list[str]:
    """What differs, one line each; empty when the maps are equal.

    Left out: the version, the early offset (times include it), diagnostics, texts of lines and of known keys, and fields
    that a file may omit.
    """
    found: list[str] = []
    for name, table in _SECTIONS:
        first, second = getattr(a, name), getattr(b, name)
        for field in fields(first):
            _compare(found, f"{name}.{field.name}", _part(first, field.name, table), _part(second, field.name, table))
    _compare(found, "other sections", a.other_sections, b.other_sections)
    _compare_lists(found, "timing point", a.timing_points, b.timing_points, _point_values)
    _compare_lists(found, "hit object", a.hit_objects, b.hit_objects, _object_values)
    return found


def _part(section: Any, name: str, table: dict[str, Key]) -> Any:
    value = getattr(section, name)
    if name == "written":
        return {key: text for key, text in value.items() if key not in table}
    if name == "storyboard_before_breaks" and not section.breaks:
        return 0
    return value


def _compare(found: list[str], what: str, a: Any, b: Any) -> None:
    if a != b:
        found.append(f"{what}: {a!r} is not {b!r}")


def _compare_lists(found: list[str], what: str, a: list[Any], b: list[Any], values: Any) -> None:
    _compare(found, f"number of {what}s", len(a), len(b))
    for index, (first, second) in enumerate(zip(a, b, strict=False)):
        _compare(found, f"{what} {index}", values(first), values(second))


def _point_values(point: TimingPoint) -> list[Any]:
    values = [getattr(point, field.name) for field in fields(point) if field.name != "text"]
    return ["NaN" if value != value else value for value in values]


def _object_values(item: HitObject) -> list[Any]:
    values = [getattr(item, field.name) for field in fields(item) if field.name not in ("hit_sample", "index")]
    return [type(item), full_sample(item.hit_sample), *values]
