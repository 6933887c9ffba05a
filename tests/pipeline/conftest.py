"""The song and the reference map of the request tests."""

from __future__ import annotations

from ..request.conftest import reference, song

__all__ = ["reference", "song"]
