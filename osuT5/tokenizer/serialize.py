"""``tokenizer.json``: its keys, their order, and what its older forms leave out (spec 01 section 15)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..events.event import ContextType, EventType
from ..files import write_bytes
from .ranges import EventRange, TokenizerError
from .tables import ClassTables

if TYPE_CHECKING:
    from .tokenizer import Tokenizer

FILE_NAME = "tokenizer.json"
REQUIRED = ("num_classes", "num_diff_classes", "max_difficulty", "vocab_size_out", "vocab_size_in", "beatmap_idx")
_MAX_VOCABULARY = 50_000_000  # beyond this a file is broken, and building its tables would fill the memory


@dataclass
class ParsedState:
    """Content of one file; None where an old form leaves a key out and the default vocabulary stays in force."""

    offset: int
    context_sos: dict[ContextType, int]
    context_eos: dict[ContextType, int]
    event_ranges: list[EventRange] | None
    input_event_ranges: list[EventRange]
    event_range: dict[EventType, EventRange] | None
    event_start: dict[EventType, int] | None
    event_end: dict[EventType, int] | None
    num_classes: int
    num_diff_classes: int
    max_difficulty: float
    num_cs_classes: int
    vocab_size_out: int
    vocab_size_in: int
    tables: ClassTables


def read(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``. Raises ``TokenizerError`` when it is none, ``OSError`` when it cannot be read."""
    try:
        state = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise TokenizerError(f"{path}: not a JSON file: {error}") from error
    if not isinstance(state, dict):
        raise TokenizerError(f"{path}: holds {type(state).__name__}, expected an object")
    return state


def write(path: Path, state: Mapping[str, Any]) -> None:
    """Write the object as one line. Raises ``OSError``."""
    write_bytes(path, json.dumps(state, ensure_ascii=False).encode("utf-8"))


def parse(state: Mapping[str, Any], name: str) -> ParsedState:
    """Check and convert a JSON object, or a mapping that holds native types. Raises ``TokenizerError`` with ``name``."""
    missing = [key for key in REQUIRED if key not in state]
    if missing:
        raise TokenizerError(f"{name}: keys missing: {', '.join(missing)}")
    try:
        return _parse(state)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise TokenizerError(f"{name}: not a tokenizer file: {error}") from error


def state_of(tokenizer: Tokenizer) -> dict[str, Any]:
    """The JSON object of a tokenizer, keys in the published order."""
    tables = tokenizer.tables
    return {
        "offset": tokenizer.offset,
        "context_sos": {context.value: token for context, token in tokenizer.context_sos.items()},
        "context_eos": {context.value: token for context, token in tokenizer.context_eos.items()},
        "event_ranges": [_range_state(span) for span in tokenizer.event_ranges],
        "input_event_ranges": [_range_state(span) for span in tokenizer.input_event_ranges],
        "num_classes": tokenizer.num_classes,
        "num_diff_classes": tokenizer.num_diff_classes,
        "max_difficulty": tokenizer.max_difficulty,
        "event_range": {kind.value: _range_state(span) for kind, span in tokenizer.event_range.items()},
        "event_start": {kind.value: token for kind, token in tokenizer.event_start.items()},
        "event_end": {kind.value: token for kind, token in tokenizer.event_end.items()},
        "vocab_size_out": tokenizer.vocab_size_out,
        "vocab_size_in": tokenizer.vocab_size_in,
        "beatmap_idx": _text_keys(tables.beatmap_idx),
        "beatmap_mapper": _text_keys(tables.beatmap_mapper),
        "mapper_idx": _text_keys(tables.mapper_idx),
        "num_mapper_classes": tables.num_mapper_classes,
        "beatmap_descriptors": _text_keys(tables.beatmap_descriptors),
        "descriptor_idx": dict(tables.descriptor_idx),
        "num_descriptor_classes": tables.num_descriptor_classes,
        "num_cs_classes": tokenizer.num_cs_classes,
    }


def _parse(state: Mapping[str, Any]) -> ParsedState:
    ranges = state.get("event_ranges")
    inputs = [_range(entry) for entry in state.get("input_event_ranges", [])]
    by_type = state.get("event_range")
    return ParsedState(
        offset=int(state.get("offset", 3)),
        context_sos=_contexts(state.get("context_sos", {})),
        context_eos=_contexts(state.get("context_eos", {})),
        event_ranges=None if ranges is None else _sane([_range(entry) for entry in ranges]),
        input_event_ranges=_sane(inputs),
        event_range=None if by_type is None else {EventType(key): _range(entry) for key, entry in by_type.items()},
        event_start=_ids(state.get("event_start")),
        event_end=_ids(state.get("event_end")),
        num_classes=int(state["num_classes"]),
        num_diff_classes=int(state["num_diff_classes"]),
        max_difficulty=state["max_difficulty"],
        num_cs_classes=int(state.get("num_cs_classes", 0)),
        vocab_size_out=int(state["vocab_size_out"]),
        vocab_size_in=int(state["vocab_size_in"]),
        tables=_tables(state),
    )


def _tables(state: Mapping[str, Any]) -> ClassTables:
    descriptors = state.get("beatmap_descriptors", {})
    return ClassTables(
        beatmap_idx=_int_keys(state["beatmap_idx"]),
        beatmap_mapper=_int_keys(state.get("beatmap_mapper", {})),
        mapper_idx=_int_keys(state.get("mapper_idx", {})),
        num_mapper_classes=int(state.get("num_mapper_classes", 0)),
        beatmap_descriptors={int(key): [int(index) for index in value] for key, value in descriptors.items()},
        descriptor_idx={str(key): int(value) for key, value in state.get("descriptor_idx", {}).items()},
        num_descriptor_classes=int(state.get("num_descriptor_classes", 0)),
    )


def _range(entry: Any) -> EventRange:
    if isinstance(entry, EventRange):
        return entry
    return EventRange(EventType(entry["type"]), int(entry["min_value"]), int(entry["max_value"]))


def _sane(ranges: list[EventRange]) -> list[EventRange]:
    if any(span.size < 1 for span in ranges) or sum(span.size for span in ranges) > _MAX_VOCABULARY:
        raise ValueError("an event range is empty or too large")
    return ranges


def _range_state(span: EventRange) -> dict[str, Any]:
    return {"type": span.type.value, "min_value": span.minimum, "max_value": span.maximum}


def _contexts(table: Mapping[Any, Any]) -> dict[ContextType, int]:
    return {ContextType(key): int(value) for key, value in table.items()}


def _ids(table: Mapping[Any, Any] | None) -> dict[EventType, int] | None:
    return None if table is None else {EventType(key): int(value) for key, value in table.items()}


def _int_keys(table: Mapping[Any, Any]) -> dict[int, int]:
    return {int(key): int(value) for key, value in table.items()}


def _text_keys(table: Mapping[int, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in table.items()}
