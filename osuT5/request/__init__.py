"""Options to a complete request: checks, values from a reference map or the song's tags, defaults, tags (spec 03 section 3)."""

from .errors import OptionError, RequestError
from .request import Request, complete, complete_all
from .several import Naming
from .songs import find_songs

__all__ = [
    "Naming",
    "OptionError",
    "Request",
    "RequestError",
    "complete",
    "complete_all",
    "find_songs",
]
