"""The border between the many-window loop and the model: what one decode call is asked and what it answers.

The loop (prompts, windows, contexts) knows only this protocol; the model side implements it over a cache, and tests
implement it with a table of recorded ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..config import Sampling


@dataclass(frozen=True)
class RowConditions:
    """Encoder conditions of one window; used only by models that embed them (spec 03 section 7.5)."""

    difficulty: float = 5.0  # stars
    mapper_index: int = -1  # -1: unknown
    beatmap_index: int = -1
    song_position: tuple[float, float] = (0.0, 0.0)  # start and end as fractions of the song


@dataclass(frozen=True)
class QuickReach:
    """How far an object may be from where the last one ended at most ``steps`` (TIME_SHIFT values) before.

    ``cells`` of the grid of places, which has ``columns`` columns.
    """

    steps: int
    cells: float
    columns: int


@dataclass(frozen=True)
class AllowedTimes:
    """What a row may say about time, in TIME_SHIFT values, and about places that times are near.

    ``snappings``: the SNAPPING value that goes with each step. ``apart``: least steps from the start or
    end of an object to the next time.
    """

    steps: tuple[int, ...]
    snappings: tuple[int, ...]
    apart: int = 0
    keys: int = 0  # of mania: columns that there are; 0: any
    quick: QuickReach | None = None


@dataclass(frozen=True)
class DecodeRequest:
    """A batch of windows to decode together. Lists have one entry a row."""

    windows: Sequence[int]  # index of each row's window in the audio that the engine was given
    prompts: Sequence[Sequence[int]]  # unpadded ids, complete up to the first id to generate
    negative_prompts: Sequence[Sequence[int]] | None  # given exactly when sampling.cfg_scale > 1
    conditions: Sequence[RowConditions]
    sampling: Sampling
    stop_ids: frozenset[int]
    lookback_ms: float  # 0 where look-back rules are off
    max_length: int  # prompt and new ids together, per row
    pad_to: int = 0  # left-pad prompts to at least this length (parallel mode pads to the longest of all windows)
    times: Sequence[AllowedTimes | None] = ()  # of each row; None, or no entries: any
    lanes: Sequence[int] = ()  # the random stream of each row, where the engine has several; empty: the first one


class Engine(Protocol):
    """Generates ids for windows of one song."""

    def decode(self, request: DecodeRequest) -> list[list[int]]:
        """New ids of each row, the stop id included, trailing PAD removed."""
        ...
