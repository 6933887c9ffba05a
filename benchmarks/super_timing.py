"""Super timing with its iterations batched through the decoder, beside one iteration and one window at a time.

    python benchmarks/super_timing.py [--seconds 20] [--iterations 20] [--batch 8] [--tokens 256] [--checkpoint DIR --version v29] [--threads 1]

Without a checkpoint the debug model stands in, whose layers cost nearly nothing: what is seen is what batches save around
them. All ways must write the same ids. The figures are only printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spread import noise  # noqa: E402
from osuT5.compat import Compat  # noqa: E402
from osuT5.generation.passes import ModelSide, Song  # noqa: E402
from osuT5.generation.state import PassState  # noqa: E402
from osuT5.generation.super_timing import draw_offsets, prepare_iteration, run_iterations  # noqa: E402
from osuT5.generation.walk import Watch  # noqa: E402
from osuT5.model.debug import build_debug_bundle  # noqa: E402
from osuT5.pipeline.checkpoint import load_checkpoint  # noqa: E402
from osuT5.pipeline.presets import base_options, preset_options  # noqa: E402
from osuT5.pipeline.run import load_song  # noqa: E402
from osuT5.request import Request, complete_all  # noqa: E402

ONE_BY_ONE = {"super_timing_iterations": "published"}


def ways(batch: int) -> dict[str, dict[str, Any]]:
    """Name and options of each way."""
    return {
        f"batched ({batch} windows of any iteration)": {"max_batch_size": batch},
        "one iteration at a time": {"max_batch_size": batch, "compat": ONE_BY_ONE},
        "one window at a time": {"max_batch_size": 1, "compat": ONE_BY_ONE},
    }


@dataclass(frozen=True)
class Bench:
    """A song and a checkpoint, ready for super timing."""

    request: Request
    side: ModelSide
    samples: NDArray[np.float32]

    def measured(self, way: dict[str, Any], count: int) -> tuple[float, float, tuple[tuple[int, ...], ...]]:
        """CPU seconds and seconds of ``count`` iterations, from audio to ids, and the ids of every window."""
        options = replace(self.request.generation, max_batch_size=way["max_batch_size"])
        song = Song(self.samples, self.request.conditions, options, compat=Compat(way.get("compat", "corrected")))
        choice = self.request.plan.timing_choice
        assert choice is not None
        offsets = draw_offsets(np.random.RandomState(1), self.request.able.layout.window_ms, count)
        cpu, clock = time.process_time(), time.perf_counter()
        iterations = [prepare_iteration(song, self.side, choice, offset) for offset in offsets]
        state = run_iterations(song, self.side, iterations, PassState(), Watch())
        return time.process_time() - cpu, time.perf_counter() - clock, state.rows


def prepared(version: str, tokens: int, **changes: Any) -> Bench:
    preset = preset_options(version)
    options = replace(preset, device="cpu", seed=1, super_timing=True, output_type=["TIMING"], **changes)
    (request,) = complete_all(replace(options, generate_positions=False), preset, base_options())
    side = load_checkpoint(request, print).side
    return Bench(request, replace(side, layout=replace(side.layout, tgt_seq_len=tokens)), load_song(request))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the song")
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8, help="decoder rows in one batch")
    parser.add_argument(
        "--tokens", type=int, default=256, help="of a window with its prompt; untrained models don't end it"
    )
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--version", default="v29")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = prepared(
            arguments.version,
            arguments.tokens,
            audio_path=str(noise(folder / "song.wav", arguments.seconds)),
            model_path=str(arguments.checkpoint or build_debug_bundle(folder / "model")),
        )
        bench.measured({"max_batch_size": arguments.batch}, 1)  # warm up
        return compare(bench, arguments.iterations, arguments.batch)


def compare(bench: Bench, iterations: int, batch: int) -> int:
    """Print the figures; 1 where the ways do not write the same ids."""
    found = {name: bench.measured(options, iterations) for name, options in ways(batch).items()}
    fastest = next(iter(found.values()))[0]
    for name, (cpu, clock, rows) in found.items():
        tokens = sum(map(len, rows))
        print(
            f"{name:38} {cpu:7.2f} s CPU {clock:7.1f} s {tokens:7d} tokens in {len(rows)} windows  x {cpu / fastest:.2f}"
        )
    same = len({rows for *_, rows in found.values()}) == 1
    print("the same ids" if same else "the ids differ")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
