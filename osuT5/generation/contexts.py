"""What contexts hold: events of the reference map, or of red lines that an earlier pass supplied (spec 03 section 6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..beatmap import Beatmap
from ..beatmap.timing_lines import TimingLine
from ..config import Conditions, DataLayout, Template
from ..events.event import ContextType, EventStream
from ..events.streams import context_stream, timing_stream
from ..tokenizer import Tokenizer, class_vector, with_known_labels
from .templates import TemplateError


@dataclass(frozen=True)
class InContext:
    """One context that the prompt shows before the class vector."""

    kind: ContextType
    stream: EventStream
    class_ids: tuple[int, ...] | None = None  # None: this kind has no class vector
    typed: bool = True  # whether its opening and closing ids are shown


@dataclass(frozen=True)
class OutContext:
    """One context that a pass walks; a given one is complete and never generated."""

    kind: ContextType
    stream: EventStream = field(default_factory=EventStream)
    given: bool = False


@dataclass(frozen=True)
class ContextSource:
    """Where contexts are read from.

    ``conditions`` are those of the map to make, ``reference_conditions`` those of the reference (stars, mode, ...).
    ``timing`` are red lines that take the place of the reference's TIMING.
    """

    tokenizer: Tokenizer
    layout: DataLayout
    conditions: Conditions
    song_length_ms: float
    reference: Beatmap | None = None
    reference_conditions: Conditions | None = None
    timing: list[TimingLine] | None = None

    def stream(self, kind: ContextType) -> EventStream:
        """Events of one context. Raises :class:`TemplateError` where it needs a reference map and there is none."""
        if kind == ContextType.NONE:
            return EventStream()
        if kind == ContextType.TIMING and self.timing is not None:
            return timing_stream(self.timing, self.layout, self.song_length_ms)
        return self.reference_stream(kind, self.layout)

    def reference_stream(self, kind: ContextType, layout: DataLayout) -> EventStream:
        """Events of the reference map in another layout."""
        if self.reference is None:
            raise TemplateError(f"in_context: {kind.value.upper()} is read from a reference map; give beatmap_path")
        return context_stream(kind, self.reference, layout)

    def in_contexts(self, template: Template) -> tuple[InContext, ...]:
        """The contexts that the prompt shows, with the legacy GD prefix where the model has it."""
        shown = [self._in_context(ContextType(name)) for name in template.inputs]
        if self.layout.add_gd_prefix:
            shown.append(replace(self._in_context(ContextType.GD), typed=False))
        return tuple(shown)

    def out_contexts(
        self, walked: Iterable[str], given: Iterable[str], seed_before: float | None = None
    ) -> tuple[OutContext, ...]:
        """The contexts to walk: given ones complete, the others empty or, with ``seed_before`` (ms, start of the part
        to remap), with what the reference map has before it."""
        names = set(given)
        return tuple(self._out_context(ContextType(name), name in names, seed_before) for name in walked)

    def _in_context(self, kind: ContextType) -> InContext:
        class_ids = None
        if kind == ContextType.MAP:
            class_ids = tuple(self.class_ids())
        elif kind == ContextType.GD:
            shown = with_known_labels(self.tokenizer, replace(self.reference_conditions or Conditions(), year=None))
            class_ids = tuple(class_vector(self.tokenizer, self.layout, shown, self.song_length_ms))
        return InContext(kind, self.stream(kind), class_ids)

    def _out_context(self, kind: ContextType, given: bool, seed_before: float | None) -> OutContext:
        if given:
            return OutContext(kind, self.stream(kind), given=True)
        if seed_before is None:
            return OutContext(kind)
        return OutContext(kind, until(self.reference_stream(kind, self.layout), seed_before - 1))

    def class_ids(self, *, negative: bool = False) -> list[int]:
        """Class vector of the map to make, or the one that guidance steers away from."""
        return class_vector(self.tokenizer, self.layout, self.conditions, self.song_length_ms, negative=negative)


def until(stream: EventStream, limit: float) -> EventStream:
    """``stream`` without its trailing events later than ``limit`` (ms)."""
    stop = len(stream)
    while stop and stream.times[stop - 1] > limit:
        stop -= 1
    return EventStream(stream.events[:stop], stream.times[:stop])


def without_before(stream: EventStream, limit: float) -> EventStream:
    """``stream`` without any event earlier than ``limit`` (ms)."""
    kept = [index for index, time in enumerate(stream.times) if time >= limit]
    return EventStream([stream.events[index] for index in kept], [stream.times[index] for index in kept])
