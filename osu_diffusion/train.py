"""Trains a refiner: ``python osu_diffusion/train.py -cn v1 data.path=folder``; ``--help`` lists the options."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the folder of this file holds no modules of its own

from osu_diffusion.entry import compose_and_run, help_text, wants_help  # noqa: E402
from osu_diffusion.training.options import TrainOptions  # noqa: E402

USAGE = """\
python osu_diffusion/train.py [-cn v1|full_noise|starter|debug] data.path=FOLDER [option=value ...]

Trains a position refiner on an MMRS or ORS data set, or on any folder of .osu files. Several GPUs:
torchrun --nproc_per_node=4 osu_diffusion/train.py -cn v1 data.path=FOLDER. Every checkpoint-N/refiner is a
folder that diff_ckpt takes.
"""


def main() -> None:
    """The command line."""
    if wants_help(sys.argv[1:]):
        print(help_text(USAGE, TrainOptions()), end="")
        return
    compose_and_run(TrainOptions, "schema", "v1", _train)


def _train(options: TrainOptions) -> None:
    from osu_diffusion.training.loop import train

    losses = train(options)
    if losses and os.environ.get("RANK", "0") == "0":
        print(f"{len(losses)} steps, loss {losses[0]:.4f} to {losses[-1]:.4f}, in {options.output}")


if __name__ == "__main__":
    main()
