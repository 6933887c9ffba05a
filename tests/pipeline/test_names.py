"""Descriptors and mappers beside the checkpoint's vocabulary."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Conditions
from osuT5.pipeline.names import check_names
from osuT5.request import OptionError, Request
from osuT5.tokenizer import ClassTables, Tokenizer

TABLES = ClassTables(
    mapper_idx={12: 0},
    descriptor_idx={"jump aim": 0, "clean": 1, "skillset/jumps": 2, "style/clean": 3},
    num_descriptor_classes=4,
)


def notices(compat: str = "corrected", version: str = "v29", **conditions: Any) -> list[str]:
    request = SimpleNamespace(
        conditions=replace(Conditions(), **conditions), able=VERSIONS[version], compat=Compat(compat)
    )
    return list(check_names(cast(Request, request), cast(Tokenizer, SimpleNamespace(tables=TABLES))))


def test_known_names_pass() -> None:
    assert notices(descriptors=["jump aim", 3], negative_descriptors=["clean"], mapper_id=12) == []


@pytest.mark.parametrize(
    "name, hint",
    [
        ("jumpaim", "nearest: jump aim"),
        ("Clean", "nearest: clean"),
        ("jumps", "skillset/jumps"),
        ("qqq", "checkpoint$"),
    ],
)
def test_unknown_names_suggest(name: str, hint: str) -> None:
    with pytest.raises(OptionError, match=f"descriptors: '{name}' is not known to this checkpoint.*{hint}|{hint}"):
        notices(descriptors=[name])


def test_numbers_have_a_range() -> None:
    with pytest.raises(OptionError, match="negative_descriptors: 4 is not known; accepted: 0 to 3"):
        notices(negative_descriptors=[4])


def test_published_skips_with_a_notice() -> None:
    assert notices("published", descriptors=["nothing"]) == [
        "descriptors: 'nothing' is not known to this checkpoint: skipped"
    ]


def test_unknown_mapper_is_said() -> None:
    assert notices(mapper_id=13) == ["mapper_id: 13 is not known to this checkpoint: no effect"]


def test_versions_without_descriptors_do_not_check() -> None:
    assert notices(version="v30", descriptors=["nothing"]) == []
