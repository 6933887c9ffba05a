"""Events of a map as one row of an Arrow file, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from ..events.event import ContextType
from .arrays import EventArrays
from .parse import MIRRORED, Flip, MapEvents, MapFacts

_PARTS = (("kinds", np.uint8), ("values", np.int32), ("times", np.int32))


def schema(contexts: tuple[ContextType, ...], flips: bool) -> pa.Schema:
    """Columns of an event file."""
    columns = [("facts", pa.string())]
    columns += [(f"{context.value}_{part}", pa.large_binary()) for context in contexts for part, _ in _PARTS]
    if flips:
        columns += [(_flip_name(flip), pa.large_binary()) for flip in MIRRORED]
    return pa.schema(columns)


def to_row(found: MapEvents) -> dict[str, Any]:
    """One row."""
    row: dict[str, Any] = {"facts": json.dumps(asdict(found.facts))}
    for context, events in found.streams.items():
        for part, _ in _PARTS:
            row[f"{context.value}_{part}"] = getattr(events, part).tobytes()
    for flip, values in found.mirrored.items():
        row[_flip_name(flip)] = values.tobytes()
    return row


def from_batch(batch: pa.RecordBatch, index: int, contexts: tuple[ContextType, ...], flips: bool) -> MapEvents:
    """Events of row ``index``; the arrays look into the mapped file."""
    columns: Mapping[str, pa.Array] = dict(zip(batch.schema.names, batch.columns, strict=True))
    facts = MapFacts(**json.loads(columns["facts"][index].as_py()))
    streams = {
        context: EventArrays(*(_array(columns[f"{context.value}_{part}"][index], kind) for part, kind in _PARTS))
        for context in contexts
    }
    mirrored = {flip: _array(columns[_flip_name(flip)][index], np.int32) for flip in MIRRORED} if flips else {}
    return MapEvents(facts, streams, mirrored)


def _array(value: pa.LargeBinaryScalar, kind: Any) -> Any:
    buffer = value.as_buffer()
    return np.frombuffer(buffer, dtype=kind) if len(buffer) else np.empty(0, kind)


def _flip_name(flip: Flip) -> str:
    return f"map_values_{int(flip[0])}{int(flip[1])}"
