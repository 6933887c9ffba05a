"""Places as cells and back: POS_X and POS_Y, POS and POS_REFINE, MANIA_COLUMN (spec 01 sections 6.3 to 6.5, spec 03 section 8.2)."""

from __future__ import annotations

from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import DataLayout
from .event import Event, EventStream, EventType

Floats = NDArray[np.float64]

MANIA_WIDTH, MANIA_Y = 512, 192
_make = partial(tuple.__new__, Event)  # a named tuple without the cost of its own constructor


def position_events(places: Floats, layout: DataLayout) -> list[list[Event]]:
    """Events of places (count, 2) in osu! pixels: one list per kind of event, in the order of a group."""
    size = layout.position_precision
    left, right, top, bottom = (edge / size for edge in layout.position_range)
    column = np.trunc(np.minimum(np.maximum(places[:, 0] / size, left), right))
    row = np.trunc(np.minimum(np.maximum(places[:, 1] / size, top), bottom))
    if layout.position_split_axes:
        return [events_of(EventType.POS_X, column), events_of(EventType.POS_Y, row)]
    columns = right - left + 1
    result = [events_of(EventType.POS, (column - left) + (row - top) * columns)]
    step = layout.position_refinement
    if step:
        steps = size // step
        # the remainder is floored while the cell is truncated: a quirk that tokens keep
        fine = np.minimum(np.maximum(places % size // step, 0), steps - 1)
        result.append(events_of(EventType.POS_REFINE, fine[:, 0] + fine[:, 1] * steps))
    return result


def column_events(x: Floats, keys: int) -> list[Event]:
    """MANIA_COLUMN events of horizontal places in osu! pixels."""
    return events_of(EventType.MANIA_COLUMN, np.trunc(np.minimum(np.maximum(x / 512 * keys, 0), keys - 1)))


def expand_positions(stream: EventStream, layout: DataLayout) -> EventStream:
    """The stream with positions as POS_X and POS_Y in osu! pixels.

    Joint cells become the centre of the cell, or the refined place when POS_REFINE follows (it stays in the list).
    """
    if layout.position_split_axes:
        size = layout.position_precision
        axes = (EventType.POS_X, EventType.POS_Y)
        scaled = [Event(event.type, event.value * size) if event.type in axes else event for event in stream.events]
        return EventStream(scaled, list(stream.times))
    result = EventStream()
    following = [*stream.events, None][1:]
    for event, time, after in zip(stream.events, stream.times, following, strict=True):
        if event.type is EventType.POS:
            refine = after.value if after is not None and after.type is EventType.POS_REFINE else None
            _append_place(result, time, *_pixels(event.value, refine, layout))
        else:
            result.events.append(event)
            result.times.append(time)
    return result


def expand_columns(stream: EventStream, keycount: int) -> EventStream:
    """The stream with mania columns as POS_X and POS_Y in osu! pixels, at the middle of the column."""
    result = EventStream()
    for event, time in zip(stream.events, stream.times, strict=True):
        if event.type is EventType.MANIA_COLUMN:
            _append_place(result, time, int((event.value + 0.5) * MANIA_WIDTH / keycount), MANIA_Y)
        else:
            result.events.append(event)
            result.times.append(time)
    return result


def _pixels(cell: int, refine: int | None, layout: DataLayout) -> tuple[int, int]:
    size, step = layout.position_precision, layout.position_refinement
    left, right, top, _ = layout.position_range
    columns = (right - left) // size + 1
    x, y = (cell % columns + left // size) * size, (cell // columns + top // size) * size
    if refine is None or not step:
        half = size // 2 if size > 1 else 0
        return x + half, y + half
    steps = size // step
    return x + refine % steps * step, y + refine // steps * step


def _append_place(stream: EventStream, time: int, x: int, y: int) -> None:
    stream.events += (Event(EventType.POS_X, x), Event(EventType.POS_Y, y))
    stream.times += (time, time)


def events_of(kind: EventType, values: NDArray[Any]) -> list[Event]:
    """An event of each whole number in ``values``."""
    return list(map(_make, zip(repeat(kind), values.astype(np.int64).tolist(), strict=False)))
