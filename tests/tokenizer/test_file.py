"""tokenizer.json: written and read, in its old and new forms (spec 01 section 15)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.events.event import ContextType, Event, EventType
from osuT5.tokenizer import ClassTables, Tokenizer, TokenizerError

KEYS = [
    "offset", "context_sos", "context_eos", "event_ranges", "input_event_ranges", "num_classes", "num_diff_classes",
    "max_difficulty", "event_range", "event_start", "event_end", "vocab_size_out", "vocab_size_in", "beatmap_idx",
    "beatmap_mapper", "mapper_idx", "num_mapper_classes", "beatmap_descriptors", "descriptor_idx",
    "num_descriptor_classes", "num_cs_classes",
]  # fmt: skip
OLD: dict[str, Any] = {
    "num_classes": 3,
    "num_diff_classes": 0,
    "max_difficulty": 0,
    "vocab_size_out": 1873,
    "vocab_size_in": 1873,
    "beatmap_idx": {"5": 0},
}


def example() -> Tokenizer:
    tables = ClassTables(
        beatmap_idx={75: 0},
        beatmap_mapper={75: 2},
        mapper_idx={2: 0},
        num_mapper_classes=1,
        beatmap_descriptors={75: [1, 0]},
        descriptor_idx={"grid snap": 0, "サンプル": 1},
        num_descriptor_classes=2,
    )
    return Tokenizer.build(VERSIONS["v32"].layout, tables)


def test_file_is_one_line_with_keys_in_order(tmp_path: Path) -> None:
    example().save(tmp_path)
    text = (tmp_path / "tokenizer.json").read_text(encoding="utf-8")
    assert "\n" not in text
    assert "サンプル" in text
    assert list(json.loads(text)) == KEYS
    assert text.startswith('{"offset": 9, "context_sos": {"timing": 3, "map": 5, "sv": 7}')


def test_saved_file_reads_back(tmp_path: Path) -> None:
    tokenizer = example()
    tokenizer.save(tmp_path / "tokenizer.json")
    again = Tokenizer.load(tmp_path)
    assert again.state() == tokenizer.state()
    assert again.tables == tokenizer.tables
    assert again.tables.beatmap_idx == {75: 0}  # keys are numbers again
    ids = range(9, tokenizer.vocab_size_in)
    assert [again.decode(token) for token in ids] == [tokenizer.decode(token) for token in ids]


def test_native_types_are_accepted() -> None:
    state = example().state()
    state["context_sos"] = {ContextType.TIMING: 3}
    state["mapper_idx"] = {2: 0}
    state["event_start"] = {EventType(key): value for key, value in state["event_start"].items()}
    tokenizer = Tokenizer.from_state(state)
    assert tokenizer.context_sos == {ContextType.TIMING: 3}
    assert tokenizer.tables.mapper_idx == {2: 0}
    assert tokenizer.encode(Event(EventType.SNAPPING, 0)) == 1647


def test_six_required_keys_are_enough() -> None:
    tokenizer = Tokenizer.from_state(OLD)
    assert tokenizer.offset == 3
    assert tokenizer.context_sos == tokenizer.context_eos == {}
    assert tokenizer.encode(Event(EventType.TIME_SHIFT, -512)) == 3
    assert tokenizer.encode(Event(EventType.SNAPPING, 0)) == 1028
    assert tokenizer.encode(Event(EventType.NEW_COMBO)) == 1686
    assert tokenizer.decode(1872) == Event(EventType.MEASURE)
    assert tokenizer.vocab_size_in == 1873


@pytest.mark.parametrize("key", OLD)
def test_a_required_key_missing_is_an_error(key: str) -> None:
    with pytest.raises(TokenizerError, match=f"folder: keys missing: {key}"):
        Tokenizer.from_state({name: value for name, value in OLD.items() if name != key}, "folder")


def test_nothing_in_the_file_is_recomputed() -> None:
    state = example().state()
    state["event_start"] = {**state["event_start"], "snap": 5000}
    state["vocab_size_out"] = 4100
    tokenizer = Tokenizer.from_state(state)
    assert tokenizer.encode(Event(EventType.SNAPPING, 2)) == 5002
    assert tokenizer.decode(1649) == Event(EventType.SNAPPING, 2)
    assert tokenizer.vocab_size_out == 4100


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"num_classes": 1}',
        json.dumps({**OLD, "event_ranges": [{"type": "bogus", "min_value": 0, "max_value": 1}]}),
        json.dumps({**OLD, "event_ranges": [{"type": "t", "min_value": 0, "max_value": 10**12}]}),
        json.dumps({**OLD, "event_ranges": [{"type": "t", "min_value": 5, "max_value": 1}]}),
        json.dumps({**OLD, "beatmap_idx": {"abc": 1}}),
        json.dumps({**OLD, "beatmap_idx": [1]}),
        json.dumps({**OLD, "context_sos": {"bogus": 3}}),
    ],
)
def test_broken_files_give_one_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TokenizerError) as caught:
        Tokenizer.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_the_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Tokenizer.load(tmp_path)
