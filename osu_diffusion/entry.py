"""What the refiner's command lines share: help made from the options, composition by Hydra. Loads neither torch nor hydra."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).resolve().parents[1] / "configs" / "diffusion"
EXIT_FAILED, EXIT_OPTION = 1, 2


def wants_help(arguments: list[str]) -> bool:
    """Whether the command line asks for help."""
    return bool({"--help", "-h"} & set(arguments))


def help_text(usage: str, options: Any) -> str:
    """Usage and every option with its default."""
    rows = "\n".join(f"  {name}={'' if value is None else value}" for name, value in option_rows(options))
    return f"{usage.strip()}\n\nOptions and defaults:\n{rows}\n"


def option_rows(options: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and defaults of a dataclass of options."""
    for item in fields(options):
        value = getattr(options, item.name)
        if is_dataclass(value):
            yield from option_rows(value, f"{prefix}{item.name}.")
        else:
            yield prefix + item.name, value


def compose_and_run(schema: type, schema_name: str, default: str, run: Callable[[Any], None]) -> None:
    """Compose ``configs/diffusion/<default>`` (or ``-cn``) over ``schema`` and call ``run`` with the dataclass.

    Bad input ends the process with one line on standard error and code 1, options that do not compose with code 2.
    """
    import hydra
    from hydra.core.config_store import ConfigStore
    from omegaconf import DictConfig, OmegaConf

    ConfigStore.instance().store(name=schema_name, node=schema)
    started = False

    @hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name=default)
    def composed(config: DictConfig) -> None:
        nonlocal started
        started = True
        try:
            run(OmegaConf.to_object(config))
        except (ValueError, OSError) as error:
            print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
            sys.exit(EXIT_FAILED)

    try:
        composed()
    except SystemExit as end:
        sys.exit(EXIT_OPTION if end.code == 1 and not started else end.code)
