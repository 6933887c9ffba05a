"""Makes an osu! beatmap for a song: ``python inference.py audio_path=song.mp3``; ``--help`` lists the options."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from osuT5.options import InferenceOptions  # noqa: E402
from osuT5.pipeline.help import help_text  # noqa: E402
from osuT5.pipeline.interrupt import EXIT_INTERRUPTED, stop_on_interrupt  # noqa: E402

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.console import Console

    from osuT5.pipeline.run import RunResult

EXIT_FAILED, EXIT_OPTION = 1, 2


def main() -> None:
    """The command line: help, or Hydra's composition and one run of :func:`infer`."""
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(help_text(), end="")
        return
    stop_on_interrupt()
    try:
        _compose_and_run()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _compose_and_run() -> None:
    """Hydra ends with 1 where options do not compose; that becomes the code for bad options."""
    import hydra
    from hydra.core.config_store import ConfigStore
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf

    from osuT5.pipeline.presets import named_options

    ConfigStore.instance().store(name="inference_options", node=InferenceOptions)
    OmegaConf.register_new_resolver("sweep_folder", _sweep_folder, use_cache=True)
    started = False

    @hydra.main(version_base="1.3", config_path="configs", config_name="inference")
    def composed(config: DictConfig) -> None:
        nonlocal started
        started = True
        options = OmegaConf.to_object(config)
        assert isinstance(options, InferenceOptions)
        chosen = HydraConfig.get()
        code = infer(options, named_options(chosen.job.config_name, list(chosen.overrides.task)))
        if code:
            sys.exit(code)

    try:
        composed()
    except SystemExit as end:
        sys.exit(EXIT_OPTION if end.code == 1 and not started else end.code)


def _sweep_folder() -> str:
    """Where Hydra keeps its notes of a multirun until the end of the process."""
    folder = tempfile.mkdtemp(prefix="beatwright-sweep-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def infer(options: InferenceOptions, named: Collection[str] = ()) -> int:
    """Run ``options``, of which the user has set those ``named``; messages to standard error, summaries and paths to standard output. Returns the exit code."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    from osuT5.pipeline.batch import run_all
    from osuT5.request import OptionError

    try:
        outcomes = run_all(options, console, named)
    except KeyboardInterrupt:
        console.print("stopped; nothing was written")
        return EXIT_INTERRUPTED
    except OptionError as error:
        return _failed(console, error, EXIT_OPTION)
    except (ValueError, OSError) as error:
        return _failed(console, error, EXIT_FAILED)
    for outcome in outcomes:
        _print_results(outcome.results)
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    for outcome in failed:
        _failed(console, outcome.error, EXIT_FAILED, f"{outcome.song.name}: ")
    return EXIT_FAILED if failed else 0


def _failed(console: Console, error: Exception | None, code: int, where: str = "") -> int:
    line = " ".join(str(error).split()) or type(error).__name__
    console.print(f"error: {where}{line}", markup=False, style="red")
    return code


def _print_results(results: Sequence[RunResult]) -> None:
    """A line of facts and one of findings for each map, and each file once."""
    from osuT5.rules import summary_line

    for number, result in enumerate(results):
        stars = "no star rating" if result.stars is None else f"{result.stars:.2f} stars"
        name = f"{result.version}: " if len(results) > 1 else ""
        print(
            f"{name}{result.objects} objects, {stars}, {result.seconds:.1f} s, {result.tokens_per_second:.1f} tokens/s"
        )
        if result.findings is not None:
            fixed = f"; {len(result.repairs)} repaired" if result.repairs else ""
            print(f"{name}rules: {summary_line(result.findings)}{fixed}")
        for what, path in (("backup", result.backup), ("report", result.report)):
            if path is not None and (what == "backup" or path not in [other.report for other in results[:number]]):
                print(f"{what}: {path}")
    for path in dict.fromkeys(result.path for result in results):
        print(path)


if __name__ == "__main__":
    main()
