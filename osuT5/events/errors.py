"""The error of this room."""

from __future__ import annotations


class EventError(ValueError):
    """A map or a list of timing lines that cannot be written as events."""
