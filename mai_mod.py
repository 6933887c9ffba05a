"""Modding suggestions for a beatmap: ``python mai_mod.py beatmap_path=map.osu``; ``--help`` lists the options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from osuT5.modding.help import help_text  # noqa: E402
from osuT5.modding.options import ModOptions, ScoringOptions  # noqa: E402
from osuT5.pipeline.interrupt import EXIT_INTERRUPTED, stop_on_interrupt  # noqa: E402

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.console import Console

EXIT_FAILED, EXIT_OPTION = 1, 2


def main() -> None:
    """The command line: help, or Hydra's composition and one run of :func:`mod`."""
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(help_text(), end="")
        return
    stop_on_interrupt()
    try:
        _compose_and_run()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def store_schema() -> None:
    """Make the option classes known to Hydra; the model's presets then compose under ``inference``."""
    from hydra.core.config_store import ConfigStore

    store = ConfigStore.instance()
    store.store(name="mai_mod_options", node=ModOptions)
    store.store(name="inference_options", node=ScoringOptions)


def _compose_and_run() -> None:
    """Hydra ends with 1 where options do not compose; that becomes the code for bad options."""
    import hydra
    from omegaconf import OmegaConf

    store_schema()
    started = False

    @hydra.main(version_base="1.3", config_path="configs", config_name="mai_mod")
    def composed(config: DictConfig) -> None:
        nonlocal started
        started = True
        config.inference.hydra = None  # where the presets would write; means nothing here
        options = OmegaConf.to_object(config)
        assert isinstance(options, ModOptions)
        code = mod(options)
        if code:
            sys.exit(code)

    try:
        composed()
    except SystemExit as end:
        sys.exit(EXIT_OPTION if end.code == 1 and not started else end.code)


def mod(options: ModOptions) -> int:
    """Run ``options``; messages to standard error, the report to standard output. Returns the exit code."""
    from rich.console import Console

    from osuT5.request import OptionError

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        _run(options, console)
    except KeyboardInterrupt:
        console.print("stopped")
        return EXIT_INTERRUPTED
    except OptionError as error:
        return _failed(console, error, EXIT_OPTION)
    except (ValueError, OSError) as error:
        return _failed(console, error, EXIT_FAILED)
    return 0


def _run(options: ModOptions, console: Console) -> None:
    if options.explain:
        from osuT5.rules.catalogue import explain

        print(explain(options.explain))
        return
    from osuT5.modding.source import check_path

    check_path(options.beatmap_path)  # before torch is loaded
    from osuT5.modding.run import run
    from osuT5.modding.terminal import ScoringProgress, print_report
    from osuT5.pipeline.report import print_notice

    with ScoringProgress(console) as progress:
        report, scorer = run(options, lambda line: print_notice(console, line), progress)
    print_report(report, options, published=scorer.compat.published("modding_report"))


def _failed(console: Console, error: Exception, code: int) -> int:
    line = " ".join(str(error).split()) or type(error).__name__
    console.print(f"error: {line}", markup=False, style="red")
    return code


if __name__ == "__main__":
    main()
