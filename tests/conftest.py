"""Threads, and counts per parity set at the end of a run."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from .shared_data import SHARED

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before torch or numpy load: tiny models run faster, and alike everywhere

PROPERTY = "parity_set"
OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


def _set_of_path(path: Path) -> str | None:
    """The folder under the shared data that ``path`` lies in (or is); patterns count as the folder before the first star."""
    try:
        parts = path.relative_to(SHARED).parts
    except ValueError:
        return None
    plain = [part for part in parts if "*" not in part]
    folder = plain if len(plain) < len(parts) or path.is_dir() else plain[:-1]
    return "/".join(folder) or "."


def parity_set(item: pytest.Item) -> str:
    """The set that a parity test counts to: the folder of its first shared path, otherwise its own file."""
    params: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    found = (_set_of_path(value) for value in params.values() if isinstance(value, Path))
    return next((name for name in found if name), item.nodeid.split("::")[0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("parity"):
            item.user_properties.append((PROPERTY, parity_set(item)))


def count_by_set(stats: dict[str, list[Any]]) -> dict[str, Counter[str]]:
    """Outcomes per parity set, from the terminal reporter's lists of reports."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in OUTCOMES:
        for report in stats.get(outcome, []):
            name = dict(getattr(report, "user_properties", ())).get(PROPERTY)
            if name:
                counts[name][outcome] += 1
    return dict(sorted(counts.items()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts = count_by_set(terminalreporter.stats)
    if not counts:
        return
    terminalreporter.section("parity sets")
    width = max(map(len, counts))
    for name, outcomes in counts.items():
        shown = ", ".join(f"{outcomes[key]} {key}" for key in OUTCOMES if outcomes[key] or key in ("passed", "skipped"))
        terminalreporter.write_line(f"{name:<{width}}  {shown}")
