"""Reports from the loop to whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class ProgressStep:
    """Where a pass stands after a decode call, or, with ``done`` 0, before its first one.

    ``context`` is the wire name of what is written (all names joined by ``+`` in parallel mode); ``tokens`` and
    ``seconds`` are those of the last decode call.
    """

    context: str
    done: int  # windows
    total: int
    tokens: int = 0
    seconds: float = 0.0


# Called after each decode call. An exception that it raises ends the run; nothing has been written by then.
Progress = Callable[[ProgressStep], None]


def no_progress(step: ProgressStep) -> None:
    """Takes a report and does nothing."""


@dataclass(frozen=True)
class PassStats:
    """Work of one pass."""

    tokens: int = 0
    seconds: float = 0.0  # in decode calls

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds > 0 else 0.0
