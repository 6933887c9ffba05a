"""Options to a complete request: checks, values from a reference map or the song's tags, defaults, tags (spec 03 section 3)."""

from .errors import NotYetError, OptionError, RequestError
from .request import Request, complete

__all__ = ["NotYetError", "OptionError", "Request", "RequestError", "complete"]
