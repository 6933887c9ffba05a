"""Trains the sequence model: ``python osuT5/train.py -cn v29 train_dataset_path=...``; many GPUs: ``torchrun``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # instead of this folder, whose files would hide libraries of the same names

from osuT5.training.command import compose, expanded_arguments, fail, processes, rank  # noqa: E402
from osuT5.training.entry import help_text  # noqa: E402

if TYPE_CHECKING:
    from osuT5.training.options import TrainOptions

USAGE = """Trains the sequence model.

  python osuT5/train.py -cn <recipe> [key=value ...]
  torchrun --nproc_per_node=<n> osuT5/train.py -cn <recipe> [key=value ...]

Checkpoints, logs and pictures go below hydra.run.dir; a run with the same directory goes on where it stopped."""


def main() -> None:
    """The command line: help, or Hydra's composition and one run."""
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(help_text(USAGE), end="")
        return
    sys.argv[1:] = expanded_arguments(sys.argv[1:])
    compose(run)


def run(options: TrainOptions) -> None:
    """One run; errors of options, data and weights end it with one line."""
    from osuT5.training.loop import train

    try:
        result = train(options)
    except (ValueError, OSError) as error:
        fail(str(error))
    except RuntimeError as error:
        if processes() == 1:
            raise
        reason = str(error).strip().splitlines()[0]
        fail(f"another process of this run has ended, its own message says why ({reason})")
    if rank() == 0:
        end = "stopped at" if result.stopped else "done:"
        print(f"{end} step {result.step}, checkpoint {result.checkpoint}", flush=True)
    leave_group()


def leave_group() -> None:
    """Let go of the other processes: left to the interpreter's exit, their threads can end it with an abort."""
    import torch.distributed as dist

    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
