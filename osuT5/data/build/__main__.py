"""Build, inspect and check MMRS data sets: ``python -m osuT5.data.build SONGS OUT``.

``SONGS`` is a folder of .osz files, of song folders, or an osu! Songs directory. Other commands: ``inspect ROOT``,
``validate ROOT``, ``convert-ors ROOT OUT``, ``convert-web ROOT OUT`` (shards of the web set to MMRS, or back),
``mappers ROOT OUT.json`` (the table for ``vocabulary.mappers_path``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ...capabilities import VERSIONS
from ..errors import DataError
from ..report import SkipReport
from ..table import METADATA
from .columns import STATUSES
from .from_web import web_to_mmrs
from .look import inspect, validate
from .map_set import Limits
from .mappers import write_mapper_table
from .ors import convert_ors
from .run import BuildOptions, build
from .tables import Tables, read_tables
from .to_web import SUBSETS, mmrs_to_web

COMMANDS = ("build", "inspect", "validate", "convert-ors", "convert-web", "mappers")
_NOTE = (
    "Ranked, RankedDate, SubmittedDate or UserId are null: the published reader cannot use the set; this project can, "
    "with data.include_unknown_status=true. --status, --year, --users and --mappers fill them."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it worked, 1 when the data set is at fault, 2 for wrong use."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] not in COMMANDS and not words[0].startswith("-"):
        words.insert(0, "build")
    told = _parser().parse_args(words)
    try:
        return int(told.run(told))
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _build(told: argparse.Namespace) -> int:
    limits = Limits(tuple(told.modes), told.min_drain, told.max_stars, told.strict)
    year = told.year if isinstance(told.year, int) else None
    options = BuildOptions(told.jobs, limits, told.status, year, told.year == "auto", _tables(told))
    result = build(told.songs, told.out, options, _progress)
    print(file=sys.stderr)
    print(f"{result.maps} maps in {result.sets} sets in {told.out} ({result.unchanged} of {result.sources} unchanged)")
    _tell(result.report)
    if options.status is None or not (options.tables.users or options.tables.mappers):
        print(_NOTE)
    return 0 if result.maps else 1


def _inspect(told: argparse.Namespace) -> int:
    print(inspect(told.root, VERSIONS[told.version].layout, told.sampled).text())
    return 0


def _validate(told: argparse.Namespace) -> int:
    found = validate(told.root, told.delete)
    for path in found.missing:
        print(f"missing: {path}")
    for path in found.orphans:
        print(f"{'deleted' if told.delete else 'in no row'}: {path}")
    print("every file is where the table says" if found.sound else f"{len(found.missing)} missing")
    return 1 if found.missing else 0


def _convert(told: argparse.Namespace) -> int:
    maps, report = convert_ors(told.root, told.out, _tables(told), not told.copy)
    print(f"{maps} maps in {told.out}")
    _tell(report)
    return 0 if maps else 1


def _convert_web(told: argparse.Namespace) -> int:
    if (told.root / METADATA).is_file():
        count, report = mmrs_to_web(told.root, told.out, told.subset, told.songs)
        print(f"{count} songs in {told.out / told.subset}")
    else:
        count, report = web_to_mmrs(told.root, told.out, _tables(told), told.subset)
        print(f"{count} maps in {told.out}")
    _tell(report)
    return 0 if count else 1


def _mappers(told: argparse.Namespace) -> int:
    count, report = write_mapper_table(told.root, told.out, told.subset)
    print(f"{count} maps with a known mapper in {told.out}")
    _tell(report)
    return 0 if count else 1


def _tell(report: SkipReport) -> None:
    for code, count in sorted(report.counts().items()):
        first = next(entry for entry in report.entries.values() if entry.code == code)
        print(f"left out, {code}: {count} (e.g. {first.message})")


def _year(text: str) -> int | str:
    if text in ("auto", "none"):
        return text
    if not (text.isdecimal() and 2007 <= int(text) <= 2076):
        raise argparse.ArgumentTypeError(f"{text!r} is not a year from 2007 to 2076, auto or none")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _progress(done: int, total: int, maps: int) -> None:
    print(f"\r{done}/{total} sources, {maps} maps", end="", file=sys.stderr, flush=True)


def _tables(told: argparse.Namespace) -> Tables:
    return read_tables(told.descriptors, told.tags, told.users, told.mappers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m osuT5.data.build", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar=f"{{{','.join(COMMANDS)}}}")
    made = commands.add_parser("build", help="build or update a data set")
    made.add_argument("songs", type=Path)
    made.add_argument("out", type=Path)
    made.add_argument("--jobs", type=int, default=1, help="processes")
    made.add_argument("--modes", type=int, nargs="+", default=[0, 1, 2, 3], choices=range(4))
    made.add_argument("--min-drain", type=float, default=0.0, help="seconds of play that a map needs")
    made.add_argument("--max-stars", type=float, default=float("inf"))
    made.add_argument("--status", type=int, choices=sorted(STATUSES), help="assert this status for all maps")
    made.add_argument(
        "--year",
        type=_year,
        default="none",
        help="of submission: a year asserted for all maps; auto, a guess by the set's id",
    )
    made.add_argument("--strict", action="store_true", help="one bad map leaves out its whole set")
    made.set_defaults(run=_build)
    looked = commands.add_parser("inspect", help="count what a data set holds")
    looked.add_argument("root", type=Path)
    looked.add_argument(
        "--version", choices=sorted(VERSIONS), default="v29", help="layout that the windows are made for"
    )
    looked.add_argument("--sampled", type=int, default=200, help="maps that are cut into windows")
    looked.set_defaults(run=_inspect)
    checked = commands.add_parser("validate", help="compare the table with the files")
    checked.add_argument("root", type=Path)
    checked.add_argument("--delete", action="store_true", help="delete files that no row names")
    checked.set_defaults(run=_validate)
    converted = commands.add_parser("convert-ors", help="convert a legacy ORS set")
    converted.add_argument("root", type=Path)
    converted.add_argument("out", type=Path)
    converted.add_argument("--copy", action="store_true", help="copy files instead of linking them")
    converted.set_defaults(run=_convert)
    web = commands.add_parser(
        "convert-web", help="convert shards of the web set to MMRS, or an MMRS set to such shards"
    )
    web.add_argument("root", type=Path, help="a folder with metadata.parquet, or with .tar shards")
    web.add_argument("out", type=Path)
    web.add_argument("--subset", choices=SUBSETS, default=SUBSETS[0], help="variant that is read or written")
    web.add_argument("--songs", type=_positive, default=500, help="songs in a shard that is written")
    web.set_defaults(run=_convert_web)
    listed = commands.add_parser("mappers", help="write beatmap id: user id of an MMRS set or of web shards as JSON")
    listed.add_argument("root", type=Path)
    listed.add_argument("out", type=Path)
    listed.add_argument("--subset", choices=SUBSETS, default=SUBSETS[0])
    listed.set_defaults(run=_mappers)
    for command in (made, converted, web):
        command.add_argument("--descriptors", type=Path, help="CSV of beatmap id,descriptor")
        command.add_argument("--tags", type=Path, help="CSV of beatmap id,tag id,votes")
        command.add_argument("--users", type=Path, help="JSON of mapper name: user id")
        command.add_argument("--mappers", type=Path, help="JSON of beatmap id: user id")
    return parser


if __name__ == "__main__":
    sys.exit(main())
