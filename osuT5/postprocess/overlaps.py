"""Makes objects that nearly overlap overlap exactly (spec 03 section 13)."""

from __future__ import annotations

from collections.abc import Iterable

from osuT5.events.event import EventType
from osuT5.events.groups import Group

_WINDOW_MS = 1000
_DISTANCE_SQUARED = 3.8 * 3.8
_TYPES = frozenset(
    {
        EventType.CIRCLE,
        EventType.SLIDER_HEAD,
        EventType.RED_ANCHOR,
        EventType.LAST_ANCHOR,
        EventType.SLIDER_END,
    }
)


def snap_near_overlaps(groups: Iterable[Group]) -> None:
    """Move each object onto the earliest one of the last second that lies nearer than 3.8 px. Changes ``groups``.

    Groups without a full position are left out. A position may be handed on several times.
    """
    recent: list[Group] = []
    for group in groups:
        if group.type not in _TYPES or group.x is None or group.y is None:
            continue
        recent = [other for other in recent if abs(other.time - group.time) <= _WINDOW_MS]
        donor = next((other for other in recent if _near(other, group)), None)
        if donor is not None:
            group.x, group.y = donor.x, donor.y
        recent.append(group)


def _near(a: Group, b: Group) -> bool:
    assert a.x is not None and a.y is not None and b.x is not None and b.y is not None
    dx, dy = a.x - b.x, a.y - b.y
    return dx * dx + dy * dy < _DISTANCE_SQUARED
