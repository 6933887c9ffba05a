"""Groups of a stream under the names that a mapper knows (spec 06 section 1.6)."""

from __future__ import annotations

from dataclasses import dataclass

from ..events.event import BEAT_TYPES, NON_TIMED, TYPE_EVENTS, EventStream, EventType
from ..events.groups import Group, group_events

TIMING_GROUPS = BEAT_TYPES
OBJECT_GROUPS = TYPE_EVENTS - BEAT_TYPES - {EventType.KIAI, EventType.SCROLL_SPEED_CHANGE}
_PLACES = frozenset({EventType.POS_X, EventType.POS, EventType.MANIA_COLUMN})
_SOUNDS = frozenset({EventType.HITSOUND, EventType.VOLUME})


def type_name(kind: EventType) -> str:
    """``slider_head`` -> ``Slider Head``."""
    return kind.value.replace("_", " ").title()


@dataclass(frozen=True)
class NamedGroup:
    """A group with its place in the stream's list of groups, its name and whether it has a place on the playfield."""

    number: int
    group: Group
    name: str
    placed: bool

    @property
    def type(self) -> EventType:
        assert self.group.type is not None  # every group of a stream has its type event
        return self.group.type


class StreamGroups:
    """The groups of a stream, and which of them each event belongs to."""

    def __init__(self, stream: EventStream, types_first: bool) -> None:
        self.events = stream.events
        self.groups: list[NamedGroup] = []
        self._of_event: dict[int, int] = {}
        anchors = 1  # of the current slider, its head included; beats may lie between them
        for number, group in enumerate(group_events(stream.events, stream.times, types_first)):
            assert group.type is not None
            if group.type is EventType.SLIDER_HEAD:
                anchors = 1
            anchors += group.type in NON_TIMED
            name = type_name(group.type) + (f" #{anchors}" if group.type in NON_TIMED else "")
            placed = any(stream.events[index].type in _PLACES for index in group.indices)
            self.groups.append(NamedGroup(number, group, name, placed))
            self._of_event.update(dict.fromkeys(group.indices, number))

    def of(self, index: int) -> NamedGroup:
        """The group of the event at ``index``. Raises ``KeyError`` for events that belong to none."""
        return self.groups[self._of_event[index]]

    def has(self, index: int) -> bool:
        return index in self._of_event

    def after(self, group: NamedGroup) -> NamedGroup | None:
        """The group that follows."""
        return self.groups[group.number + 1] if group.number + 1 < len(self.groups) else None

    def next_beat(self, group: NamedGroup) -> NamedGroup | None:
        """The next beat, measure or timing point behind ``group``."""
        later = self.groups[group.number + 1 :]
        return next((each for each in later if each.type in TIMING_GROUPS), None)

    def placed_before(self, group: NamedGroup) -> NamedGroup | None:
        """The nearest earlier group that has a place on the playfield."""
        return next((each for each in reversed(self.groups[: group.number]) if each.placed), None)

    def name_at(self, index: int) -> str:
        """Name of the group of an event; sounds of a slider's body and repeats have names of their own."""
        group = self.of(index)
        kind = self.events[index].type
        if group.type is not EventType.LAST_ANCHOR or kind not in _SOUNDS:
            return group.name
        earlier = self._since_time(index, kind)
        return f"Slider Repeat #{earlier}" if earlier else "Slider Body"

    def _since_time(self, index: int, kind: EventType) -> int:
        """Events of a kind between the last TIME_SHIFT and ``index``."""
        count = 0
        for event in reversed(self.events[:index]):
            if event.type is EventType.TIME_SHIFT:
                break
            count += event.type is kind
        return count
