"""Reading .osu files beside the `slider` package: `python benchmarks/read_osu.py [FOLDER ...]`.

Every file that both read is parsed from memory by one and then the other, in turn, several times; the best time of each
counts. Without folders: the corpus below MAPPER_SHARED (default ../shared).
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from osuT5.beatmap import parse_beatmap  # noqa: E402

AVERAGE_MAP = range(800, 1001)  # objects


@dataclass
class Result:
    name: str
    objects: int
    ours: float  # seconds
    theirs: float


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    shared = Path(os.environ.get("MAPPER_SHARED", ROOT.parent / "shared"))
    arguments.add_argument(
        "folders", nargs="*", type=Path, default=[shared / "corpus" / "osu", shared / "conformance" / "osu"]
    )
    arguments.add_argument("--rounds", type=int, default=15)
    options = arguments.parse_args()
    files = sorted({path for folder in options.folders for path in folder.glob("*.osu")})
    results = [result for path in files if (result := measure(path, options.rounds)) is not None]
    if not results:
        print("no file that both read", file=sys.stderr)
        return 1
    report(results, len(files))
    return 0


def measure(path: Path, rounds: int) -> Result | None:
    """Best times of both readers on one file; None when `slider` refuses it."""
    import slider

    data = path.read_bytes()
    text = data.decode("utf-8-sig", "replace")
    try:
        objects = len(slider.Beatmap.parse(text).hit_objects(stacking=False))
    except Exception:  # whatever it raises, it does not read the file
        return None
    ours, theirs = float("inf"), float("inf")
    for _ in range(rounds):
        ours = min(ours, seconds(lambda: parse_beatmap(data)))
        theirs = min(theirs, seconds(lambda: slider.Beatmap.parse(text)))
    return Result(path.name, objects, ours, theirs)


def seconds(action: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def report(results: list[Result], files: int) -> None:
    for result in results:
        if result.objects >= 100:
            print(
                f"{result.objects:5d} objects {result.ours * 1e3:6.2f} ms {result.theirs / result.ours:5.1f}x  {result.name}"
            )
    ours, theirs = sum(result.ours for result in results), sum(result.theirs for result in results)
    print(
        f"both read {len(results)} of {files} files: {ours * 1e3:.1f} ms, slider {theirs * 1e3:.1f} ms, {theirs / ours:.1f}x"
    )
    average = [result for result in results if result.objects in AVERAGE_MAP]
    for result in average:
        print(
            f"map of {result.objects} objects: {result.ours * 1e3:.2f} ms, slider {result.theirs * 1e3:.2f} ms  {result.name}"
        )


if __name__ == "__main__":
    sys.exit(main())
