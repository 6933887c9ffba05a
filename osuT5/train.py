"""Trains the sequence model: ``python osuT5/train.py -cn v29 train_dataset_path=...``; many GPUs: ``torchrun``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # instead of this folder, whose files would hide libraries of the same names

from osuT5.training.entry import CONFIGS, expand, help_text, options_of  # noqa: E402

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from osuT5.training.options import TrainOptions

USAGE = """Trains the sequence model.

  python osuT5/train.py -cn <recipe> [key=value ...]
  torchrun --nproc_per_node=<n> osuT5/train.py -cn <recipe> [key=value ...]

Checkpoints, logs and pictures go below hydra.run.dir; a run with the same directory goes on where it stopped."""
DEFAULT_RECIPE = "v29"
EXIT_FAILED, EXIT_OPTION = 1, 2


def main() -> None:
    """The command line: help, or Hydra's composition and one run."""
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(help_text(USAGE), end="")
        return
    sys.argv[1:] = expanded_arguments(sys.argv[1:])
    compose(run)


def expanded_arguments(arguments: Sequence[str]) -> list[str]:
    """Arguments with full keys. Ends the process with one line where a key is not known."""
    try:
        result = expand(arguments)
    except ValueError as error:
        fail(str(error), EXIT_OPTION)
    if int(os.environ.get("RANK", "0")) > 0:  # the first process says where the run's directory is
        result += ["hydra.run.dir=.", "hydra.output_subdir=null"]
    return result


def compose(then: Callable[[TrainOptions], None]) -> None:
    """Let Hydra compose the recipe, and hand the options on."""
    import hydra
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf

    OmegaConf.register_new_resolver("context_type", lambda name: str(name).lower(), replace=True)

    @hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name=DEFAULT_RECIPE)
    def composed(config: DictConfig) -> None:
        values = OmegaConf.to_container(config, resolve=True)
        assert isinstance(values, dict)
        folder = HydraConfig.get().runtime.output_dir
        try:
            options = options_of({str(key): value for key, value in values.items()}, folder)
        except ValueError as error:
            fail(str(error), EXIT_OPTION)
        then(options)

    composed()


def run(options: TrainOptions) -> None:
    """One run; errors of options, data and weights end it with one line."""
    from osuT5.training.loop import train

    many = int(os.environ.get("WORLD_SIZE", "1")) > 1
    try:
        result = train(options)
    except (ValueError, OSError) as error:
        fail(str(error), EXIT_FAILED)
    except RuntimeError as error:
        if not many:
            raise
        reason = str(error).strip().splitlines()[0]
        fail(f"another process of this run has ended, its own message says why ({reason})", EXIT_FAILED)
    if int(os.environ.get("RANK", "0")) == 0:
        end = "stopped at" if result.stopped else "done:"
        print(f"{end} step {result.step}, checkpoint {result.checkpoint}", flush=True)


def fail(message: str, code: int) -> NoReturn:
    """One line, and the end of the process."""
    line = message.strip().replace("\n", " ")
    print(f"error: {line}", file=sys.stderr, flush=True)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        os._exit(code)  # collective libraries wait for each other at a regular exit
    sys.exit(code)


if __name__ == "__main__":
    main()
