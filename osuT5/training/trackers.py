"""Where numbers and pictures go: terminal, log.jsonl, wandb or tensorboard (spec 05 section 7.2)."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from .errors import TrainingError
from .options import CheckpointOptions, LoggingOptions

PROJECT = "osuT5"


class Tracker(Protocol):
    """One destination."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Numbers of a step."""

    def picture(self, name: str, path: Path, step: int) -> None:
        """A png file."""

    def checkpoint(self, folder: Path, facts: Mapping[str, Any], best: bool) -> None:
        """A checkpoint was saved."""

    def close(self) -> None:
        """No more comes."""


class Journal:
    """``log.jsonl`` in the run directory; a resumed run appends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._started = folder / "log.jsonl", time.monotonic()

    def log(self, values: Mapping[str, float], step: int) -> None:
        """One JSON object a line; what is no number any more is null."""
        seconds = round(time.monotonic() - self._started, 3)
        plain = {key: value if math.isfinite(value) else None for key, value in values.items()}
        with self._path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"step": step, "seconds": seconds, **plain}) + "\n")

    def picture(self, name: str, path: Path, step: int) -> None:
        """Pictures lie in the run directory already."""

    def checkpoint(self, folder: Path, facts: Mapping[str, Any], best: bool) -> None:
        """Checkpoints tell about themselves."""

    def close(self) -> None:
        """Every line is closed."""


class Terminal:
    """One line a log entry on standard output."""

    def __init__(self, total_steps: int) -> None:
        self._total = total_steps

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Loss, rate and time; of an evaluation every loss and accuracy of times."""
        if "train/loss" in values:
            parts = [f"loss {values['train/loss']:.4f}", f"lr {values['train/lr']:.3g}"]
            if "train/grad_l2" in values:
                parts.append(f"grad {values['train/grad_l2']:.3f}")
            parts.append(f"{values['train/seconds_per_step']:.2f} s/step")
            parts.append(f"{values['train/samples_per_second']:.1f} samples/s")
        else:
            shown = [key for key in values if key.endswith(("loss", "/timing_acc", "/acc")) and key.count("/") <= 2]
            parts = [f"{key.removeprefix('test/')} {values[key]:.4f}" for key in shown]
        print(f"step {step}/{self._total}  {'  '.join(parts)}", flush=True)

    def picture(self, name: str, path: Path, step: int) -> None:
        """Where it lies."""
        print(f"step {step}  {name}: {path}", flush=True)

    def checkpoint(self, folder: Path, facts: Mapping[str, Any], best: bool) -> None:
        """Where it lies."""
        print(f"step {facts['step']}  saved {folder}{' (best so far)' if best else ''}", flush=True)

    def close(self) -> None:
        """Nothing is open."""


class Wandb:
    """Weights and Biases; ``mode`` offline keeps everything in the run directory."""

    def __init__(
        self, options: LoggingOptions, checkpoint: CheckpointOptions, folder: Path, config: Mapping[str, Any]
    ) -> None:
        try:
            import wandb
        except ImportError:
            raise TrainingError(
                "logging.log_with: wandb is not installed; pip install wandb, or logging.log_with=none"
            ) from None
        self._wandb: Any = wandb
        self._cleanup = checkpoint.wandb_cache_cleanup_size if checkpoint.wandb_cache_cleanup else ""
        if options.mode == "online" and not (
            os.environ.get("WANDB_API_KEY") or Path.home().joinpath(".netrc").exists()
        ):
            raise TrainingError(
                "logging.mode: online needs a wandb login (WANDB_API_KEY or `wandb login`); logging.mode=offline does not"
            )
        self._run: Any = self._wandb.init(
            project=PROJECT,
            job_type="training",
            mode=options.mode,
            name=options.run_name,
            dir=str(folder),
            config=dict(config),
        )

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Numbers of a step."""
        self._run.log(dict(values), step=step)

    def picture(self, name: str, path: Path, step: int) -> None:
        """A png file."""
        self._run.log({name: self._wandb.Image(str(path))}, step=step)

    def checkpoint(self, folder: Path, facts: Mapping[str, Any], best: bool) -> None:
        """One artifact of the model a save, alias ``best`` when the test loss has fallen."""
        artifact = self._wandb.Artifact(f"{PROJECT}-{self._run.id}", type="model", metadata=dict(facts))
        artifact.add_dir(str(folder))
        self._run.log_artifact(artifact, aliases=["latest", *(["best"] if best else [])])
        if self._cleanup:
            self._clean()

    def _clean(self) -> None:
        """Shrink wandb's own cache of artifacts."""
        from wandb.sdk.artifacts.artifact_file_cache import get_artifact_file_cache
        from wandb.util import from_human_size

        get_artifact_file_cache().cleanup(from_human_size(self._cleanup))

    def close(self) -> None:
        """Upload or flush what is left."""
        self._run.finish()


class Tensorboard:
    """Event files in ``tensorboard_logs`` of the run directory."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise TrainingError(
                "logging.log_with: tensorboard is not installed; pip install tensorboard, or logging.log_with=none"
            ) from None
        self._writer: Any = SummaryWriter(str(folder / "tensorboard_logs"))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Numbers of a step."""
        for key, value in values.items():
            self._writer.add_scalar(key, value, step)

    def picture(self, name: str, path: Path, step: int) -> None:
        """A png file."""
        import numpy as np
        from PIL import Image

        self._writer.add_image(name, np.asarray(Image.open(path).convert("RGB")), step, dataformats="HWC")

    def checkpoint(self, folder: Path, facts: Mapping[str, Any], best: bool) -> None:
        """Where it lies."""
        self._writer.add_text("checkpoint", f"{folder}{' (best)' if best else ''}", facts["step"])

    def close(self) -> None:
        """Flush and close the file."""
        self._writer.close()


def open_trackers(
    options: LoggingOptions, checkpoint: CheckpointOptions, folder: Path, config: Mapping[str, Any], total_steps: int
) -> Sequence[Tracker]:
    """The destinations of a run. Raises ``TrainingError`` for a tracker that is not installed."""
    result: list[Tracker] = [Terminal(total_steps), Journal(folder)]
    if options.log_with == "wandb" and options.mode != "disabled":
        result.append(Wandb(options, checkpoint, folder, config))
    if options.log_with == "tensorboard":
        result.append(Tensorboard(folder))
    return result
