"""Seconds to refine a five-minute map: ``python benchmarks/diffusion.py [--elements N] [--model DiT-S] [--threads 2]``.

The map is synthetic, random weights at the named size, 100 steps, default windows. Prints one line a precision; the
goal at DiT-S on two cores is under 30 s.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from osu_diffusion.checkpoint import Refiner  # noqa: E402
from osu_diffusion.classes import ClassTable  # noqa: E402
from osu_diffusion.model import DiT, variant  # noqa: E402
from osu_diffusion.refine import SongFacts, refine_positions  # noqa: E402
from osu_diffusion.settings import RefinerSettings  # noqa: E402
from osuT5.beatmap.timing_lines import parse_timing_lines  # noqa: E402
from osuT5.compat import Compat  # noqa: E402
from osuT5.config import Conditions, DataLayout  # noqa: E402
from osuT5.events.event import Event, EventStream, EventType  # noqa: E402

FIVE_MINUTES = 300_000  # ms
GOAL = 30.0  # s


def song(elements: int) -> EventStream:
    """A map of about ``elements`` elements over five minutes: as many circles as sliders of four elements."""
    random = np.random.RandomState(0)
    objects = max(elements // 5, 1) * 2
    step = FIVE_MINUTES / objects
    events: list[Event] = []
    for index in range(objects):
        time_ms, place = int(index * step), random.randint(40, 340, size=2)
        if index % 2:
            events += _group(EventType.SLIDER_HEAD, place, time_ms) + [Event(EventType.SCROLL_SPEED, 100)]
            events += _group(EventType.BEZIER_ANCHOR, place + (30, 40), None)
            events += _group(EventType.LAST_ANCHOR, place + (60, 0), int(time_ms + step / 2))
            events += _group(EventType.SLIDER_END, place + (60, 0), int(time_ms + step / 2))
        else:
            events += _group(EventType.CIRCLE, place, time_ms)
    return EventStream(events, [0] * len(events))


def _group(kind: EventType, place: np.ndarray, time_ms: int | None) -> list[Event]:
    times = [] if time_ms is None else [Event(EventType.TIME_SHIFT, time_ms)]
    return [Event(kind), *times, Event(EventType.POS_X, int(place[0])), Event(EventType.POS_Y, int(place[1]))]


def refiner(name: str) -> Refiner:
    """Random weights at a size of the table."""
    torch.manual_seed(0)
    table = ClassTable(num_diff_classes=26, num_cs_classes=22)
    model = DiT(variant(name, table.width)).eval().requires_grad_(False)
    return Refiner(model, table)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=1200, help="elements of the map")
    parser.add_argument("--model", default="DiT-S")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precisions", nargs="+", default=["auto", "fp32"])
    parser.add_argument("--max-seq-len", type=int, default=1024)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    stream, model = song(arguments.elements), refiner(arguments.model)
    facts = SongFacts(parse_timing_lines(["0,500,4,2,0,50,1,0"]), Conditions(difficulty=4, circle_size=4))
    settings = RefinerSettings(max_seq_len=arguments.max_seq_len)
    for precision in arguments.precisions:
        generator = torch.Generator().manual_seed(0)
        start, work = time.perf_counter(), time.process_time()
        refine_positions(
            stream, model, facts, DataLayout(), replace(settings, precision=precision), Compat(), generator=generator
        )
        seconds = time.perf_counter() - start
        print(
            f"diffusion {arguments.model} {precision}: {seconds:.1f} s ({time.process_time() - work:.0f} CPU s) for 5 minutes, {arguments.elements} elements, "
            f"100 steps, {arguments.threads} threads (goal {GOAL:.0f} s)"
        )


if __name__ == "__main__":
    main()
