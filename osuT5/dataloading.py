"""Looks at what the training loader gives: ``python osuT5/dataloading.py -cn v29 mode=benchmark train_dataset_path=...``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # instead of this folder, whose files would hide libraries of the same names

from osuT5.training.command import EXIT_OPTION, compose, expanded_arguments, fail  # noqa: E402
from osuT5.training.entry import help_text  # noqa: E402

if TYPE_CHECKING:
    from osuT5.data.loader import Loader
    from osuT5.tokenizer import Tokenizer
    from osuT5.training.options import TrainOptions

MODES = ("benchmark", "lengths", "plot")
PLOTTED = 8  # windows, unless limit says another number
USAGE = """Looks at what the training loader of a recipe gives.

  python osuT5/dataloading.py -cn <recipe> mode=benchmark|lengths|plot [limit=<n>] [key=value ...]

benchmark: windows and tokens per second; lengths: percentiles and histogram of token counts; both over limit batches, or
a whole epoch without. plot: spectrograms of limit windows (8) with the times that their tokens name, in hydra.run.dir:
green those given, blue those trained, red those shown but not trained."""


def own_arguments(arguments: list[str]) -> tuple[str, int, list[str]]:
    """``mode``, ``limit`` and what is left for the recipe. Raises ``ValueError``."""
    own = {"mode": MODES[0], "limit": "0"}
    rest = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if equals and key in own:
            own[key] = value
        else:
            rest.append(argument)
    if own["mode"] not in MODES:
        raise ValueError(f"mode: {own['mode']!r} is not one of {', '.join(MODES)}")
    if not own["limit"].isdecimal():
        raise ValueError(f"limit: {own['limit']!r} is not a whole number, 0 or above")
    return own["mode"], int(own["limit"]), rest


def main() -> None:
    """The command line."""
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(help_text(USAGE), end="")
        return
    try:
        mode, limit, rest = own_arguments(sys.argv[1:])
    except ValueError as error:
        fail(str(error), EXIT_OPTION)
    sys.argv[1:] = expanded_arguments(rest)
    compose(partial(run, mode=mode, limit=limit))


def run(options: TrainOptions, mode: str, limit: int) -> None:
    """One look; errors end it with one line."""
    try:
        loader, tokenizer = _loader(options)
        _look(options, loader, tokenizer, mode, limit)
    except (ValueError, OSError) as error:
        fail(str(error))
    print(loader.report.summary())


def _loader(options: TrainOptions) -> tuple[Loader, Tokenizer]:
    from osuT5.compat import Compat
    from osuT5.data.loader import build_loader
    from osuT5.model.locate import locate_checkpoint
    from osuT5.tokenizer import Tokenizer
    from osuT5.training.fresh import new_vocabulary
    from osuT5.training.loop import data_of

    layout, data = data_of(options)
    if options.pretrained_path:
        tokenizer = Tokenizer.load(locate_checkpoint(options.pretrained_path, options.pretrained_gamemode).folder)
    else:
        tokenizer = new_vocabulary(layout, data, options.vocabulary)
    loader = build_loader(
        data,
        layout,
        tokenizer,
        batch_size=options.optim.micro_batch,
        num_workers=options.dataloader.num_workers,
        drop_last=options.dataloader.drop_last,
        compat=Compat(options.compat),
    )
    return loader, tokenizer


def _look(options: TrainOptions, loader: Loader, tokenizer: Tokenizer, mode: str, limit: int) -> None:
    from osuT5.audio.mel import LogMel
    from osuT5.data.plot import draw_windows
    from osuT5.data.survey import lengths_of, speed_of
    from osuT5.training.loop import data_of

    layout, _ = data_of(options)
    if mode == "benchmark":
        print(speed_of(loader, limit).text())
    elif mode == "lengths":
        print(lengths_of(loader, layout.tgt_seq_len, limit).text())
    else:
        folder, hearing = Path(options.run_dir) / "windows", LogMel(**asdict(options.model.spectrogram))
        for path in draw_windows(loader, tokenizer, layout, hearing, folder, limit or PLOTTED):
            print(path)


if __name__ == "__main__":
    main()
