"""What the small refiner does to coarse positions, on held-out rule maps: ``python benchmarks/refiner.py [folder]``.

Each map is written as events with positions in 32 px cells (the V28 and V29 layout), turned back into a map with and
without refinement, and compared with the map it came from.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from osu_diffusion.checkpoint import Refiner, load_refiner
from osu_diffusion.refine import SongFacts, refine_positions
from osu_diffusion.settings import RefinerSettings
from osuT5.beatmap import Beatmap, parse_beatmap, write_beatmap
from osuT5.beatmap.model import Slider
from osuT5.beatmap.path import slider_path
from osuT5.beatmap.timing_lines import TimingLine, parse_timing_lines
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Conditions
from osuT5.events import EventStream, expand_positions, group_events, map_stream
from osuT5.postprocess.build import build_map
from osuT5.postprocess.osu_text import osu_text
from osuT5.postprocess.overlaps import snap_near_overlaps
from osuT5.postprocess.settings import MapSettings
from osuT5.rules import check_map
from starter.maps.mapper import MapRequest, make_map
from starter.songs.compose import compose

LAYOUT = VERSIONS["v29"].layout
HELD_OUT = 300_000_000
DEFAULT = Path(__file__).resolve().parents[1] / "starter" / "refiner"


@dataclass(frozen=True)
class Measures:
    """Of one map. Lengths and distances in osu! pixels."""

    head_error: float  # mean distance of heads from the original
    slider_error: float  # mean share by which control points miss the written length
    off_screen: int  # findings O01 and O02
    overlap_snaps: int  # positions that the near-overlap step moves


def coarse_and_truth(seed: int) -> tuple[Beatmap, EventStream, list[TimingLine], Conditions]:
    """A held-out map, its events with positions at the centres of 32 px cells, its red lines and conditions."""
    stars = 2.0 + seed % 5
    beatmap, measured = make_map(compose(HELD_OUT + seed, 60_000), MapRequest(stars=stars, seed=seed), "audio.mp3")
    beatmap = parse_beatmap(write_beatmap(beatmap))
    lines = parse_timing_lines(point.text for point in beatmap.timing_points if point.uninherited)
    settings = beatmap.difficulty
    conditions = Conditions(
        difficulty=measured, circle_size=settings.circle_size, slider_multiplier=settings.slider_multiplier
    )
    return beatmap, expand_positions(map_stream(beatmap, LAYOUT), LAYOUT), lines, conditions


def rebuilt(stream: EventStream, lines: list[TimingLine], original: Beatmap) -> Beatmap:
    """The events as a map again."""
    settings = MapSettings(
        "audio.mp3",
        slider_multiplier=original.difficulty.slider_multiplier,
        circle_size=original.difficulty.circle_size,
    )
    built = build_map(stream.events, lines, settings, LAYOUT, np.random.RandomState(0), near_overlaps=False)
    return parse_beatmap(osu_text(settings, built.timing, built.objects))


def measure(stream: EventStream, lines: list[TimingLine], original: Beatmap) -> Measures:
    """Compare the map that ``stream`` stands for with ``original``."""
    found = rebuilt(stream, lines, original)
    places = {item.time: (item.x, item.y) for item in original.hit_objects}
    errors = [
        np.hypot(item.x - places[item.time][0], item.y - places[item.time][1])
        for item in found.hit_objects
        if item.time in places
    ]
    sliders = [item for item in found.hit_objects if isinstance(item, Slider) and item.length]
    misses = [abs(slider_path(replace(item, length=None)).length / item.length - 1) for item in sliders if item.length]
    groups = group_events(stream.events, types_first=LAYOUT.types_first)
    before = [(group.x, group.y) for group in groups]
    snap_near_overlaps(groups)
    snaps = sum(old != (group.x, group.y) for old, group in zip(before, groups, strict=True))
    off = sum(finding.rule in ("O01", "O02") for finding in check_map(found))
    return Measures(float(np.mean(errors)), float(np.mean(misses)), off, snaps)


def refined(stream: EventStream, lines: list[TimingLine], conditions: Conditions, refiner: Refiner) -> EventStream:
    """The stream after the refiner, as a run does it."""
    generator = torch.Generator().manual_seed(0)
    facts = SongFacts(lines, conditions)
    return refine_positions(stream, refiner, facts, LAYOUT, RefinerSettings(), Compat(), generator=generator)


def main() -> None:
    """Print the measures before and after."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not folder.is_dir():
        print(
            f"no refiner at {folder}: give the folder of one, e.g. CHECKPOINT/refiner of osu_diffusion/train.py -cn starter"
        )
        return
    refiner = load_refiner(str(folder), "cpu")
    rows: list[tuple[Measures, Measures]] = []
    for seed in range(10):
        original, stream, lines, conditions = coarse_and_truth(seed)
        after = refined(stream, lines, conditions, refiner)
        rows.append((measure(stream, lines, original), measure(after, lines, original)))
    print(f"{len(rows)} held-out maps, cells of {LAYOUT.position_precision} px, refiner {folder.name}")
    for name in ("head_error", "slider_error", "off_screen", "overlap_snaps"):
        before, after_mean = (float(np.mean([getattr(pair[i], name) for pair in rows])) for i in (0, 1))
        print(f"{name:14s} before {before:8.3f}   after {after_mean:8.3f}")


if __name__ == "__main__":
    main()
