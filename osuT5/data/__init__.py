"""Data sets: building, reading, caching, and the windows that models train on (spec 05).

Importing this package loads no torch; batches come from :func:`osuT5.data.loader.build_loader`.
"""

from .errors import BadTrack, DataError
from .options import DataOptions, data_options
from .report import SkipReport

__all__ = ["BadTrack", "DataError", "DataOptions", "SkipReport", "data_options"]
