"""A checkpoint that is built on the spot."""

from __future__ import annotations

from pathlib import Path

import pytest

from osuT5.model.debug import build_debug_bundle


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny v29 model."""
    return Path(build_debug_bundle(tmp_path_factory.mktemp("modding") / "v29", "v29"))
