"""Events to ids and back (spec 01 sections 11, 12 and 15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..config import DataLayout
from ..events.event import ContextType, Event, EventType
from . import serialize
from .ranges import EventRange, TokenizerError, context_ids, default_ranges, input_ranges, output_ranges
from .tables import ClassTables

PAD_ID, SOS_ID, EOS_ID = 0, 1, 2


class Tokenizer:
    """The vocabulary of one checkpoint.

    ``event_start`` and ``event_end`` (exclusive) give the ids of a type, ``context_sos`` and ``context_eos`` those of
    the contexts that have ids. Ids below ``offset`` are special; from ``vocab_size_out`` on they occur in prompts only.
    A fresh object is the vocabulary that files without ranges mean; see :meth:`build` and :meth:`load`.
    """

    pad_id, sos_id, eos_id = PAD_ID, SOS_ID, EOS_ID

    def __init__(self) -> None:
        self.context_sos: dict[ContextType, int] = {}
        self.context_eos: dict[ContextType, int] = {}
        self.tables = ClassTables()
        self.num_classes = 0
        self.num_diff_classes = 0
        self.max_difficulty: float = 0
        self.num_cs_classes = 0
        self._set_ranges(3, default_ranges(), [])

    @classmethod
    def build(cls, layout: DataLayout, tables: ClassTables | None = None) -> Tokenizer:
        """The vocabulary of a data layout with the given classes (none: every mapper and descriptor is unknown)."""
        result = cls()
        result.tables = tables or ClassTables()
        result.context_sos, offset = context_ids(layout.templates, layout.add_out_context_types)
        result.context_eos = {context: start + 1 for context, start in result.context_sos.items()}
        if layout.add_style_token or layout.do_style_embed:
            result.num_classes = max(layout.num_classes, len(result.tables.beatmap_idx))
        if layout.add_difficulty_token:
            result.num_diff_classes, result.max_difficulty = layout.num_diff_classes, layout.max_diff
        if layout.add_cs_token:
            result.num_cs_classes = layout.num_cs_classes
        result._set_ranges(offset, output_ranges(layout), input_ranges(layout, result.tables, result.num_classes))
        return result

    @classmethod
    def load(cls, path: str | Path) -> Tokenizer:
        """Read ``tokenizer.json``, given as a file or as the folder it is in. Raises ``TokenizerError``, ``OSError``."""
        path = Path(path)
        return cls.from_state(serialize.read(path / serialize.FILE_NAME if path.is_dir() else path), str(path))

    @classmethod
    def from_state(cls, state: Mapping[str, Any], name: str = "tokenizer state") -> Tokenizer:
        """From the parsed content of ``tokenizer.json``, old or new form. Raises ``TokenizerError``."""
        result = cls()
        parsed = serialize.parse(state, name)
        result.context_sos, result.context_eos = parsed.context_sos, parsed.context_eos
        result.tables = parsed.tables
        result.num_classes, result.num_diff_classes = parsed.num_classes, parsed.num_diff_classes
        result.max_difficulty, result.num_cs_classes = parsed.max_difficulty, parsed.num_cs_classes
        outputs = result.event_ranges if parsed.event_ranges is None else parsed.event_ranges
        result._set_ranges(parsed.offset, outputs, parsed.input_event_ranges)
        # Files are trusted: nothing that they state is computed anew.
        result.event_range = result.event_range if parsed.event_range is None else parsed.event_range
        result.event_start = result.event_start if parsed.event_start is None else parsed.event_start
        result.event_end = result.event_end if parsed.event_end is None else parsed.event_end
        result.vocab_size_out, result.vocab_size_in = parsed.vocab_size_out, parsed.vocab_size_in
        return result

    def save(self, path: str | Path) -> None:
        """Write ``tokenizer.json``; ``path`` is the file, or a folder when it has no ``.json`` ending. Raises ``OSError``."""
        path = Path(path)
        serialize.write(path if path.suffix == ".json" else path / serialize.FILE_NAME, self.state())

    def state(self) -> dict[str, Any]:
        """The content of ``tokenizer.json`` with its keys in order (section 15)."""
        return serialize.state_of(self)

    def encode(self, event: Event) -> int:
        """Id of an event. Raises ``TokenizerError`` for a type or value outside the vocabulary."""
        span = self.event_range.get(event.type)
        if span is None:
            raise TokenizerError(f"event type {event.type.value!r} is not in this vocabulary")
        if not span.minimum <= event.value <= span.maximum:
            raise TokenizerError(
                f"event {event.type.value!r}: value {event.value} is outside {span.minimum}..{span.maximum}"
            )
        return self.event_start[event.type] + event.value - span.minimum

    def encode_all(self, events: Iterable[Event]) -> list[int]:
        """Ids of many events. Raises ``TokenizerError``."""
        return [self.encode(event) for event in events]

    def decode(self, token: int) -> Event:
        """Event of an id. Raises ``TokenizerError`` for special ids and ids beyond the vocabulary."""
        index = token - self.offset
        if not 0 <= index < len(self._events):
            last = self.offset + len(self._events) - 1
            raise TokenizerError(f"id {token} is no event; events have ids {self.offset}..{last}")
        return self._events[index]

    def is_event(self, token: int) -> bool:
        """Whether :meth:`decode` knows the id."""
        return 0 <= token - self.offset < len(self._events)

    def _set_ranges(self, offset: int, outputs: list[EventRange], inputs: list[EventRange]) -> None:
        self.offset = offset
        self.event_ranges, self.input_event_ranges = outputs, inputs
        self.event_range: dict[EventType, EventRange] = {}
        self.event_start: dict[EventType, int] = {}
        self.event_end: dict[EventType, int] = {}
        self._events: list[Event] = []
        for span in (*outputs, *inputs):
            self.event_range[span.type] = span
            self.event_start[span.type] = offset + len(self._events)
            self._events += [Event(span.type, value) for value in range(span.minimum, span.maximum + 1)]
            self.event_end[span.type] = offset + len(self._events)
        self.vocab_size_out = offset + sum(span.size for span in outputs)
        self.vocab_size_in = offset + len(self._events)
