"""Values of events in words (spec 06 section 1.7)."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import DataLayout
from ..events.event import Event, EventType

END_OF_SEQUENCE = "End of sequence"
_SETS = ("normal", "soft", "drum")
_ADDITIONS = ((1, "whistle"), (2, "finish"), (4, "clap"))


def clock(time: float) -> str:
    """Milliseconds as the editor shows them: ``mm:ss:mmm``."""
    total = max(int(time), 0)
    return f"{total // 60000:02d}:{total // 1000 % 60:02d}:{total % 1000:03d}"


@dataclass(frozen=True)
class Words:
    """Puts events of one layout in words; ``ends`` are the ids that end a sequence."""

    layout: DataLayout
    ends: frozenset[int] = frozenset()

    def of(self, event: Event) -> str:
        """The value of an event, without its type where the value says enough."""
        kind, value = event
        if kind in (EventType.POS_X, EventType.POS_Y):
            return f"{kind.value[-1]}:{value * self.layout.position_precision}"
        if kind is EventType.POS:
            return self._cell(value)
        if kind is EventType.POS_REFINE:
            return self._refinement(value)
        if kind is EventType.CONTROL:
            return END_OF_SEQUENCE if value in self.ends else f"{kind.value}{value}"
        return _plain(kind, value)

    def _cell(self, value: int) -> str:
        size = self.layout.position_precision
        left, right, top, _ = self.layout.position_range
        columns = (right - left) // size + 1
        x, y = (value % columns + left // size) * size, (value // columns + top // size) * size
        return f"x:{x + size // 2} y:{y + size // 2}"

    def _refinement(self, value: int) -> str:
        step = self.layout.position_refinement or 1
        steps = self.layout.position_precision // step
        return f"x+{value % steps * step} y+{value // steps * step}"


def _plain(kind: EventType, value: int) -> str:
    if kind is EventType.TIME_SHIFT:
        return clock(value)
    if kind is EventType.DISTANCE:
        return str(value)
    if kind is EventType.MANIA_COLUMN:
        return str(value + 1)
    if kind is EventType.VOLUME:
        return f"{value}%"
    if kind is EventType.SNAPPING:
        return f"1/{value}" if value else "none"
    if kind is EventType.SCROLL_SPEED:
        return f"x{value / 100:.2f}"
    if kind is EventType.HITSOUND:
        return hitsound(value)
    return f"{kind.value}{value}"


def hitsound(value: int) -> str:
    """``<sample set>:<addition set>-<additions or none>`` of bits + 8 set + 24 addition set."""
    additions = ":".join(name for bit, name in _ADDITIONS if value & bit) or "none"
    return f"{_SETS[value // 8 % 3]}:{_SETS[value // 24 % 3]}-{additions}"
