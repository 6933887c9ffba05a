"""Weights of a training checkpoint, put back into the model that trains."""

from __future__ import annotations

from pathlib import Path

from ..model.checkpoint import read_weights
from ..model.modeling import Mapperatorinator
from .checkpoints import LORA
from .errors import TrainingError
from .lora import LoraRun


def load_weights(folder: Path, base: Mapperatorinator, lora: LoraRun | None) -> None:
    """Model or adapter of a checkpoint of the same run. Raises ``ValueError`` with one line."""
    if lora is not None:
        if not (folder / LORA).is_dir():
            raise TrainingError(f"{folder}: holds no adapter; enable_lora=true goes on from checkpoints that have one")
        lora.load(folder / LORA)
        return
    weights = read_weights(folder / "model.safetensors")
    try:
        base.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        lines = str(error).splitlines()
        raise TrainingError(
            f"{folder}: weights are of another model ({lines[min(1, len(lines) - 1)].strip()})"
        ) from error
