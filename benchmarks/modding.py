"""Does MaiMod find faults? ``python benchmarks/modding.py [--maps 20] [--model PATH --version v32] [--real MAP.osz]``.

Ten faults of one kind are planted into a clean map: maps of the starter's style on synthetic songs that no training set
holds, and the real map. Printed for each kind: the share of faults among the 20 and 50 highest suggestions of a map
(``limit=20 min_importance=0``), the share that the rules find, and how many suggestions a minute the clean maps get in a
default report.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.planted.faults import KINDS, NEAR, Fault, Kind, planted  # noqa: E402
from osuT5.beatmap import write_beatmap  # noqa: E402
from osuT5.files import write_bytes  # noqa: E402
from osuT5.modding.options import ModOptions, ScoringOptions  # noqa: E402
from osuT5.modding.scorer import Scorer  # noqa: E402
from osuT5.modding.source import Source, read_source  # noqa: E402
from osuT5.modding.suggestion import Suggester, Suggestion  # noqa: E402
from osuT5.modding.view import View  # noqa: E402
from osuT5.pipeline.presets import preset_options  # noqa: E402
from osuT5.rules import Finding, check_map  # noqa: E402
from starter.maps.mapper import MapRequest, make_map  # noqa: E402
from starter.maps.styles import draw_signature  # noqa: E402
from starter.songs.compose import compose  # noqa: E402
from starter.songs.render import render, write_audio  # noqa: E402

REAL = ROOT.parent / "shared" / "corpus" / "song" / "circle-the-halls.osz"
STARS = (2.0, 5.5)
TOPS = (20, 50)
ALL = View(sort="importance", min_importance=0.0)


@dataclass
class Tally:
    """Counts of one kind of fault."""

    faults: int = 0
    found: tuple[int, ...] = (0,) * len(TOPS)
    by_rules: int = 0

    def shares(self) -> list[float]:
        """Recall at each of TOPS, then of the rules."""
        return [count / max(self.faults, 1) for count in (*self.found, self.by_rules)]


class Reader:
    """Suggestions and findings of maps."""

    def __init__(self, options: ModOptions) -> None:
        self.scorer = Scorer(options, lambda notice: print(f"note: {notice}", file=sys.stderr))

    def suggestions(self, source: Source, view: View = ALL) -> list[Suggestion]:
        """What a report with ``view`` shows."""
        scored = self.scorer.score(source, lambda done, total: None)
        suggester = Suggester(source.beatmap, scored.chosen.able.layout, scored.loaded.tokenizer, scored.compat)
        found = [
            item for context in scored.scored.contexts for item in suggester.suggestions(context, view.min_relative)
        ]
        return view.select(found)

    def findings(self, source: Source) -> list[Finding]:
        return check_map(source.beatmap, source.stars)


def held_out_maps(count: int, target_ms: float, folder: Path) -> Iterator[Source]:
    """Maps with their songs in ``folder``. The seeds come from a name that no training set uses."""
    for number in range(count):
        seed = int(hashlib.sha256(f"modding benchmark:{number}".encode()).hexdigest()[:7], 16)
        rng = np.random.RandomState(seed)
        score = compose(seed, target_ms)
        write_audio(folder / f"{number}.mp3", render(score, seed + 2), 128)
        stars = float(STARS[0] + (STARS[1] - STARS[0]) * number / max(count - 1, 1))
        request = MapRequest(0, stars, signature=draw_signature(rng, 0), seed=seed)
        beatmap, _ = make_map(score, request, f"{number}.mp3", tries=3)
        yield _written(folder / f"{number}.osu", write_beatmap(beatmap).encode("utf-8"))


def _written(path: Path, data: bytes) -> Source:
    write_bytes(path, data)
    return read_source(path)


def real_maps(path: Path, folder: Path) -> list[Source]:
    """The osu! maps of an .osz."""
    with zipfile.ZipFile(path) as packed:
        packed.extractall(folder)
    found = [read_source(each) for each in sorted(folder.glob("*.osu"))]
    return [each for each in found if each.beatmap.mode == 0]


def count_faults(reader: Reader, clean: Source, kind: Kind, seed: int, tally: Tally) -> None:
    """Plant faults of one kind, read the map and add to ``tally``."""
    data, faults = planted(clean.beatmap, kind, seed)
    source = _written(clean.path.with_name(f"{clean.path.stem} {kind.name}.osu"), data)
    suggestions = reader.suggestions(source)
    tally.faults += len(faults)
    shown = [replace(ALL, limit=top).select(suggestions) for top in TOPS]
    tally.found = tuple(
        count + sum(any(_finds(kind, item, fault) for item in highest) for fault in faults)
        for count, highest in zip(tally.found, shown, strict=True)
    )
    known = {_key(item) for item in reader.findings(clean)}
    new = [item for item in reader.findings(source) if _key(item) not in known]
    tally.by_rules += sum(any(_near(item, fault) for item in new) for fault in faults)


def _near(item: Finding, fault: Fault) -> bool:
    """Whether a finding about a place lies within 50 ms of a fault."""
    return item.start > 0 and item.start <= fault.end + NEAR and item.end >= fault.start - NEAR


def _finds(kind: Kind, item: Suggestion, fault: Fault) -> bool:
    return kind.finds(item.category, item.group, (item.time, item.target.time), fault)


def _key(item: Finding) -> tuple[str, float, float]:
    return item.rule, item.start, item.end


def measure(
    reader: Reader, maps: Sequence[Source], kinds: Sequence[Kind], report: Callable[[str], None]
) -> dict[str, object]:
    """Recall of each kind over ``maps``, and suggestions a minute on the maps as they are."""
    tallies = {kind.name: Tally() for kind in kinds}
    suggestions, minutes = 0, 0.0
    for number, clean in enumerate(maps):
        started = time.perf_counter()
        suggestions += len(reader.suggestions(clean, View()))
        objects = clean.beatmap.hit_objects
        minutes += (objects[-1].time - objects[0].time) / 60_000
        for kind in kinds:
            count_faults(reader, clean, kind, 1000 * number + len(kind.name), tallies[kind.name])
        report(f"map {number + 1}/{len(maps)}: {time.perf_counter() - started:.1f} s")
    shares = {name: tally.shares() for name, tally in tallies.items()}
    mean = [float(np.mean([share[place] for share in shares.values()])) for place in range(len(TOPS) + 1)]
    return {"kinds": shares, "mean": mean, "clean_a_minute": suggestions / max(minutes, 1e-9)}


def table(name: str, found: dict[str, object]) -> str:
    lines = [name, f"  {'fault':<20}" + "".join(f"{f'recall at {top}':>14}" for top in TOPS) + f"{'rules':>9}"]
    shares = found["kinds"]
    assert isinstance(shares, dict)
    for kind, values in [*shares.items(), ("mean", found["mean"])]:
        lines.append(f"  {kind:<20}{values[0]:>14.2f}{values[1]:>14.2f}{values[2]:>9.2f}")
    return "\n".join([*lines, f"  suggestions a minute on clean maps: {found['clean_a_minute']:.1f}"])


def options_of(model: str, version: str) -> ModOptions:
    preset = preset_options(version)
    values = {entry.name: getattr(preset, entry.name) for entry in fields(preset)}
    inference = ScoringOptions(**values)
    if model:
        inference.model_path = model
    return ModOptions(inference=inference)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="checkpoint: a folder or a hub id; default: that of --version")
    parser.add_argument("--version", default="starter", help="version of the checkpoint")
    parser.add_argument("--maps", type=int, default=20, help="synthetic maps")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the synthetic songs")
    parser.add_argument("--kinds", nargs="*", default=[kind.name for kind in KINDS])
    parser.add_argument("--real", type=Path, default=REAL, help=".osz with a real map; left out where it is absent")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    options = options_of(arguments.model, arguments.version)
    count = arguments.maps
    kinds = [kind for kind in KINDS if kind.name in arguments.kinds]
    reader = Reader(options)
    results: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(prefix="modding-benchmark-") as folder:
        maps = list(held_out_maps(count, arguments.seconds * 1000, Path(folder)))
        results[f"{count} synthetic maps"] = measure(reader, maps, kinds, _note)
        if arguments.real.is_file():
            real = real_maps(arguments.real, Path(folder) / "real")
            results[f"real map {arguments.real.name}"] = measure(reader, real, kinds, _note)
    if arguments.json:
        print(json.dumps(results, indent=2))
    else:
        print("\n".join(table(name, found) for name, found in results.items()))


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
