"""The whole command from a cold start: time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from osuT5.capabilities import STARTER
from osuT5.pipeline.starter import FOLDER

from .table import Row

ENTRY = Path(__file__).resolve().parents[2] / "inference.py"
MINUTES = 3.0


@dataclass(frozen=True)
class ColdRun:
    """One run of the command; ``memory_gb`` is NaN where the system does not tell."""

    seconds: float
    memory_gb: float
    code: int
    last_line: str


def cold_run(audio: Path, output: Path, bundle: Path, extra: tuple[str, ...] = ()) -> ColdRun:
    """Run ``inference.py`` on ``audio`` as a process of its own. Raises ``OSError``."""
    command = [
        sys.executable,
        str(ENTRY),
        f"audio_path={audio}",
        f"output_path={output}",
        f"model_path={STARTER if bundle.resolve() == FOLDER else bundle}",  # the shipped one as a user has it
        *extra,
    ]
    started = time.perf_counter()
    log = output / "cold-run.txt"
    with log.open("wb") as handle:
        process = subprocess.Popen(command, stdout=handle, stderr=subprocess.STDOUT)
        memory = float("nan")
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9
        code = process.wait()
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    log.unlink()
    return ColdRun(time.perf_counter() - started, memory, code, lines[-1] if lines else "")


def cold_rows(run: ColdRun, audio_ms: float, how: str = "") -> list[Row]:
    """Time scaled to a song of three minutes, and memory; unknown where the run failed. ``how``: what was asked for."""
    failed = run.code != 0
    seconds = float("nan") if failed else run.seconds * MINUTES * 60000 / audio_ms
    beside = {} if failed else {f"measured on {audio_ms / 1000:.0f} s of song": run.seconds}
    what = f"3-minute song to .osu, whole command{how}"
    return [
        Row(what, seconds, "s", target=60.0, at_most=True, beside=beside, count=1),
        Row(f"the same, peak memory{how}", run.memory_gb, "GB", target=1.5, at_most=True, count=1),
    ]
