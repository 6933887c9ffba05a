"""The classes that prompts name: beatmaps, mappers and descriptors, by the numbers of one training set (spec 01 sections 12.4, 14.3)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ClassTables:
    """Class numbers of one vocabulary. Ids are those of the osu! site; the unknown class is one past the last.

    The numbers of classes are kept apart from the tables because a vocabulary may have more classes than names
    (tag ids with gaps).
    """

    beatmap_idx: dict[int, int] = field(default_factory=dict)  # beatmap id -> style class
    beatmap_mapper: dict[int, int] = field(default_factory=dict)  # beatmap id -> user id
    mapper_idx: dict[int, int] = field(default_factory=dict)  # user id -> mapper class
    num_mapper_classes: int = 0
    beatmap_descriptors: dict[int, list[int]] = field(default_factory=dict)  # beatmap id -> descriptor classes
    descriptor_idx: dict[str, int] = field(default_factory=dict)  # name -> descriptor class
    num_descriptor_classes: int = 0
