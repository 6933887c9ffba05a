"""Prompt tokens: values of spec 01 section 14.1 and class vectors of spec 03 section 7."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.config import Conditions, DataLayout
from osuT5.events.event import EventType
from osuT5.tokenizer import ClassTables, Tokenizer, TokenizerError, class_vector, metadata, with_known_labels

TABLES = ClassTables(
    beatmap_mapper={75: 20},
    mapper_idx={10: 0, 20: 1},
    num_mapper_classes=2,
    beatmap_descriptors={75: [1, 3]},
    descriptor_idx={"a": 0, "b": 1},
    num_descriptor_classes=3,
)
V29 = Tokenizer.build(VERSIONS["v29"].layout, TABLES)
STD = Conditions(difficulty=5.0, mapper_id=10, year=2020, hitsounded=True, slider_multiplier=1.4, circle_size=4.0, descriptors=["a"])  # fmt: skip


def value(token: int) -> int:
    return V29.decode(token).value


def words(ids: list[int], tokenizer: Tokenizer = V29) -> list[str]:
    return [f"{event.type.value}{event.value}" for event in map(tokenizer.decode, ids)]


@pytest.mark.parametrize(("stars", "bucket"), [(5.43, 10), (0.49, 0), (12.0, 23), (99.0, 23), (-1.0, 0), (math.inf, 23), (None, 24), (math.nan, 24)])  # fmt: skip
def test_difficulty(stars: float | None, bucket: int) -> None:
    assert value(metadata.difficulty_token(V29, stars)) == bucket


def test_difficulty_reads_back_as_lower_edge() -> None:
    assert metadata.stars_of(V29, metadata.difficulty_token(V29, 5.43)) == 5.0
    assert metadata.stars_of(V29, metadata.difficulty_token(V29, None)) == -1


@pytest.mark.parametrize(("size", "bucket"), [(4.2, 8), (3.49, 6), (-3.0, 0), (10.0, 20), (99.0, 20), (None, 21), (math.nan, 21)])  # fmt: skip
def test_circle_size(size: float | None, bucket: int) -> None:
    assert value(metadata.cs_token(V29, size)) == bucket


@pytest.mark.parametrize(
    ("ratio", "bucket"), [(0, -1), (-2, -1), (0.001, 0), (0.05, 0), (0.15, 2), (0.25, 2), (0.95, 10), (1, 11), (3, 11), (None, 12)]
)  # fmt: skip
def test_ratios(ratio: float | None, bucket: int) -> None:
    assert value(metadata.hold_note_ratio_token(V29, ratio)) == bucket
    assert value(metadata.scroll_speed_ratio_token(V29, ratio)) == bucket


@pytest.mark.parametrize(("time", "percent"), [(0, -1), (-5, -1), (1000, 0), (3000, 2), (199999, 100), (200000, 101), (300000, 101)])  # fmt: skip
def test_song_position(time: int, percent: int) -> None:
    assert value(metadata.song_position_token(V29, time, 200000)) == percent


def test_song_position_of_a_song_without_length() -> None:
    assert value(metadata.song_position_token(V29, 0, 0)) == -1
    assert value(metadata.song_position_token(V29, 10, 0)) == 101


def test_song_length_and_global_sv() -> None:
    assert value(metadata.song_length_token(V29, 123456)) == 12
    assert value(metadata.song_length_token(V29, 9e9)) == 60
    assert [value(metadata.global_sv_token(V29, sv)) for sv in (1.4, 2.675, 0.1, 9)] == [140, 268, 40, 360]


def test_years() -> None:
    assert value(metadata.year_token(V29, 2015)) == 2015
    assert value(metadata.year_token(V29, None)) == 2077
    for year in (2006, 2078):
        with pytest.raises(TokenizerError, match=str(year)):
            metadata.year_token(V29, year)


@pytest.mark.parametrize("keys", [0, 19])
def test_keycount_outside_its_range(keys: int) -> None:
    assert value(metadata.keycount_token(V29, 18)) == 18
    with pytest.raises(TokenizerError, match="keycount"):
        metadata.keycount_token(V29, keys)


def test_mappers() -> None:
    assert [value(metadata.mapper_token(V29, user)) for user in (10, 20, 30, None)] == [0, 1, 2, 2]
    assert [value(metadata.mapper_token_of_map(V29, beatmap)) for beatmap in (75, 76, None)] == [1, 2, 2]


def test_descriptors() -> None:
    def values(entries: list[str | int] | None) -> list[int]:
        return [value(token) for token in metadata.descriptor_tokens(V29, entries)]

    assert values(["b", "a"]) == [1, 0]
    assert values(["b", "nope", 2, 99, -1]) == [1, 2]
    assert values(["nope", 3]) == values([]) == values(None) == [3]
    assert [value(token) for token in metadata.descriptor_tokens_of_map(V29, 75)] == [1, 3]
    assert [value(token) for token in metadata.descriptor_tokens_of_map(V29, 76)] == [3]


def test_style() -> None:
    layout = DataLayout(add_style_token=True, num_classes=4)
    tokenizer = Tokenizer.build(layout, ClassTables(beatmap_idx={75: 1}))
    assert [tokenizer.decode(metadata.style_token(tokenizer, beatmap)).value for beatmap in (75, 76, None)] == [1, 4, 4]


def test_class_vector_of_v29_std() -> None:
    assert words(class_vector(V29, VERSIONS["v29"].layout, STD, 40000)) == [
        "gamemode0", "difficulty10", "mapper0", "year2020", "hitsounded1", "song_length4", "global_sv140", "cs8",
        "descriptor0",
    ]  # fmt: skip


def test_class_vector_of_the_other_modes() -> None:
    layout = VERSIONS["v29"].layout
    taiko = replace(STD, gamemode=1, scroll_speed_ratio=0.3)
    assert words(class_vector(V29, layout, taiko, 40000))[5:] == ["song_length4", "scroll_speed_ratio3", "descriptor0"]
    catch = replace(STD, gamemode=2)
    assert words(class_vector(V29, layout, catch, 40000))[6:] == ["global_sv140", "cs8", "descriptor0"]
    mania = replace(STD, gamemode=3, keycount=7, hold_note_ratio=0.5)
    assert words(class_vector(V29, layout, mania, 40000))[6:] == [
        "keycount7", "hold_note_ratio5", "scroll_speed_ratio12", "descriptor0",
    ]  # fmt: skip


def test_class_vector_of_unset_conditions() -> None:
    bare = Conditions(hitsounded=False, slider_multiplier=1.0)
    assert words(class_vector(V29, VERSIONS["v29"].layout, bare, 40000)) == [
        "gamemode0", "difficulty24", "mapper2", "year2077", "hitsounded0", "song_length4", "global_sv100", "cs21",
        "descriptor3",
    ]  # fmt: skip


@pytest.mark.parametrize("field", ["hitsounded", "slider_multiplier"])
def test_conditions_without_an_unknown_class_must_be_set(field: str) -> None:
    with pytest.raises(TokenizerError, match=f"{field}: must be set"):
        class_vector(V29, VERSIONS["v29"].layout, replace(STD, **{field: None}), 40000)


def test_v30_has_no_class_vector_and_v31_a_short_one() -> None:
    v30, v31 = (Tokenizer.build(VERSIONS[version].layout, TABLES) for version in ("v30", "v31"))
    assert class_vector(v30, VERSIONS["v30"].layout, STD, 40000) == []
    assert words(class_vector(v31, VERSIONS["v31"].layout, STD, 40000), v31) == [
        "gamemode0", "year2020", "hitsounded1", "global_sv140", "cs8", "descriptor0",
    ]  # fmt: skip


def test_negative_class_vector() -> None:
    layout = VERSIONS["v29"].layout

    def negative(**changes: object) -> list[str]:
        return words(class_vector(V29, layout, replace(STD, **changes), 40000, negative=True))  # type: ignore[arg-type]

    assert negative(negative_descriptors=["b"])[2::6] == ["mapper0", "descriptor1"]
    assert negative()[2::6] == ["mapper0", "descriptor3"]
    assert negative(descriptors=None, negative_descriptors=["b"])[2::6] == ["mapper0", "descriptor1"]
    assert negative(descriptors=None)[2::6] == ["mapper2", "descriptor3"]


def test_negative_class_vector_drops_the_style() -> None:
    layout = DataLayout(add_style_token=True, num_classes=4)
    tokenizer = Tokenizer.build(layout, ClassTables(beatmap_idx={75: 1}))
    styled = replace(STD, beatmap_id=75)
    start = tokenizer.event_start[EventType.STYLE]
    assert class_vector(tokenizer, layout, styled, 0)[1] == start + 1
    assert class_vector(tokenizer, layout, styled, 0, negative=True)[1] == start + 4


def test_labels_of_a_known_map() -> None:
    known = with_known_labels(V29, Conditions(beatmap_id=75))
    assert (known.mapper_id, known.descriptors) == (20, [1, 3])
    kept = with_known_labels(V29, Conditions(beatmap_id=75, mapper_id=10, descriptors=["a"]))
    assert (kept.mapper_id, kept.descriptors) == (10, ["a"])
    for beatmap in (76, None):
        unknown = with_known_labels(V29, Conditions(beatmap_id=beatmap))
        assert (unknown.mapper_id, unknown.descriptors) == (None, None)
