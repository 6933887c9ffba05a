"""Stand-ins for the model: a script of ids, and a deterministic writer whose ids follow from what it is asked."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from osuT5.capabilities import VERSIONS
from osuT5.config import Conditions, DataLayout
from osuT5.events.event import ContextType, Event, EventType
from osuT5.generation.engine import DecodeRequest
from osuT5.generation.passes import ModelSide
from osuT5.tokenizer import Tokenizer

CONDITIONS = Conditions(hitsounded=True, slider_multiplier=1.4, keycount=4, circle_size=4.0, difficulty=5.0)
BEATS = [EventType.TIMING_POINT] + [EventType.BEAT, EventType.BEAT, EventType.BEAT, EventType.MEASURE] * 3


def side(version: str, engine: Callable[[np.ndarray, Sequence[int]], object], **changes: object) -> ModelSide:
    layout = replace(VERSIONS[version].layout, **changes)
    return ModelSide(Tokenizer.build(layout), layout, engine)  # type: ignore[arg-type]


def ids_of(tokenizer: Tokenizer, *words: object) -> list[int]:
    """Ids of a short text: event types, ``(type, value)`` pairs, bare integers for TIME_SHIFT steps, contexts for closing ids."""
    ids = []
    for word in words:
        if isinstance(word, ContextType):
            ids.append(tokenizer.context_eos[word])
        elif isinstance(word, EventType):
            ids.append(tokenizer.encode(Event(word)))
        elif isinstance(word, tuple):
            ids.append(tokenizer.encode(Event(*word)))
        else:
            ids.append(tokenizer.encode(Event(EventType.TIME_SHIFT, int(word))))  # type: ignore[call-overload]
    return ids


class Script:
    """Answers each call with the next of ``answers``, one row each, and keeps the requests."""

    def __init__(self, answers: Sequence[list[int]]) -> None:
        self.answers, self.requests = list(answers), []

    def __call__(self, samples: np.ndarray, starts: Sequence[int]) -> Script:
        return self

    def decode(self, request: DecodeRequest) -> list[list[int]]:
        self.requests.append(request)
        return [self.answers.pop(0)]


class Writer:
    """An engine factory. Rows depend on the window's first sample and the prompt alone, not on batches or calls.

    Where the prompt's last opening id is TIMING it writes beats 300 ms apart, otherwise circles.
    """

    def __init__(self, layout: DataLayout, whole_rows: bool = False) -> None:
        self.layout, self.tokenizer, self.whole_rows = layout, Tokenizer.build(layout), whole_rows
        self.batches: list[int] = []
        self.starts: list[Sequence[int]] = []

    def __call__(self, samples: np.ndarray, starts: Sequence[int]) -> _WriterEngine:
        self.starts.append(starts)
        return _WriterEngine(self, starts)

    def row(self, start: int, prompt: Sequence[int]) -> list[int]:
        opened = [kind for kind, token in self.tokenizer.context_sos.items() if token in prompt]
        current = max(opened, key=lambda kind: _last_index(prompt, self.tokenizer.context_sos[kind]))
        outputs = [ContextType(name) for name in self.layout.templates[0].outputs]
        kinds = outputs[outputs.index(current) :] if self.whole_rows else [current]
        ids: list[int] = []
        for kind in kinds:
            ids += [] if kind is current else [self.tokenizer.context_sos[kind]]
            ids += self._content(kind, start, prompt) + [self.tokenizer.context_eos[kind]]
        return [*ids, self.tokenizer.eos_id] if self.whole_rows else ids

    def _content(self, kind: ContextType, start: int, prompt: Sequence[int]) -> list[int]:
        types = BEATS if kind == ContextType.TIMING else [EventType.CIRCLE] * 10 if kind == ContextType.MAP else []
        digest = hashlib.sha256(repr((start, list(prompt), kind.value)).encode()).digest()
        draw = random.Random(digest)
        first = (-start // 16 // 10) % 30 if kind == ContextType.TIMING else draw.randrange(30)
        ids: list[int] = []
        for index, event in enumerate(types):
            step = first + 30 * index + (0 if kind == ContextType.TIMING else draw.randrange(20))
            pair = ids_of(self.tokenizer, event, step)
            ids += pair if self.layout.types_first else pair[::-1]
        return ids


class _WriterEngine:
    def __init__(self, writer: Writer, starts: Sequence[int]) -> None:
        self.writer, self.starts = writer, starts

    def decode(self, request: DecodeRequest) -> list[list[int]]:
        self.writer.batches.append(len(request.windows))
        pairs = zip(request.windows, request.prompts, strict=True)
        return [self.writer.row(self.starts[window], prompt) for window, prompt in pairs]


def _last_index(ids: Sequence[int], token: int) -> int:
    return len(ids) - 1 - list(reversed(ids)).index(token)
