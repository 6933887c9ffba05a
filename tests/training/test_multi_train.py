"""The script that trains a base model and its four fine-tunes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from osuT5.training.entry import ROOT
from tests.training.test_entry import composed

# Stands for the trainer: notes its arguments, leaves checkpoints, fails where it is told to.
PYTHON = r"""#!/usr/bin/env bash
printf '%s\n' "$@" ';' >>"$NOTES"
for argument in "$@"; do
    if [[ $argument == hydra.run.dir=* ]]; then
        folder=${argument#hydra.run.dir=}
        folder=${folder#\'} folder=${folder%\'} folder=${folder//\\\'/\'}
    fi
done
[[ $folder != *"${FAIL:-never}" ]] || exit 3
mkdir -p "$folder/checkpoints/checkpoint_9" "$folder/checkpoints/checkpoint_10"
"""


def called(tmp_path: Path, *arguments: str, code: int = 0, told: str = "", **more: str) -> list[list[str]]:
    """Arguments of every call of the trainer that the script made."""
    tools = tmp_path / "bin"
    tools.mkdir(exist_ok=True)
    for name in ("python", "torchrun"):
        (tools / name).write_text(PYTHON)
        (tools / name).chmod(0o755)
    notes = tmp_path / "notes"
    notes.unlink(missing_ok=True)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "NOTES": str(notes), **more}
    line = [str(ROOT / "osuT5" / "multi_train.sh"), *arguments]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == code and told in done.stdout + done.stderr, done.stderr
    if not notes.exists():
        return []
    return [call.strip("\n").split("\n") for call in notes.read_text().split("\n;\n")[:-1]]


def test_a_base_run_and_four_fine_tunes(tmp_path: Path) -> None:
    base, *tuned = called(tmp_path, "v32", "v32_ft", "big run", "optim.total_steps=5", "device=cpu")
    script = str(ROOT / "osuT5" / "train.py")
    assert base == [
        *(script, "-cn", "v32", "data.gamemodes=[0,1,2,3]", "logging.run_name='big run'"),
        *("hydra.run.dir='logs/big_run/base'", "optim.total_steps=5", "device=cpu"),
    ]
    for mode, name in enumerate(("standard", "taiko", "ctb", "mania")):
        assert tuned[mode] == [
            *(script, "-cn", "v32_ft", f"data.gamemodes=[{mode}]", f"logging.run_name='big run {name}'"),
            f"hydra.run.dir='logs/big_run/{name}'",
            "pretrained_path='logs/big_run/base/checkpoints/checkpoint_10'",  # 10 is newer than 9
            *("optim.total_steps=5", "device=cpu"),
        ]
    assert len(tuned) == 4


def test_the_base_run_can_be_left_out(tmp_path: Path) -> None:
    assert called(tmp_path, "--skip-base", "v32", "v32_ft", "x", code=1, told="no checkpoint of the base run") == []
    (tmp_path / "logs" / "x" / "base" / "checkpoints" / "checkpoint_2").mkdir(parents=True)
    calls = called(tmp_path, "--skip-base", "v32", "v32_ft", "x")
    assert [call[2] for call in calls] == ["v32_ft"] * 4
    assert "pretrained_path='logs/x/base/checkpoints/checkpoint_2'" in calls[0]


def test_the_first_error_ends_all(tmp_path: Path) -> None:
    assert len(called(tmp_path, "v32", "v32_ft", "x", code=3, FAIL="taiko")) == 3


def test_dry_run_help_and_wrong_use(tmp_path: Path) -> None:
    assert called(tmp_path, "--dry-run", "v32", "v32_ft", "x", told="-cn v32_ft") == []
    assert called(tmp_path, "--help", told="usage:") == []
    assert called(tmp_path, "v32", code=2) == []
    assert called(tmp_path, "--skip", "a", "b", "c", code=2) == []


def test_many_processes(tmp_path: Path) -> None:
    calls = called(tmp_path, "v32", "v32_ft", "x", NPROC_PER_NODE="2")
    assert all(call[0] == "--nproc_per_node=2" for call in calls)


@pytest.mark.parametrize("name", ["big run", "it's [new] x=1, y"])
def test_hydra_reads_what_is_quoted(tmp_path: Path, name: str) -> None:
    base = called(tmp_path, "debug", "debug", name)[0]
    overrides = [argument for argument in base[3:] if not argument.startswith("hydra.")]
    options = composed("debug", *overrides)
    assert options.logging.run_name == name and options.data["gamemodes"] == [0, 1, 2, 3]
