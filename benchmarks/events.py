"""How long a map takes to become events, after reading: ``python benchmarks/events.py [FILE.osu ...]``.

Without files: every map of the shared corpus. Prints the median of several runs for each map and version.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from osuT5.beatmap import Beatmap, read_beatmap  # noqa: E402
from osuT5.capabilities import VERSIONS  # noqa: E402
from osuT5.events import EventError, map_stream  # noqa: E402


def measure(beatmap: Beatmap, version: str, runs: int) -> tuple[float, int]:
    """Median ms of a run, and the number of events."""
    layout = VERSIONS[version].layout
    durations, size = [], 0
    for _ in range(runs):
        start = time.perf_counter()
        size = len(map_stream(beatmap, layout))
        durations.append((time.perf_counter() - start) * 1000)
    return statistics.median(durations), size


def main() -> None:
    parser = argparse.ArgumentParser(description="Time beatmaps to events.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--versions", nargs="+", choices=sorted(VERSIONS), default=["v29", "v32"])
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    files = arguments.files or sorted((ROOT.parent / "shared/corpus/osu").glob("*.osu"))
    totals: dict[str, list[float]] = {version: [] for version in arguments.versions}
    for path in files:
        beatmap = read_beatmap(path)
        for version in arguments.versions:
            try:
                duration, events = measure(beatmap, version, arguments.runs)
            except EventError as error:
                print(f"{path.name}: {error}")
                continue
            totals[version].append(duration)
            print(
                f"{duration:8.2f} ms  {len(beatmap.hit_objects):6} objects {events:7} events  {version:9} {path.name}"
            )
    for version, durations in totals.items():
        if durations:
            print(f"{version}: mean {statistics.mean(durations):.2f} ms, longest {max(durations):.2f} ms")


if __name__ == "__main__":
    main()
