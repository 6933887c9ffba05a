"""What this room raises."""

from __future__ import annotations


class TrainingError(ValueError):
    """Options, weights or files that a run can't go on with; the message is one line."""


class DivergedError(TrainingError):
    """The loss or the gradient is not a number any more."""
