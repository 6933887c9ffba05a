"""What this room raises."""

from __future__ import annotations


class DataError(ValueError):
    """Options or a data set that cannot be used; the message names what was found and what is accepted."""


class BadTrack(DataError):
    """One map or set that is left out; ``code`` is the reason for the report, the message says what was met."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
