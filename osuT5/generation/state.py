"""What a run has done so far, as a value: enough to save after any window and to go on from (spec 03 W18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..beatmap.timing_lines import TimingLine
from ..events.event import Event, EventStream, EventType


@dataclass(frozen=True)
class PassState:
    """Progress inside one pass.

    Sequential passes fill ``streams`` (by wire name) and stand before ``window`` of ``context`` (an index into the
    walked contexts). Parallel ones collect ``rows``: new ids of every window so far, in order.
    """

    streams: dict[str, EventStream] = field(default_factory=dict)
    context: int = 0
    window: int = 0
    rows: tuple[tuple[int, ...], ...] = ()
    tokens: int = 0  # generated so far
    seconds: float = 0.0  # spent in decode calls


@dataclass(frozen=True)
class GenerationState:
    """Progress of a whole run: what finished passes left, and where the current one stands.

    ``timing_events`` and ``timing`` are there once a timing pass is done; ``offsets`` (ms) once super timing has drawn
    its shifts. ``current`` is empty at the start of a pass.
    """

    stage: str = "timing"  # the pass that ``current`` belongs to: "timing" or "main"
    current: PassState = PassState()
    offsets: tuple[int, ...] = ()
    timing_events: EventStream | None = None
    timing: tuple[TimingLine, ...] | None = None
    timing_stats: tuple[int, float] = (0, 0.0)  # tokens and seconds of the timing pass

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON; :meth:`from_dict` is its inverse."""
        return {
            "stage": self.stage,
            "current": _pass_to_dict(self.current),
            "offsets": list(self.offsets),
            "timing_events": None if self.timing_events is None else _stream_to_list(self.timing_events),
            "timing": None if self.timing is None else _lines_to_list(self.timing),
            "timing_stats": list(self.timing_stats),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> GenerationState:
        """The state that :meth:`to_dict` wrote. Raises ``ValueError`` for anything else."""
        try:
            events, lines = data["timing_events"], data["timing"]
            return cls(
                stage=str(data["stage"]),
                current=_pass_from_dict(data["current"]),
                offsets=tuple(data["offsets"]),
                timing_events=None if events is None else _stream_from_list(events),
                timing=None if lines is None else _lines_from_list(lines),
                timing_stats=(int(data["timing_stats"][0]), float(data["timing_stats"][1])),
            )
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"not a saved generation: {error!r}") from error


SaveState = Callable[[GenerationState], None]


def _pass_to_dict(state: PassState) -> dict[str, Any]:
    return {
        "streams": {name: _stream_to_list(stream) for name, stream in state.streams.items()},
        "context": state.context,
        "window": state.window,
        "rows": [list(row) for row in state.rows],
        "tokens": state.tokens,
        "seconds": state.seconds,
    }


def _pass_from_dict(data: dict[str, Any]) -> PassState:
    return PassState(
        streams={name: _stream_from_list(stream) for name, stream in data["streams"].items()},
        context=int(data["context"]),
        window=int(data["window"]),
        rows=tuple(tuple(row) for row in data["rows"]),
        tokens=int(data["tokens"]),
        seconds=float(data["seconds"]),
    )


def _stream_to_list(stream: EventStream) -> list[list[Any]]:
    pairs = zip(stream.events, stream.times, strict=True)
    return [[event.type.value, event.value, time] for event, time in pairs]


def _stream_from_list(rows: list[list[Any]]) -> EventStream:
    events = [Event(EventType(name), int(value)) for name, value, _ in rows]
    return EventStream(events, [int(time) for _, _, time in rows])


_LINE_FIELDS = ("offset_us", "beat_length", "meter", "sample_set", "sample_index", "volume", "kiai")


def _lines_to_list(lines: tuple[TimingLine, ...]) -> list[list[Any]]:
    """Fields of each line; the last one is the parent's place in the list, None for red lines."""
    places = {id(line): place for place, line in enumerate(lines)}
    return [
        [*(getattr(line, name) for name in _LINE_FIELDS), None if line.parent is None else places.get(id(line.parent))]
        for line in lines
    ]


def _lines_from_list(rows: list[list[Any]]) -> tuple[TimingLine, ...]:
    lines = tuple(TimingLine(**dict(zip(_LINE_FIELDS, row[:-1], strict=True))) for row in rows)
    for line, row in zip(lines, rows, strict=True):
        line.parent = None if row[-1] is None else lines[row[-1]]
    return lines
