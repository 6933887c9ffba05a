"""Class tables from the tables of a training set (spec 01 section 14.3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout
from osuT5.tokenizer import TokenizerError
from osuT5.tokenizer.sources import (
    TagList,
    file_tables,
    mmrs_tables,
    read_mapper_file,
    read_mmrs_rows,
    read_tags,
    select_rows,
)

TAGS = TagList({"style/messy": 1, "style/clean": 4}, 5)


def row(beatmapset: int, beatmap: int, user: int, ranked: int = 1, **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"OmdbTags": [], "TopTagIds": [], "TopTagCounts": []}
    return {"BeatmapSetId": beatmapset, "Id": beatmap, "UserId": user, "Ranked": ranked, **empty, **more}


def test_rows_are_sorted_and_numbered_by_file_order(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([row(9, 2, 1), row(3, 8, 1), row(9, 1, 1)]))
    assert [(entry["Id"], entry["BeatmapIdx"]) for entry in read_mmrs_rows(path)] == [(8, 1), (1, 2), (2, 0)]


def test_split_counts_sets_before_the_filter() -> None:
    rows = [row(1, 10, 1, ranked=4), row(2, 20, 1), row(3, 30, 1), row(3, 31, 1, ranked=3)]
    assert [entry["Id"] for entry in select_rows(rows, 0, 2)] == [20]
    assert [entry["Id"] for entry in select_rows(rows, 1, 3, ranked=None)] == [20, 30, 31]


def test_mappers_and_omdb_names_by_first_appearance() -> None:
    rows = [row(1, 10, 77, OmdbTags=["x", "y"]), row(1, 11, 55), row(2, 12, 77, OmdbTags=["z", "x"])]
    tables = mmrs_tables(rows, VERSIONS["v29"].layout)
    assert tables.mapper_idx == {77: 0, 55: 1}
    assert tables.beatmap_mapper == {10: 77, 11: 55, 12: 77}
    assert tables.descriptor_idx == {"x": 0, "y": 1, "z": 2}
    assert tables.beatmap_descriptors == {10: [0, 1], 12: [2, 0]}
    assert (tables.num_mapper_classes, tables.num_descriptor_classes) == (2, 3)
    assert tables.beatmap_idx == {}


def test_user_tags_need_votes_and_a_list() -> None:
    rows = [row(1, 10, 1, TopTagIds=[4, 1], TopTagCounts=[5, 1]), row(1, 11, 1, TopTagIds=[1], TopTagCounts=[1])]
    tables = mmrs_tables(rows, VERSIONS["v32"].layout, TAGS)
    assert tables.beatmap_descriptors == {10: [4]}
    assert tables.num_descriptor_classes == 5
    with pytest.raises(TokenizerError, match="need a tag list"):
        mmrs_tables(rows, VERSIONS["v32"].layout)


def test_vote_table_orders_by_votes_then_column(tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text("beatmap_id,style/clean,unknown/tag,style/messy\n7,2,9,2\n8,1,1,0\n")
    tables = file_tables(VERSIONS["v32"].layout, {7: 3, 8: 1, 9: 3}, tags=TAGS, votes_csv=votes)
    assert tables.beatmap_descriptors == {7: [5, 4, 1]}  # the tag that the list lacks counts as the unknown class
    assert tables.mapper_idx == {3: 0, 1: 1}


def test_descriptor_lines(tmp_path: Path) -> None:
    path = tmp_path / "descriptors.csv"
    path.write_text("53,grid snap\n54,grid snap\n54,precision\n")
    tables = file_tables(VERSIONS["v29"].layout, {}, descriptors_csv=path)
    assert tables.beatmap_descriptors == {53: [0], 54: [0, 1]}


def test_style_classes_are_row_numbers() -> None:
    rows = [row(1, 10, 1, BeatmapIdx=5)]
    assert mmrs_tables(rows, DataLayout(do_style_embed=True)).beatmap_idx == {10: 5}


def test_tag_names_of_two_rulesets_keep_the_later_id(tmp_path: Path) -> None:
    path = tmp_path / "tags.json"
    path.write_text(
        json.dumps({"tags": [{"id": 1, "name": "tech"}, {"id": 9, "name": "tech"}, {"id": 3, "name": "a"}]})
    )
    assert read_tags(path) == TagList({"tech": 9, "a": 3}, 10)


@pytest.mark.parametrize("text", ["[", "[]", '{"tags": [{}]}'])
def test_broken_tag_list(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tags.json"
    path.write_text(text)
    with pytest.raises(TokenizerError, match="tags.json: not a tag list"):
        read_tags(path)


def test_mapper_file(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_text('{"75": 2}')
    assert read_mapper_file(path) == {75: 2}
    path.write_text("[]")
    with pytest.raises(TokenizerError, match="users.json"):
        read_mapper_file(path)
