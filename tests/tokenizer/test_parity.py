"""Vocabularies and probes of the published system (golden/tokenizer)."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.events.event import Event, EventType
from osuT5.tokenizer import Tokenizer, TokenizerError, metadata
from osuT5.tokenizer.sources import file_tables, mmrs_tables, read_mapper_file, read_mmrs_rows, read_tags, select_rows
from tests.shared_data import SHARED, cases, load_json, need

INPUTS = SHARED / "golden/tokenizer/inputs"
FILES = cases("golden/tokenizer/*/tokenizer.json")
RAISES = "raises"
SUMMARIES = cases("golden/tokenizer/*/summary.json")


def built(version: str, dataset_type: str) -> Tokenizer:
    """The vocabulary from the inputs that golden/README.md names for this version."""
    layout = VERSIONS[version].layout
    if dataset_type == "mmrs":
        rows = select_rows(read_mmrs_rows(need(INPUTS / "mmrs_metadata.parquet")), 0, 29)
        return Tokenizer.build(layout, mmrs_tables(rows, layout))
    mappers = read_mapper_file(need(INPUTS / "beatmap_users.json"))
    tags = read_tags(need(INPUTS / "tags_2026.json"))
    return Tokenizer.build(layout, file_tables(layout, mappers, tags=tags, votes_csv=INPUTS / "beatmap_tag_votes.csv"))


@pytest.mark.parity
@pytest.mark.parametrize("path", FILES)
def test_built_vocabulary_equals_the_published_one(path: Path) -> None:
    expected = load_json(path)
    dataset_type = "mmrs" if path.parent.name in ("v28", "v29", "v31") else "files"
    actual = built(path.parent.name, dataset_type).state()
    if dataset_type == "files":  # the published order of mapper classes is that of a hash set
        theirs, ours = expected["mapper_idx"], actual.pop("mapper_idx")
        expected = {key: value for key, value in expected.items() if key != "mapper_idx"}
        assert set(theirs) == set(ours)
        assert sorted(ours.values()) == sorted(theirs.values()) == list(range(len(ours)))
    assert actual == expected


@pytest.mark.parity
@pytest.mark.parametrize("path", FILES)
def test_published_file_is_written_back_byte_for_byte(path: Path, tmp_path: Path) -> None:
    Tokenizer.load(need(path)).save(tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == path.read_bytes()


@pytest.mark.parity
@pytest.mark.parametrize("path", SUMMARIES)
def test_ranges_and_ids(path: Path) -> None:
    expected = load_json(path)
    tokenizer = Tokenizer.load(path.parent)
    for key in ("event_ranges", "input_event_ranges"):
        assert [[span.type.value, span.minimum, span.maximum] for span in getattr(tokenizer, key)] == expected[key]
    for key in ("event_start", "event_end", "context_sos", "context_eos"):
        assert {kind.value: token for kind, token in getattr(tokenizer, key).items()} == expected[key]
    for key in ("offset", "vocab_size_out", "vocab_size_in", "num_diff_classes", "num_cs_classes"):
        assert getattr(tokenizer, key) == expected[key]
    for key in ("num_mapper_classes", "num_descriptor_classes"):
        assert getattr(tokenizer.tables, key) == expected[key]
    assert expected["special"] == {"pad": tokenizer.pad_id, "sos": tokenizer.sos_id, "eos": tokenizer.eos_id}


@pytest.mark.parity
@pytest.mark.parametrize("path", SUMMARIES)
def test_probes(path: Path) -> None:
    tokenizer = Tokenizer.load(need(path).parent)
    wrong = {}
    for call, expected in load_json(path)["probes"].items():
        actual = _probe(tokenizer, call)
        if actual != (RAISES if str(expected).startswith("raises") else expected):  # the class is only informative
            wrong[call] = (actual, expected)
    assert not wrong


def _probe(tokenizer: Tokenizer, call: str) -> Any:
    name, _, rest = call.partition("(")
    text = rest.removesuffix(")")
    try:
        return _call(tokenizer, name, text)
    except TokenizerError:
        return RAISES


def _call(tokenizer: Tokenizer, name: str, text: str) -> Any:
    if name == "encode":
        kind, value = text.split(",")
        number = tokenizer.event_range[EventType(kind)].maximum + 1 if value == "max+1" else int(value)
        return tokenizer.encode(Event(EventType(kind), number))
    if name == "decode":
        event = tokenizer.decode(int(text))
        return [event.type.value, event.value]
    if name == "encode_descriptor_name":
        return metadata.descriptor_tokens(tokenizer, [text])[0]
    call = _PROBES[name]
    return call(tokenizer, *(ast.literal_eval(f"({text},)") if text else (None,)))


_PROBES: dict[str, Any] = {
    "encode_diff": metadata.difficulty_token,
    "diff_unk": metadata.difficulty_token,
    "encode_cs": metadata.cs_token,
    "cs_unk": metadata.cs_token,
    "encode_hold_note_ratio": metadata.hold_note_ratio_token,
    "hold_note_ratio_unk": metadata.hold_note_ratio_token,
    "encode_scroll_speed_ratio": metadata.scroll_speed_ratio_token,
    "scroll_speed_ratio_unk": metadata.scroll_speed_ratio_token,
    "encode_song_length": metadata.song_length_token,
    "encode_song_position": metadata.song_position_token,
    "encode_global_sv": metadata.global_sv_token,
    "encode_year": metadata.year_token,
    "year_unk": metadata.year_token,
    "encode_gamemode": metadata.gamemode_token,
    "encode_mapper": metadata.mapper_token_of_map,
    "encode_mapper_id": metadata.mapper_token,
    "mapper_unk": metadata.mapper_token,
    "get_mapper_idx": metadata.mapper_index,
    "encode_descriptor": metadata.descriptor_tokens_of_map,
    "descriptor_unk": lambda tokenizer, nothing: metadata.descriptor_tokens(tokenizer, nothing)[0],
    "style_unk": metadata.style_token,
}


@pytest.mark.parity
@pytest.mark.parametrize(
    ("case", "version", "start", "end", "ranked"),
    [
        ("v29", "v29", 0, 7, (1, 2)),
        ("v31", "v31", 0, 7, (1, 2)),
        ("v29_range_1_4", "v29", 1, 4, (1, 2)),
        ("v32_mmrs_omdb", "v32", 0, 7, (1, 2)),
        ("v32_mmrs_user_tags", "v32", 0, 7, None),
    ],
)
def test_vocabularies_of_a_training_set(case: str, version: str, start: int, end: int, ranked: Any) -> None:
    folder = SHARED / "golden/training/dataset"
    expected = dict(load_json(folder / "tokenizers.json.gz")[case])
    expected.pop("published_save_raises", None)
    layout = VERSIONS[version].layout
    rows = select_rows(read_mmrs_rows(need(folder / "mmrs/metadata.parquet")), start, end, ranked)
    if case.endswith("user_tags"):
        tables = mmrs_tables(rows, layout, read_tags(need(INPUTS / "tags_2026.json")))
    else:
        tables = mmrs_tables(rows, replace(layout, descriptor_source="omdb"))
    assert Tokenizer.build(layout, tables).state() == expected
