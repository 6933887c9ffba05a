"""What a training run keeps on disk: weights, their average, optimiser, progress. Safetensors and JSON wherever it can be."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from osuT5.files import atomic_write, write_bytes

from ..checkpoint import Refiner, save_refiner
from ..safe_read import read_torch_file

WEIGHTS, AVERAGE, OPTIMIZER, PROGRESS = "model.safetensors", "average.safetensors", "optimizer.pt", "progress.json"
REFINER = "refiner"  # sub-folder in the form that sampling loads


class ResumeError(ValueError):
    """A checkpoint that training cannot go on from."""


@dataclass
class Progress:
    """Optimiser steps done."""

    step: int = 0


class Average:
    """Exponential moving average of a model's weights; starts as a copy."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, decay: float) -> None:
        """Move ``1 - decay`` of the way to the current weights."""
        for name, value in self._model.state_dict().items():
            self.weights[name].lerp_(value, 1 - decay)

    def load(self, weights: dict[str, Tensor]) -> None:
        """Take over saved weights."""
        for name, value in weights.items():
            self.weights[name].copy_(value)


def save_state(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    refiner: Refiner,
    progress: Progress,
    *,
    half: bool = False,
) -> None:
    """Write everything to ``folder``; the progress file comes last and marks it as whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, weights in ((WEIGHTS, model.state_dict()), (AVERAGE, refiner.model.state_dict())):
        write_bytes(folder / name, save({key: value.detach().cpu().contiguous() for key, value in weights.items()}))
    with atomic_write(folder / OPTIMIZER) as handle:
        torch.save(optimizer.state_dict(), handle)
    save_refiner(refiner, folder / REFINER, half=half)
    write_bytes(folder / PROGRESS, json.dumps(asdict(progress)).encode())


def resume_from(
    name: str, output: Path, model: nn.Module, optimizer: torch.optim.Optimizer, average: Average
) -> Progress:
    """Restore a checkpoint folder, or the ``latest`` whole one under ``output``. Raises :class:`ResumeError`."""
    folder = _latest(output) if name == "latest" else Path(name)
    if not (folder / PROGRESS).is_file():
        raise ResumeError(f"resume: {folder} holds no {PROGRESS}")
    try:
        model.load_state_dict(load_file(folder / WEIGHTS))
    except RuntimeError as error:
        raise ResumeError(f"resume: {folder} was made by another model: {error}") from error
    average.load(load_file(folder / AVERAGE))
    optimizer.load_state_dict(read_torch_file(folder / OPTIMIZER))
    return Progress(**json.loads((folder / PROGRESS).read_text()))


def _latest(output: Path) -> Path:
    whole = [path.parent for path in output.glob(f"checkpoint-*/{PROGRESS}")]
    if not whole:
        raise ResumeError(f"resume: no whole checkpoint under {output}")
    return max(whole, key=lambda path: int(path.name.rsplit("-", 1)[1]))
