"""How long all checks of a map take, after reading: ``python benchmarks/rules.py [FILE.osu ...] [--minutes 10]``.

Without files: every map of the shared corpus, and maps of each mode repeated up to ten minutes. Prints the median of
several runs; every run builds its curves anew.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from osuT5.beatmap import Beatmap, read_beatmap, write_beatmap  # noqa: E402
from osuT5.rules import check_map, summary_line  # noqa: E402
from osuT5.stars import star_rating  # noqa: E402

LEAST = 250  # objects of a map worth repeating


def measure(beatmap: Beatmap, stars: float | None, runs: int) -> tuple[float, str]:
    """Median ms of processor time of a run, and the summary."""
    durations, line = [], ""
    for _ in range(runs):
        start = time.process_time()
        line = summary_line(check_map(beatmap, stars))
        durations.append((time.process_time() - start) * 1000)
    return statistics.median(durations), line


def repeated(beatmap: Beatmap, minutes: float) -> Beatmap:
    """The map played again and again, whole beats later each time, until it is ``minutes`` long."""
    result = copy.copy(beatmap)
    first, last = beatmap.hit_objects[0].time, max(getattr(i, "end_time", i.time) for i in beatmap.hit_objects)
    beat = next((p.beat_length for p in beatmap.timing_points if p.uninherited), 500.0)
    period = (round((last - first) / beat / 16) + 1) * 16 * beat
    count = max(1, round(minutes * 60_000 / period))
    objects, points = [], []
    for turn in range(count):
        for source, target in ((beatmap.hit_objects, objects), (beatmap.timing_points, points)):
            for item in source:
                moved = copy.copy(item)
                moved.time += turn * period
                if hasattr(moved, "end_time"):
                    moved.end_time += turn * period
                target.append(moved)
    result.hit_objects, result.timing_points = objects, points
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the checks of beatmaps.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the repeated maps")
    arguments = parser.parse_args()
    files = arguments.files or sorted((ROOT.parent / "shared/corpus/osu").glob("*.osu"))
    longest: list[float] = []
    for path in files:
        beatmap = read_beatmap(path)
        stars = star_rating(write_beatmap(beatmap), beatmap.mode)
        show(path.name, beatmap, *measure(beatmap, stars, arguments.runs))
        if len(beatmap.hit_objects) >= LEAST:
            long_map = repeated(beatmap, arguments.minutes)
            duration, line = measure(long_map, stars, arguments.runs)
            show(f"{arguments.minutes:g} minutes of {path.name}", long_map, duration, line)
            longest.append(duration)
    if longest:
        print(f"{arguments.minutes:g} minutes: mean {statistics.mean(longest):.0f} ms, longest {max(longest):.0f} ms")


def show(name: str, beatmap: Beatmap, duration: float, line: str) -> None:
    print(f"{duration:8.1f} ms  mode {beatmap.mode} {len(beatmap.hit_objects):6} objects  {name}: {line}")


if __name__ == "__main__":
    main()
