"""The command line of the training entries: Hydra's composition, and one line for every error. Loads no torch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from .entry import CONFIGS, expand, options_of

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from .options import TrainOptions

DEFAULT_RECIPE = "v29"
EXIT_FAILED, EXIT_OPTION = 1, 2


def expanded_arguments(arguments: Sequence[str]) -> list[str]:
    """Arguments with full keys. Ends the process with one line where a key is not known."""
    try:
        result = expand(arguments)
    except ValueError as error:
        fail(str(error), EXIT_OPTION)
    if rank() > 0:  # the first process says where the run's directory is
        result += ["hydra.run.dir=.", "hydra.output_subdir=null"]
    return result


def compose(then: Callable[[TrainOptions], None]) -> None:
    """Let Hydra compose the recipe that ``sys.argv`` names, and hand the options on."""
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


def rank() -> int:
    """Number of this process, by the launcher."""
    return int(os.environ.get("RANK", "0"))


def processes() -> int:
    """How many processes the launcher started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    """One line, and the end of the process."""
    line = message.strip().replace("\n", " ")
    print(f"error: {line}", file=sys.stderr, flush=True)
    if processes() > 1:
        os._exit(code)  # collective libraries wait for each other at a regular exit
    sys.exit(code)
