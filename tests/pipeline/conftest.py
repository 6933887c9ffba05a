"""The song and the reference map of the request tests; a model that writes well-formed maps."""

from __future__ import annotations

from pathlib import Path

import pytest

from osuT5.model.debug import build_debug_bundle

from ..request.conftest import reference, song
from .making import write_song

__all__ = ["reference", "song"]


@pytest.fixture(scope="session")
def debug_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the V29 kind."""
    return build_debug_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def clicks(tmp_path: Path) -> Path:
    """Six seconds of clicks, in a folder of their own."""
    return write_song(tmp_path / "in" / "clicks.wav")
