"""Checkpoints of a run: whole or not there at all, ready for inference, and enough to go on from (spec 05 section 7.3)."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from ..files import write_bytes
from .errors import TrainingError

STATE, OPTIMIZER, LORA = "trainer_state.json", "optimizer.pt", "lora"
_PREFIX, _PARTIAL = "checkpoint_", ".partial_"


@dataclass
class TrainerState:
    """Where a run stands. ``step`` optimiser steps are done; ``data`` is the loader's position."""

    step: int = 0
    epoch: int = 0
    samples: int = 0  # seen by all processes
    world_size: int = 1
    metric: float | None = None  # test loss of the last evaluation
    best: float | None = None
    data: dict[str, int] = field(default_factory=dict)
    fingerprint: str = ""  # of the training split
    version: str = ""  # of this code
    options: dict[str, Any] = field(default_factory=dict)


def number_of(folder: Path) -> int | None:
    """The number in ``checkpoint_<n>``; None for other names."""
    tail = folder.name.removeprefix(_PREFIX)
    return int(tail) if folder.name.startswith(_PREFIX) and tail.isdigit() else None


def checkpoints_in(folder: Path) -> list[Path]:
    """Complete checkpoints below a ``checkpoints`` folder, oldest first."""
    found = [path for path in folder.glob(f"{_PREFIX}*") if number_of(path) is not None and (path / STATE).is_file()]
    return sorted(found, key=lambda path: number_of(path) or 0)


def read_state(folder: Path) -> TrainerState:
    """``trainer_state.json`` of a checkpoint. Raises ``TrainingError``."""
    try:
        stored = json.loads((folder / STATE).read_text(encoding="utf-8"))
        known = {key: value for key, value in stored.items() if key in TrainerState.__dataclass_fields__}
        return TrainerState(**known)
    except FileNotFoundError:
        raise TrainingError(f"{folder}: {STATE} is missing, so this is no checkpoint to go on from") from None
    except (OSError, ValueError, AttributeError) as error:
        raise TrainingError(f"{folder / STATE}: not readable ({str(error).splitlines()[0]})") from error


def rng_state() -> dict[str, Any]:
    """Every generator of this process, as values that load without pickle's dangers."""
    version, keys, gauss = random.getstate()
    name, numbers, position, has_gauss, cached = np.random.get_state()
    assert isinstance(numbers, np.ndarray)
    return {
        "python": [version, list(keys), gauss],
        "numpy": [str(name), torch.from_numpy(numbers.astype(np.int64)), int(position), int(has_gauss), float(cached)],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def set_rng_state(state: dict[str, Any]) -> None:
    """Put back what :func:`rng_state` gave."""
    version, keys, gauss = state["python"]
    random.setstate((version, tuple(keys), gauss))
    name, numbers, *rest = state["numpy"]
    np.random.set_state((name, numbers.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])


def seed_everything(seed: int, rank: int = 0, step: int = 0) -> None:
    """Seed all generators of a process; ranks differ."""
    mixed = seed + 1_000_003 * rank + 7919 * step
    random.seed(mixed)
    np.random.seed(mixed % 2**32)
    torch.manual_seed(mixed)


@dataclass(frozen=True)
class Processes:
    """What saving needs to know of the other processes of a run. ``gather`` joins the lists of all of them."""

    rank: int = 0
    world_size: int = 1
    gather: Callable[[list[Any]], list[Any]] = lambda values: values

    @property
    def main(self) -> bool:
        """True in the process that writes."""
        return self.rank == 0


class CheckpointStore:
    """The ``checkpoints`` folder of a run; every process calls :meth:`save` at the same step."""

    def __init__(self, folder: Path, keep_last: int, keep_best: int, processes: Processes | None = None) -> None:
        self.folder, self.keep_last, self.keep_best = folder, keep_last, keep_best
        self.processes = processes or Processes()

    def newest(self) -> Path | None:
        """The newest complete checkpoint."""
        found = checkpoints_in(self.folder)
        return found[-1] if found else None

    def save(self, state: TrainerState, write: Callable[[Path], None]) -> Path:
        """Write a checkpoint beside its final name, then rename it. ``write`` adds model and optimiser (rank 0 only).

        Raises ``TrainingError`` in every process when one of them fails; earlier checkpoints are as they were.
        """
        processes = self.processes
        newest = self.newest()
        number = 0 if newest is None else (number_of(newest) or 0) + 1
        partial, target = self.folder / f"{_PARTIAL}{number}", self.folder / f"{_PREFIX}{number}"

        def begin() -> None:
            if processes.main:
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir(parents=True)

        def fill() -> None:
            torch.save(rng_state(), partial / f"rng_{processes.rank}.pt")
            if processes.main:
                write(partial)
                write_bytes(partial / STATE, (json.dumps(asdict(state), indent=1, default=str) + "\n").encode())

        def finish() -> None:
            if processes.main:
                partial.rename(target)
                self._prune()

        for part in (begin, fill, finish):
            problems = [problem for problem in processes.gather([_attempt(part)]) if problem]
            if problems:
                if processes.main:
                    shutil.rmtree(partial, ignore_errors=True)
                kept = f"{newest} is intact" if newest else "there is none from before"
                raise TrainingError(f"checkpoint {number} could not be saved in {self.folder}: {problems[0]}; {kept}")
        return target

    def _prune(self) -> None:
        found = checkpoints_in(self.folder)
        rated = [(state.metric, path) for path in found if (state := read_state(path)).metric is not None]
        best = [path for _, path in sorted(rated, key=lambda pair: (pair[0], -(number_of(pair[1]) or 0)))]
        kept = {*found[-self.keep_last :], *best[: self.keep_best]}
        for path in found:
            if path not in kept:
                shutil.rmtree(path, ignore_errors=True)


def _attempt(part: Callable[[], None]) -> str:
    """What went wrong in ``part``, in a line; empty when nothing did."""
    try:
        part()
    except (OSError, RuntimeError, SafetensorError) as error:  # torch and safetensors report a full disk their own way
        return str(error).strip().split("\n")[0] or type(error).__name__
    return ""


def load_tensors(path: Path) -> Any:
    """A file of tensors and plain values; anything else in it is refused. Raises ``TrainingError``."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise TrainingError(f"{path.parent}: {path.name} is missing") from None
    except Exception as error:  # damaged archives raise many kinds
        reason = str(error).strip().splitlines()
        raise TrainingError(f"{path}: damaged ({reason[0] if reason else type(error).__name__})") from error


def restore_rng(folder: Path, rank: int, seed: int, step: int) -> None:
    """This rank's generators; a rank that the checkpoint does not know gets its own seed."""
    path = folder / f"rng_{rank}.pt"
    if path.is_file():
        set_rng_state(load_tensors(path))
    else:
        seed_everything(seed, rank, step)
