"""Which events each window shows and which it scores: every event is scored in one window (spec 06 section 1.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..events.event import EventStream
from ..generation.contexts import OutContext
from ..generation.prompt import PromptBuilder
from ..windows import WindowGeometry, Windows


class EventTimes:
    """Finds borders in a list of times (ms) that need not be in order."""

    def __init__(self, times: Sequence[int]) -> None:
        values = np.asarray(times, dtype=np.float64)
        # The earliest time from each place on never falls, so "the last event before" is a binary search.
        self._earliest = np.minimum.accumulate(values[::-1])[::-1]

    def border(self, time: float) -> int:
        """The index behind the last event earlier than ``time``."""
        return int(np.searchsorted(self._earliest, time, side="left"))


@dataclass(frozen=True)
class Span:
    """Events of one context in one prompt: indices into its stream, ends exclusive."""

    before: int  # events earlier than the window
    start: int  # first event of the prompt; later than ``before`` where the window holds too many
    stop: int
    scored_start: int
    scored_stop: int
    whole: bool  # the prompt shows the context up to the end of the window
    position: int = 0  # place of event ``start`` among the ids

    @property
    def size(self) -> int:
        return self.stop - self.start

    @property
    def lost(self) -> int:
        """Events to score that the prompt has no room for."""
        return max(0, min(self.start, self.scored_stop) - self.scored_start)

    def shown(self, stream: EventStream) -> EventStream:
        """The stream as the prompt needs it: what was before the window, for the tokens of state, and the span."""
        return EventStream(
            stream.events[: self.before] + stream.events[self.start : self.stop],
            stream.times[: self.before] + stream.times[self.start : self.stop],
        )


@dataclass(frozen=True)
class ScoringPrompt:
    """One window: its ids, and where the events of each context are among them."""

    window: int
    time: int  # ms
    ids: list[int]
    spans: tuple[Span, ...]


class ScoringPrompts:
    """Prompts that hold all contexts of a finished map, each up to the last event that matters."""

    def __init__(
        self, builder: PromptBuilder, outs: Sequence[OutContext], windows: Windows, geometry: WindowGeometry
    ) -> None:
        self.builder, self.outs, self.windows, self.geometry = builder, tuple(outs), windows, geometry
        self._times = [EventTimes(out.stream.times) for out in outs]

    def slice_start(self, window: int) -> float:
        """Where the scored part of a window starts (ms); the first one also scores what is before."""
        return -np.inf if window == 0 else self.windows.times[window] + self.geometry.lookback_ms

    def slice_end(self, window: int) -> float:
        """Where the scored part ends: where that of the next window starts."""
        return np.inf if window == len(self.windows) - 1 else self.slice_start(window + 1)

    def prompt(self, window: int) -> ScoringPrompt:
        """Raises ``PromptError`` where not even an empty window fits."""
        time = self.windows.times[window]
        spans = self._fitted([self._span(context, window) for context in range(len(self.outs))], time)
        ids = self.builder.build(self._shown(spans), time).ids
        return ScoringPrompt(window, time, ids, self._placed(spans, len(ids)))

    def _span(self, context: int, window: int) -> Span:
        times, time = self._times[context], self.windows.times[window]
        start, stop = times.border(time), times.border(time + self.geometry.window_ms)
        first = min(max(times.border(self.slice_start(window)), start), stop)
        end = max(min(times.border(self.slice_end(window)), stop), first)
        last = context == len(self.outs) - 1  # nothing sees what comes later in the last context
        return Span(start, start, end if last else stop, first, end, whole=not last or end == stop)

    def _fitted(self, spans: list[Span], time: int) -> list[Span]:
        """Spans without their oldest events where the prompt would be too long; later contexts give way first."""
        target = self.builder.layout.tgt_seq_len
        wanted = sum(span.size for span in spans)
        if wanted < target // 2:  # room for whatever else the prompt holds
            return spans
        empty = [replace(span, start=span.stop) for span in spans]
        excess = wanted - (target - 1 - len(self.builder.build(self._shown(empty), time).ids))
        for context in reversed(range(len(spans))):
            dropped = min(max(excess, 0), spans[context].size)
            spans[context] = replace(spans[context], start=spans[context].start + dropped)
            excess -= dropped
        return spans

    def _shown(self, spans: Sequence[Span]) -> list[OutContext]:
        return [
            OutContext(out.kind, span.shown(out.stream), given=True) for out, span in zip(self.outs, spans, strict=True)
        ]

    def _placed(self, spans: Sequence[Span], length: int) -> tuple[Span, ...]:
        """Spans with their places, counted from the end of the prompt: the last context has no closing id there."""
        tokenizer, typed = self.builder.tokenizer, self.builder.layout.add_out_context_types
        placed: list[Span] = []
        end = length
        for out, span in zip(reversed(self.outs), reversed(spans), strict=True):
            end -= int(bool(placed) and typed and out.kind in tokenizer.context_eos)
            placed.append(replace(span, position=end - span.size))
            end -= span.size + int(typed and out.kind in tokenizer.context_sos)
        return tuple(reversed(placed))
