"""Groups to drafts of objects: what starts, what ends, and what is left open (spec 03 section 14)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .event import EventType
from .groups import Group

Point = tuple[float, float]

_ANCHOR_LETTERS = {
    EventType.BEZIER_ANCHOR: "B",
    EventType.PERFECT_ANCHOR: "P",
    EventType.CATMULL_ANCHOR: "C",
    EventType.RED_ANCHOR: "B",
    EventType.LAST_ANCHOR: "B",
}


@dataclass(slots=True)
class CircleDraft:
    group: Group


@dataclass(slots=True)
class SpanDraft:
    """A hold note, drum roll, denden or spinner: ``kind`` is the type of its start."""

    kind: EventType
    start: Group
    end: Group


@dataclass(slots=True)
class SliderDraft:
    """``curve`` is the letter of the first anchor; ``last`` is the latest last anchor (span time and body sounds)."""

    head: Group
    curve: str
    anchors: list[Point]
    last: Group
    end: Group


@dataclass(slots=True)
class KiaiDraft:
    group: Group


@dataclass(slots=True)
class ScrollDraft:
    group: Group


Draft = CircleDraft | SpanDraft | SliderDraft | KiaiDraft | ScrollDraft

_STARTS = {
    EventType.HOLD_NOTE_END: EventType.HOLD_NOTE,
    EventType.DRUMROLL_END: EventType.DRUMROLL,
    EventType.DENDEN_END: EventType.DENDEN,
    EventType.SPINNER_END: EventType.SPINNER,
}
_SPAN_TYPES = frozenset(_STARTS.values())


class ObjectAssembler:
    """Takes groups one by one and gives each object when it is complete.

    Groups must have positions. ``single_pending_hold``: one hold note can be open at a time (published); otherwise one
    a column. ``warnings`` tells of starts that never ended.
    """

    def __init__(self, single_pending_hold: bool) -> None:
        self.single_pending_hold = single_pending_hold
        self.warnings: list[str] = []
        self._spans: dict[tuple[EventType, int], Group] = {}
        self._head: Group | None = None
        self._last: Group | None = None
        self._anchors: list[Point] = []
        self._curve = ""

    def feed(self, group: Group) -> Draft | None:
        """The object or change that this group completes, if any."""
        kind = group.type
        if kind is EventType.CIRCLE:
            return CircleDraft(group)
        if kind in _ANCHOR_LETTERS:
            self._add_anchor(group, _ANCHOR_LETTERS[kind])
        elif kind is EventType.SLIDER_HEAD:
            self._start_slider(group)
        elif kind is EventType.SLIDER_END:
            return self._end_slider(group)
        elif kind in _SPAN_TYPES:
            self._start_span(kind, group)
        elif kind in _STARTS:
            return self._end_span(_STARTS[kind], group)
        elif kind is EventType.KIAI:
            return KiaiDraft(group)
        elif kind is EventType.SCROLL_SPEED_CHANGE:
            return ScrollDraft(group)
        return None

    def reopen(self, slider: SliderDraft) -> None:
        """Take a slider back as pending: the published system skips a slider without length but keeps its head."""
        self._head, self._last = slider.head, slider.last
        self._anchors, self._curve = slider.anchors, slider.curve

    def close(self) -> None:
        """Warn about everything that is still open after the last group."""
        for (kind, _), start in self._spans.items():
            self.warnings.append(f"{kind.value} at {start.time} ms never ends, dropped")
        if self._head is not None:
            self.warnings.append(f"{EventType.SLIDER_HEAD.value} at {self._head.time} ms never ends, dropped")

    def _key(self, kind: EventType, group: Group) -> tuple[EventType, int]:
        column = kind is EventType.HOLD_NOTE and not self.single_pending_hold
        return kind, round(group.x or 0) if column else 0

    def _start_span(self, kind: EventType, group: Group) -> None:
        key = self._key(kind, group)
        if key in self._spans:
            self._replaced(kind, self._spans[key], group)
        self._spans[key] = group

    def _end_span(self, kind: EventType, group: Group) -> SpanDraft | None:
        key = self._key(kind, group)
        if key not in self._spans:
            # An end whose column is wrong or missing still means the only one that is open.
            open_keys = [other for other in self._spans if other[0] is kind]
            if len(open_keys) != 1:
                return None
            key = open_keys[0]
        return SpanDraft(kind, self._spans.pop(key), group)

    def _start_slider(self, group: Group) -> None:
        if self._head is not None:
            self._replaced(EventType.SLIDER_HEAD, self._head, group)
        self._head, self._last, self._anchors, self._curve = group, None, [], ""

    def _replaced(self, kind: EventType, old: Group, new: Group) -> None:
        self.warnings.append(f"{kind.value} at {old.time} ms has no end before the next at {new.time} ms, dropped")

    def _add_anchor(self, group: Group, letter: str) -> None:
        point = (group.x or 0.0, group.y or 0.0)
        if group.type is EventType.LAST_ANCHOR:
            repeated, self._last = self._last is not None, group
            if repeated:
                return
        self._curve = self._curve or letter
        self._anchors.append(point)
        if group.type is EventType.RED_ANCHOR:
            self._anchors.append(point)

    def _end_slider(self, group: Group) -> SliderDraft | None:
        if self._head is None or self._last is None:
            return None
        slider = SliderDraft(self._head, self._curve, self._anchors, self._last, group)
        self._head = None
        return slider


def assemble(groups: Iterable[Group], single_pending_hold: bool) -> Iterator[Draft]:
    """All drafts of ``groups`` in the order they complete."""
    assembler = ObjectAssembler(single_pending_hold)
    for group in groups:
        draft = assembler.feed(group)
        if draft is not None:
            yield draft
