"""Class vectors: what a map should be like, as a multi-hot vector in blocks (spec 04 section 3), and their table on disk."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from osuT5.compat import Compat
from osuT5.config import Conditions

logger = logging.getLogger(__name__)

MAX_CIRCLE_SIZE = 10
_REQUIRED = ("beatmap_idx", "num_classes", "num_diff_classes", "max_difficulty")


class ClassTableError(ValueError):
    """A class table with a missing, foreign or contradictory field."""


@dataclass(frozen=True)
class ClassTable:
    """Known maps, mappers and descriptors and the widths of the blocks; the last index of a block means unknown.

    Field names are those of the published ``tokenizer.pkl``. A block of width 0 is absent.
    """

    beatmap_idx: dict[int, int] = field(default_factory=dict)
    num_classes: int = 0
    num_diff_classes: int = 0
    max_difficulty: float = 12
    beatmap_mapper: dict[int, int] = field(default_factory=dict)
    mapper_idx: dict[int, int] = field(default_factory=dict)
    num_mapper_classes: int = 0
    beatmap_descriptors: dict[int, list[int]] = field(default_factory=dict)
    descriptor_idx: dict[str, int] = field(default_factory=dict)
    num_descriptor_classes: int = 0
    num_cs_classes: int = 0

    def __post_init__(self) -> None:
        _check_block("beatmap_idx", self.beatmap_idx.values(), self.num_classes)
        _check_block("mapper_idx", self.mapper_idx.values(), self.num_mapper_classes)
        _check_block("descriptor_idx", self.descriptor_idx.values(), self.num_descriptor_classes)
        named = (index for indices in self.beatmap_descriptors.values() for index in indices)
        _check_block("beatmap_descriptors", named, self.num_descriptor_classes)
        if self.num_diff_classes and self.max_difficulty <= 0:
            raise ClassTableError(f"class table: max_difficulty is {self.max_difficulty}, must be above 0")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ClassTable:
        """Table from plain values, keys of id tables as ints or digits. Raises ``ClassTableError``."""
        missing = [name for name in _REQUIRED if name not in data]
        if missing:
            raise ClassTableError(f"class table: {missing[0]} is missing")
        known = {item.name for item in fields(cls)}
        foreign = sorted(str(name) for name in data if name not in known)
        if foreign:
            raise ClassTableError(f"class table: unknown field {foreign[0]!r}; known: {', '.join(sorted(known))}")
        return cls(**{name: _read(name, value) for name, value in data.items()})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, the content of ``tokenizer.json``."""
        return asdict(self)

    @property
    def width(self) -> int:
        """Length of a class vector."""
        return sum(self._widths.values())

    @property
    def _widths(self) -> dict[str, int]:
        return {
            "style": self.num_classes,
            "difficulty": self.num_diff_classes,
            "mapper": self.num_mapper_classes,
            "descriptor": self.num_descriptor_classes,
            "circle_size": self.num_cs_classes,
        }

    def blocks(self) -> dict[str, tuple[int, int]]:
        """Start and width of every block that exists, in order."""
        found, start = {}, 0
        for name, width in self._widths.items():
            if width:
                found[name] = (start, width)
            start += width
        return found

    def unknown(self, block: str) -> int:
        """Index of the unknown class of a block."""
        start, width = self.blocks()[block]
        return start + width - 1

    def style(self, beatmap_id: int | None) -> int:
        """Index of a map id."""
        return self._known("style", self.beatmap_idx, beatmap_id)

    def mapper(self, user_id: int | None) -> int:
        """Index of a mapper by user id."""
        return self._known("mapper", self.mapper_idx, user_id)

    def difficulty(self, stars: float | None) -> int:
        """Index of a star rating."""
        return self._binned("difficulty", stars, self.max_difficulty)

    def circle_size(self, size: float | None) -> int:
        """Index of a circle size."""
        return self._binned("circle_size", size, MAX_CIRCLE_SIZE)

    def descriptors(self, names: Sequence[str | int] | None) -> list[int]:
        """Indices of the known descriptors among names or numbers; the unknown class when there is none."""
        start, width = self.blocks()["descriptor"]
        found = []
        for name in names or ():
            index = self.descriptor_idx.get(name) if isinstance(name, str) else name
            if index is None or not 0 <= index < width - 1:
                logger.warning("descriptor %r is not known to the refiner; left out", name)
            else:
                found.append(start + index)
        return found or [self.unknown("descriptor")]

    def _known(self, block: str, table: Mapping[int, int], key: int | None) -> int:
        if key is not None and key in table:
            return self.blocks()[block][0] + table[key]
        if key is not None:
            logger.warning("%s %s is not known to the refiner; treated as unknown", block, key)
        return self.unknown(block)

    def _binned(self, block: str, value: float | None, top: float) -> int:
        if value is None:
            return self.unknown(block)
        start, width = self.blocks()[block]
        return start + min(max(int(value * (width - 2) / top), 0), width - 2)


def class_vectors(table: ClassTable, conditions: Conditions, compat: Compat) -> np.ndarray:
    """(2, K) float32: the wanted classes, and those that guidance moves away from."""
    mapper = conditions.mapper_id
    if compat.published("refiner_mapper_lookup") and mapper is not None:
        mapper = table.beatmap_mapper.get(mapper, -1)
    wanted = {
        "style": lambda: [table.style(conditions.beatmap_id)],
        "difficulty": lambda: [table.difficulty(conditions.difficulty)],
        "mapper": lambda: [table.mapper(mapper)],
        "descriptor": lambda: table.descriptors(conditions.descriptors),
        "circle_size": lambda: [table.circle_size(conditions.circle_size)],
    }
    avoided = wanted | {
        "style": lambda: [table.unknown("style")],
        "mapper": lambda: [table.unknown("mapper")],
        "descriptor": lambda: table.descriptors(conditions.negative_descriptors),
    }
    vectors = np.zeros((2, table.width), dtype=np.float32)
    for vector, choices in zip(vectors, (wanted, avoided), strict=True):
        for block in table.blocks():
            vector[choices[block]()] = 1
    return vectors


def _check_block(name: str, indices: Iterable[int], width: int) -> None:
    for index in indices:
        if not 0 <= index < width:
            raise ClassTableError(f"class table: {name} holds index {index}, its block has {width} classes")


def _read(name: str, value: Any) -> Any:
    try:
        return _READERS.get(name, int)(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise ClassTableError(f"class table: {name} cannot be read: {error}") from error


def _ids(value: Mapping[Any, Any]) -> dict[int, int]:
    return {int(key): int(item) for key, item in value.items()}


def _names(value: Mapping[Any, Any]) -> dict[str, int]:
    return {str(key): int(item) for key, item in value.items()}


def _id_lists(value: Mapping[Any, Any]) -> dict[int, list[int]]:
    return {int(key): [int(item) for item in items] for key, items in value.items()}


_READERS: dict[str, Any] = {
    "beatmap_idx": _ids,
    "beatmap_mapper": _ids,
    "mapper_idx": _ids,
    "descriptor_idx": _names,
    "beatmap_descriptors": _id_lists,
    "max_difficulty": lambda value: value,
}
