"""Groups: one type event and the attributes around it (spec 01 section 8.5, spec 03 section 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .event import TYPE_EVENTS, Event, EventType


@dataclass(slots=True)
class Group:
    """One type event with its attributes. Positions in osu! pixels; ``indices`` are the positions of its events."""

    type: EventType | None = None
    value: int = 0
    time: float = 0  # ms; 0 when no time was given
    distance: int | None = None
    x: float | None = None
    y: float | None = None
    new_combo: bool = False
    hitsounds: list[int] = field(default_factory=list)  # addition bits: whistle 2, finish 4, clap 8
    sample_sets: list[int] = field(default_factory=list)  # 1..3
    additions: list[int] = field(default_factory=list)  # 1..3
    volumes: list[int] = field(default_factory=list)
    scroll_speed: float | None = None
    indices: list[int] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Note an attribute; later values of the same kind win, sounds and volumes add up. Others are ignored."""
        kind, value = event
        if kind is EventType.TIME_SHIFT:
            self.time = value
        elif kind is EventType.POS_X:
            self.x = value
        elif kind is EventType.POS_Y:
            self.y = value
        elif kind is EventType.HITSOUND:
            self.hitsounds.append(value % 8 * 2)
            self.sample_sets.append(value // 8 % 3 + 1)
            self.additions.append(value // 24 % 3 + 1)
        elif kind is EventType.VOLUME:
            self.volumes.append(value)
        elif kind is EventType.DISTANCE:
            self.distance = value
        elif kind is EventType.NEW_COMBO:
            self.new_combo = True
        elif kind is EventType.SCROLL_SPEED:
            self.scroll_speed = value / 100


def group_events(events: Sequence[Event], times: Sequence[int] | None = None, types_first: bool = True) -> list[Group]:
    """Groups in order. With ``times`` (one per event, ms) a group's time is that of its type event.

    POS, POS_REFINE and MANIA_COLUMN are ignored: turn them into POS_X and POS_Y first. Attributes without a type event
    belong to the first group (types first, at the start), or are dropped and only listed in the last group's indices.
    """
    groups: list[Group] = []
    current = Group()
    for index, event in enumerate(events):
        if event.type not in TYPE_EVENTS:
            if times is None or event.type is not EventType.TIME_SHIFT:
                current.take(event)
            current.indices.append(index)
            continue
        if types_first and current.type is not None:
            groups.append(current)
            current = Group()
        current.type, current.value = event.type, event.value
        current.indices.append(index)
        if times is not None:
            current.time = times[index]
        if not types_first:
            groups.append(current)
            current = Group()
    if types_first and current.type is not None:
        groups.append(current)
    elif groups:
        groups[-1].indices.extend(current.indices)
    return groups
