"""Processes that train the starter together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from starter.ranks import Ranks

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path
import torch
from starter.ranks import Ranks
ranks = Ranks("cpu")
parts = [torch.full((2, 3), float(ranks.rank)), torch.tensor([4.0 * ranks.rank])]
ranks.average(parts)
votes = ranks.any(ranks.rank == 1), ranks.any(False)
means = [part.flatten().tolist() for part in parts]
Path(sys.argv[1], str(ranks.rank)).write_text(f"{ranks.first} {means} {votes}")
ranks.close()
"""


def test_alone_nothing_changes() -> None:
    ranks, part = Ranks("cpu"), torch.tensor([3.0])
    ranks.average([part])
    assert part.tolist() == [3.0]
    assert ranks.first and ranks.any(True) and not ranks.any(False)
    ranks.close()


@pytest.mark.slow
def test_two_take_the_mean_and_stop_together(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        str(program),
        str(tmp_path),
    ]
    found = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=240)
    assert found.returncode == 0, found.stderr[-2000:]
    means = "[[0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [2.0]] (True, False)"
    assert [(tmp_path / str(rank)).read_text() for rank in range(2)] == [f"True {means}", f"False {means}"]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
