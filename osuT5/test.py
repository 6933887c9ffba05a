"""Evaluates a checkpoint on the test split: ``python osuT5/test.py -cn v29 checkpoint_path=...``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # instead of this folder, whose files would hide libraries of the same names

from osuT5.training.command import compose, expanded_arguments, fail  # noqa: E402
from osuT5.training.entry import help_text  # noqa: E402

if TYPE_CHECKING:
    from osuT5.training.options import TrainOptions

USAGE = """Evaluates a checkpoint on the test split, with the jitter of the recipe and without.

  python osuT5/test.py -cn <recipe> checkpoint_path=<folder> test_dataset_path=<data set> [key=value ...]

Metrics go to the terminal, metrics and curves to test_results.json in hydra.run.dir."""


def main() -> None:
    """The command line."""
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(help_text(USAGE), end="")
        return
    sys.argv[1:] = expanded_arguments(sys.argv[1:])
    compose(run)


def run(options: TrainOptions) -> None:
    """One evaluation; errors end it with one line."""
    from osuT5.training.offline import RESULTS, evaluate_checkpoint, table

    try:
        found = evaluate_checkpoint(options)
    except (ValueError, OSError) as error:
        fail(str(error))
    print(table(found))
    print(f"curves: {Path(options.run_dir) / RESULTS}")


if __name__ == "__main__":
    main()
