"""The small data set, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.small_set import write_set


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("small_set"))
