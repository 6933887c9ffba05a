"""Finds the reference data (golden, conformance, corpus) beside the project."""

from __future__ import annotations

import gzip
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MAPPER_SHARED", ROOT.parent / "shared"))


def cases(pattern: str) -> list[Any]:
    """Files below the shared folder that match ``pattern``, as pytest parameters.

    Without the folder: one parameter that skips with the reason, or fails when MAPPER_REQUIRE_SHARED=1.
    """
    found = sorted(SHARED.glob(pattern))
    if found:
        return [pytest.param(path, id=path.relative_to(SHARED).as_posix()) for path in found]
    return [pytest.param(SHARED / pattern, id=f"absent:{pattern}")]


def need(path: Path) -> Path:
    """``path`` if it exists; otherwise skip the test with the reason (or fail with MAPPER_REQUIRE_SHARED=1)."""
    if path.exists():
        return path
    reason = f"reference data not found: {path} (set MAPPER_SHARED)"
    if os.environ.get("MAPPER_REQUIRE_SHARED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@lru_cache(maxsize=8)
def load_json(path: Path) -> Any:
    """Parsed ``.json`` or ``.json.gz``; skips when absent. Treat the result as read-only."""
    need(path)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as handle:
        return json.load(handle)
