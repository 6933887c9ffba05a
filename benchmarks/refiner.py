"""What the small refiner does to positions: ``python benchmarks/refiner.py [folder] [--songs 3] [--maps 10]``.

Held-out rule maps are written as events with positions in 32 px cells (the V28 and V29 layout), maps of the embedded
model as it writes them. Both are turned into maps again with and without refinement.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from osu_diffusion.checkpoint import SHIPPED, Refiner, load_refiner
from osu_diffusion.refine import SongFacts, refine_positions
from osu_diffusion.settings import RefinerSettings
from osuT5.beatmap import Beatmap, parse_beatmap, write_beatmap
from osuT5.beatmap.model import Slider
from osuT5.beatmap.path import slider_path
from osuT5.beatmap.timing_lines import TimingLine, parse_timing_lines
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Conditions, DataLayout
from osuT5.events import EventStream, expand_positions, group_events, map_stream
from osuT5.pipeline.presets import preset_options
from osuT5.pipeline.starter import FOLDER
from osuT5.postprocess.build import build_map
from osuT5.postprocess.osu_text import osu_text
from osuT5.postprocess.overlaps import snap_near_overlaps
from osuT5.postprocess.settings import MapSettings
from osuT5.rules import check_map
from starter.evaluation.making import Maker
from starter.evaluation.songs import held_out_songs
from starter.maps.mapper import MapRequest, make_map
from starter.songs.compose import compose

HELD_OUT = 300_000_000
STARS = (2.0, 3.5, 5.0, 6.0)


@dataclass(frozen=True)
class Case:
    """A map, its events with coarse positions, and what the refiner is told."""

    original: Beatmap
    stream: EventStream
    layout: DataLayout
    facts: SongFacts


@dataclass(frozen=True)
class Measures:
    """Of one map. Lengths and distances in osu! pixels."""

    head_error: float  # mean distance of heads from the original
    slider_error: float  # mean share by which control points miss the written length
    off_screen: int  # findings O01 and O02
    overlap_snaps: int  # positions that the near-overlap step moves


def case_of(beatmap: Beatmap, stars: float | None, layout: DataLayout) -> Case:
    """The map as events of ``layout``, places at the centres of their cells."""
    beatmap = parse_beatmap(write_beatmap(beatmap))
    lines = parse_timing_lines(point.text for point in beatmap.timing_points if point.uninherited)
    settings = beatmap.difficulty
    conditions = Conditions(
        difficulty=stars, circle_size=settings.circle_size, slider_multiplier=settings.slider_multiplier
    )
    return Case(beatmap, expand_positions(map_stream(beatmap, layout), layout), layout, SongFacts(lines, conditions))


def rule_cases(count: int) -> Iterator[Case]:
    """Held-out maps of the rule mapper in 32 px cells."""
    for seed in range(count):
        request = MapRequest(stars=2.0 + seed % 5, seed=seed)
        yield case_of(*make_map(compose(HELD_OUT + seed, 60_000), request, "audio.mp3"), VERSIONS["v29"].layout)


def embedded_cases(songs: int) -> Iterator[Case]:
    """osu! maps of the embedded model on held-out songs, without refinement and repairs."""
    plain = {"generate_positions": False, "map_repairs": "none", "check_rules": False}
    with tempfile.TemporaryDirectory(prefix="refiner-benchmark-") as folder:
        maker = Maker(FOLDER, Path(folder))
        for song in held_out_songs(Path(folder), songs, 45_000):
            for made in maker.make(song.path, [{"difficulty": stars, **plain} for stars in STARS]):
                yield case_of(made.beatmap, made.stars, VERSIONS["starter"].layout)


def rebuilt(stream: EventStream, case: Case) -> Beatmap:
    """The events as a map again."""
    settings = MapSettings(
        "audio.mp3",
        slider_multiplier=case.original.difficulty.slider_multiplier,
        circle_size=case.original.difficulty.circle_size,
    )
    lines: Sequence[TimingLine] = case.facts.timing or ()
    built = build_map(stream.events, lines, settings, case.layout, np.random.RandomState(0), near_overlaps=False)
    return parse_beatmap(osu_text(settings, built.timing, built.objects))


def measure(stream: EventStream, case: Case) -> Measures:
    """Compare the map that ``stream`` stands for with the original."""
    found = rebuilt(stream, case)
    places = {item.time: (item.x, item.y) for item in case.original.hit_objects}
    errors = [
        np.hypot(item.x - places[item.time][0], item.y - places[item.time][1])
        for item in found.hit_objects
        if item.time in places
    ]
    sliders = [item for item in found.hit_objects if isinstance(item, Slider) and item.length]
    misses = [abs(slider_path(replace(item, length=None)).length / item.length - 1) for item in sliders if item.length]
    groups = group_events(stream.events, types_first=case.layout.types_first)
    before = [(group.x, group.y) for group in groups]
    snap_near_overlaps(groups)
    snaps = sum(old != (group.x, group.y) for old, group in zip(before, groups, strict=True))
    off = sum(finding.rule in ("O01", "O02") for finding in check_map(found))
    return Measures(float(np.mean(errors or [0])), float(np.mean(misses or [0])), off, snaps)


def refined(case: Case, refiner: Refiner, settings: RefinerSettings) -> EventStream:
    """The stream after the refiner, as a run does it."""
    generator = torch.Generator().manual_seed(0)
    return refine_positions(case.stream, refiner, case.facts, case.layout, settings, Compat(), generator=generator)


def report(name: str, cases: Sequence[Case], refiner: Refiner, settings: RefinerSettings) -> None:
    """Print means before and after."""
    rows = [(measure(case.stream, case), measure(refined(case, refiner, settings), case)) for case in cases]
    print(f"{len(rows)} {name}")
    for field in ("head_error", "slider_error", "off_screen", "overlap_snaps"):
        before, after = (float(np.mean([getattr(pair[i], field) for pair in rows])) for i in (0, 1))
        print(f"  {field:14s} before {before:8.3f}   after {after:8.3f}", flush=True)


def main() -> None:
    """Print the measures of both kinds of maps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED, help="a refiner; default: the shipped one")
    parser.add_argument("--maps", type=int, default=10, help="rule maps")
    parser.add_argument("--songs", type=int, default=3, help="held-out songs for the embedded model, 4 maps each")
    parser.add_argument("--timesteps", help="respacing; default: what the embedded model's configuration has")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        parser.exit(1, f"error: folder: {arguments.folder} is no folder; accepted: one with a refiner\n")
    refiner = load_refiner(str(arguments.folder))
    preset = preset_options("starter")
    settings = RefinerSettings(timesteps=arguments.timesteps or preset.timesteps)
    report("held-out rule maps in 32 px cells", list(rule_cases(arguments.maps)), refiner, settings)
    name = "osu! maps of the embedded model (head error: how far heads move)"
    report(name, list(embedded_cases(arguments.songs)), refiner, replace(settings, heads=preset.refine_heads))


if __name__ == "__main__":
    main()
