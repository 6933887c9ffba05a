"""The ids that a decode call starts from (spec 03 section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..config import DataLayout, Template
from ..events.event import ContextType, Event, EventStream, EventType
from ..tokenizer import Tokenizer
from ..tokenizer.metadata import song_position_token
from ..windows import MS_PER_STEP
from .contexts import InContext, OutContext

_HALVINGS = 10
# Tokens about the state before a window, in prompt order, with the events that stand for "nothing yet".
_DEFAULTS = {EventType.KIAI: Event(EventType.KIAI, 0), EventType.SCROLL_SPEED: Event(EventType.SCROLL_SPEED, 100)}
_SPECIALS = (EventType.KIAI, EventType.SCROLL_SPEED, EventType.SONG_POSITION)


class PromptError(ValueError):
    """A prompt that can't be made to fit the model's target length."""


@dataclass(frozen=True)
class Prompt:
    """Unpadded ids of one window; ``negative`` only under guidance."""

    ids: list[int]
    negative: list[int] | None = None


@dataclass(frozen=True)
class PromptBuilder:
    """Builds prompts of one pass. ``class_ids`` and ``negative_ids`` are class vectors of the map to make."""

    tokenizer: Tokenizer
    layout: DataLayout
    song_length_ms: float
    window_ms: float
    template: Template
    inputs: tuple[InContext, ...]
    class_ids: list[int]
    negative_ids: list[int] | None = None

    def build(self, outs: Sequence[OutContext], time: int, *, show_last: bool = True) -> Prompt:
        """The prompt for the window that starts at ``time`` (ms); the last of ``outs`` is the one to continue.

        ``show_last`` false leaves out the events of that one. Raises :class:`PromptError` where even the shortest
        prompt does not leave room for one id.
        """
        limit: int | None = None
        target = self.layout.tgt_seq_len
        for _ in range(_HALVINGS + 1):
            ids = self._row(outs, time, self.class_ids, limit, show_last)
            if len(ids) < target:
                break
            limit = (target if limit is None else limit) // 2
        else:
            raise PromptError(f"prompt of the window at {time} ms: {len(ids)} ids, but fewer than {target} must fit")
        if self.negative_ids is None:
            return Prompt(ids)
        return Prompt(ids, self._row(outs, time, self.negative_ids, limit, show_last))

    def _row(
        self, outs: Sequence[OutContext], time: int, class_ids: list[int], limit: int | None, show_last: bool
    ) -> list[int]:
        before: list[int] = []
        for context in self.inputs:
            before += self._in_block(context, time, limit)
        before += class_ids
        before += self._specials_of_outs(outs, time)
        before += self._pre_tokens(outs[0].stream, time, limit)
        if self.layout.center_pad_decoder:
            before = _left_padded(before, self.layout.tgt_seq_len // 2, self.tokenizer.pad_id)
        return [*before, self.tokenizer.sos_id, *self._out_blocks(outs, time, limit, show_last)]

    def _in_block(self, context: InContext, time: int, limit: int | None) -> list[int]:
        specials = self._specials(context.kind, context.stream, time, context.class_ids is not None)
        return [
            *self._type_id(self.tokenizer.context_sos, context.kind, context.typed),
            *(context.class_ids or ()),
            *(specials[kind] for kind in _SPECIALS if kind in specials),
            *self._window_ids(context.stream, time, limit),
            *self._type_id(self.tokenizer.context_eos, context.kind, context.typed),
        ]

    def _out_blocks(self, outs: Sequence[OutContext], time: int, limit: int | None, show_last: bool) -> list[int]:
        ids: list[int] = []
        typed = self.layout.add_out_context_types
        for number, context in enumerate(outs):
            last = number == len(outs) - 1
            ids += self._type_id(self.tokenizer.context_sos, context.kind, typed)
            if show_last or not last:
                ids += self._window_ids(context.stream, time, limit)
            if not last:
                ids += self._type_id(self.tokenizer.context_eos, context.kind, typed)
        return ids

    def _specials_of_outs(self, outs: Sequence[OutContext], time: int) -> list[int]:
        found: dict[EventType, int] = {}
        for number, context in enumerate(outs):
            found |= self._specials(context.kind, context.stream, time, has_class=number == 0)
        for kind in self._required():
            if kind not in found:
                found[kind] = self.tokenizer.encode(_DEFAULTS[kind])
        return [found[kind] for kind in _SPECIALS if kind in found]

    def _specials(self, kind: ContextType, stream: EventStream, time: int, has_class: bool) -> dict[EventType, int]:
        """Last kiai, last scroll speed and song position as far as a context of this kind tells them."""
        layout, found = self.layout, {}
        if layout.add_kiai_special_token and _tells_kiai(kind, layout):
            found[EventType.KIAI] = self._last(stream, EventType.KIAI, time)
        if layout.add_sv_special_token and _tells_speed(kind, layout):
            found[EventType.SCROLL_SPEED] = self._last(stream, EventType.SCROLL_SPEED, time)
        if layout.add_song_position_token and has_class:
            found[EventType.SONG_POSITION] = song_position_token(self.tokenizer, time, self.song_length_ms)
        return found

    def _required(self) -> list[EventType]:
        """Kinds that every prompt of the template shows, whatever its flags (a published habit the weights know)."""
        outputs = [ContextType(name) for name in self.template.outputs]
        required = []
        if any(_tells_kiai(kind, self.layout) for kind in outputs):
            required.append(EventType.KIAI)
        if any(_tells_speed(kind, self.layout) for kind in outputs):
            required.append(EventType.SCROLL_SPEED)
        return required

    def _last(self, stream: EventStream, kind: EventType, time: int) -> int:
        """Id of the last event of ``kind``, in list order, whose time is before ``time``."""
        pairs = zip(reversed(stream.events), reversed(stream.times), strict=True)
        last = next((event for event, at in pairs if event.type == kind and at < time), _DEFAULTS[kind])
        return self.tokenizer.encode(last)

    def _pre_tokens(self, stream: EventStream, time: int, limit: int | None) -> list[int]:
        if not (self.layout.add_pre_tokens or self.layout.add_pre_tokens_at_step >= 0):
            return []
        ids = self._encoded(events_between(stream, time - self.window_ms, time), time)
        if self.layout.max_pre_token_len >= 0:
            ids = _tail(ids, self.layout.max_pre_token_len)
        return _tail(ids, limit)

    def _window_ids(self, stream: EventStream, time: int, limit: int | None) -> list[int]:
        return _tail(self._encoded(events_between(stream, time, time + self.window_ms), time), limit)

    def _encoded(self, events: Sequence[Event], time: int) -> list[int]:
        span = self.tokenizer.event_range[EventType.TIME_SHIFT]
        return [self.tokenizer.encode(_relative(event, time, span.minimum, span.maximum)) for event in events]

    def _type_id(self, ids: dict[ContextType, int], kind: ContextType, typed: bool) -> list[int]:
        return [ids[kind]] if typed and kind in ids else []


def events_between(stream: EventStream, start: float, end: float) -> list[Event]:
    """Events from behind the last one earlier than ``start`` to the last one earlier than ``end`` (ms).

    Times are not always in order, so this is neither a filter nor a binary search.
    """
    return stream.events[_behind_last_before(stream.times, start) : _behind_last_before(stream.times, end)]


def _behind_last_before(times: Sequence[int], limit: float) -> int:
    for index in range(len(times) - 1, -1, -1):
        if times[index] < limit:
            return index + 1
    return 0


def _relative(event: Event, time: int, low: int, high: int) -> Event:
    """``event`` with a TIME_SHIFT in steps since ``time``, clipped to the vocabulary."""
    if event.type != EventType.TIME_SHIFT:
        return event
    return Event(EventType.TIME_SHIFT, min(max(int((event.value - time) / MS_PER_STEP), low), high))


def _tail(ids: list[int], limit: int | None) -> list[int]:
    return ids if limit is None else ids[max(len(ids) - limit, 0) :]


def _left_padded(ids: list[int], length: int, pad: int) -> list[int]:
    return [pad] * (length - len(ids)) + _tail(ids, length)


def _tells_kiai(kind: ContextType, layout: DataLayout) -> bool:
    return kind == ContextType.KIAI or (layout.add_kiai and kind in (ContextType.GD, ContextType.MAP))


def _tells_speed(kind: ContextType, layout: DataLayout) -> bool:
    in_map = layout.add_sv or layout.add_mania_sv
    return kind == ContextType.SV or (in_map and kind in (ContextType.GD, ContextType.MAP))
