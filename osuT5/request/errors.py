"""What a user is told when a request cannot be met: always one line."""

from __future__ import annotations


class RequestError(ValueError):
    """A request that cannot be met, such as a file that is missing."""


class OptionError(RequestError):
    """An option with a value that cannot be used; the line names the option, the value found and what is accepted."""
