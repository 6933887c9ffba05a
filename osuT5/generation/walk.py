"""What a pass over the windows is given, and one decode call of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..config import Sampling
from ..events.event import ContextType
from ..windows import WindowGeometry, Windows
from .contexts import OutContext
from .engine import AllowedTimes, DecodeRequest, Engine, RowConditions
from .grid import Grid
from .progress import Progress, no_progress
from .prompt import Prompt, PromptBuilder
from .state import PassState


@dataclass(frozen=True)
class Walk:
    """One pass over the windows of a song. ``outs`` are the contexts as they are before the first window."""

    builder: PromptBuilder
    outs: tuple[OutContext, ...]
    windows: Windows
    geometry: WindowGeometry
    sampling: Sampling
    conditions: RowConditions  # of the song; its position is set for each window
    lane: int = 0  # which of several maps in shared decode calls this is
    grid: Grid | None = None  # where times of the map may lie

    @property
    def types_first(self) -> bool:
        return self.builder.layout.types_first

    def window_end(self, start: float) -> float:
        """Where the window that starts at ``start`` ends for the times of slider anchors (ms)."""
        return start + (1 - self.builder.layout.lookahead) * self.geometry.window_ms

    def times_at(self, start: int, kind: ContextType) -> AllowedTimes | None:
        """Times that a context may use in the window at ``start`` ms; None: any."""
        if self.grid is None or kind != ContextType.MAP:
            return None
        return self.grid.allowed(start, self.geometry.window_ms)

    def conditions_at(self, start: int) -> RowConditions:
        """Encoder conditions of the window at ``start`` ms (spec 03 section 7.5)."""
        length, end = self.builder.song_length_ms, start + self.geometry.window_ms
        position = (start / length, end / length) if length > 0 else (0.0, 0.0)
        return replace(self.conditions, song_position=position)


@dataclass(frozen=True)
class Row:
    """One window to decode; ``window`` is its index in the engine's audio, ``lane`` the stream that it samples from."""

    window: int
    prompt: Prompt
    conditions: RowConditions
    lane: int = 0
    times: AllowedTimes | None = None  # None: any


@dataclass(frozen=True)
class Watch:
    """Who follows a pass: reports go to ``progress``, the state after each decode call to ``save``."""

    progress: Progress = no_progress
    save: Callable[[PassState], None] | None = None

    def saved(self, state: PassState) -> PassState:
        if self.save is not None:
            self.save(state)
        return state


@dataclass(frozen=True)
class Decoded:
    """New ids of each row, and the work it took."""

    rows: list[list[int]]
    tokens: int
    seconds: float


def decode(
    engine: Engine,
    rows: Sequence[Row],
    sampling: Sampling,
    stops: frozenset[int],
    max_length: int,
    *,
    lookback_ms: float = 0.0,
    pad_to: int = 0,
) -> Decoded:
    """One call of the engine."""
    negative = [row.prompt.negative for row in rows if row.prompt.negative is not None]
    request = DecodeRequest(
        windows=[row.window for row in rows],
        prompts=[row.prompt.ids for row in rows],
        negative_prompts=negative if sampling.cfg_scale > 1 else None,
        conditions=[row.conditions for row in rows],
        sampling=sampling,
        stop_ids=stops,
        lookback_ms=lookback_ms,
        max_length=max_length,
        pad_to=pad_to,
        lanes=[row.lane for row in rows],
        times=[row.times for row in rows],
    )
    started = time.perf_counter()
    ids = engine.decode(request)
    return Decoded(ids, sum(map(len, ids)), time.perf_counter() - started)
