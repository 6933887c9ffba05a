"""New positions for a map: ``python osu_diffusion/sample.py beatmap_path=map.osu``; ``--help`` lists the options."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the folder of this file holds no modules of its own

from osu_diffusion.entry import compose_and_run, help_text, wants_help  # noqa: E402
from osu_diffusion.sample_options import SampleOptions  # noqa: E402

USAGE = """\
python osu_diffusion/sample.py beatmap_path=map.osu [checkpoint=FOLDER] [option=value ...]

Writes a new difficulty of a standard or catch map: the same rhythm, with its positions refined (start=map) or new ones
(start=noise). Maps made with this tool are AI generated: say so wherever you share them.
"""


def main() -> None:
    """The command line."""
    if wants_help(sys.argv[1:]):
        print(help_text(USAGE, SampleOptions()), end="")
        return
    compose_and_run(SampleOptions, "sample_schema", "sample", _sample)


def _sample(options: SampleOptions) -> None:
    import logging

    from osu_diffusion.alone import sample_map

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for path in sample_map(options):
        print(path)


if __name__ == "__main__":
    main()
