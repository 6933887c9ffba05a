"""Training windows: augmented maps cut into runs of elements, taken from many maps in turn (spec 04 section 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from ..classes import ClassTable
from ..elements import distances_between
from .cache import MapCache, TrainingMap
from .collect import DOUBLE_TIME
from .options import DataOptions

Window = dict[str, Tensor]  # x (2, L), times (L,), distances (L,), types (L,), y (K,)


class WindowStream(IterableDataset[Window]):
    """Endless windows for one process. Every worker owns a contiguous range of the maps.

    Order and augmentation follow from ``seed``, the process, the worker and the pass; ``first_pass`` resumes later ones.
    """

    def __init__(
        self,
        cache: MapCache,
        table: ClassTable,
        options: DataOptions,
        seed: int,
        shard: tuple[int, int] = (0, 1),
        first_pass: int = 0,
    ) -> None:
        self._cache, self._table, self._options = cache, table, options
        self._seed, self._shard, self._first_pass = seed, shard, first_pass

    def __iter__(self) -> Iterator[Window]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        number, count = self._shard[0] * workers + worker, self._shard[1] * workers
        mine = np.array_split(np.arange(len(self._cache.maps)), count)[number]
        rows, passed = self._cache.rows, self._first_pass
        while len(mine):
            random = np.random.default_rng((self._seed, number, passed))
            empty = True
            for window in self._one_pass(rows, random.permutation(mine), random):
                empty = False
                yield window
            if empty:  # no map is long enough for a window
                return
            passed += 1

    def _one_pass(self, rows: np.ndarray, order: np.ndarray, random: np.random.Generator) -> Iterator[Window]:
        chunks = np.array_split(order, min(self._options.cycle_length, len(order)))
        streams = [self._windows_of_maps(rows, chunk, random) for chunk in chunks]
        while streams:
            for stream in list(streams):
                window = next(stream, None)
                if window is None:
                    streams.remove(stream)
                else:
                    yield window

    def _windows_of_maps(
        self, rows: np.ndarray, chosen: Sequence[int] | np.ndarray, random: np.random.Generator
    ) -> Iterator[Window]:
        length, stride = self._options.seq_len, self._options.stride
        for index in chosen:
            item = self._cache.maps[index]
            part = np.array(rows[item.start : item.end])
            whole = augmented(part, item, self._table, self._options, random)
            for start in range(int(random.integers(stride)), len(part) - length + 1, stride):
                cut = slice(start, start + length)
                yield {name: value if name == "y" else value[..., cut] for name, value in whole.items()}


def augmented(
    rows: np.ndarray, item: TrainingMap, table: ClassTable, options: DataOptions, random: np.random.Generator
) -> Window:
    """A whole map, augmented: distances, flips, double time, time shift, in this order."""
    positions = np.stack([rows["x"], rows["y"]], axis=1).astype(np.float64)
    distances = distances_between(positions) * 2 ** random.normal(0, options.distance_std, len(rows))
    flips = random.random(2) < 0.5
    if options.flip:
        positions = np.where(flips, (512, 384) - positions, positions)
    fast = bool(random.random() < options.double_time)
    times = rows["time"] / (DOUBLE_TIME if fast else 1)
    times = times - times[0] + random.random() * options.max_shift
    x = positions.T / np.array([[512.0], [384.0]]) * 2 - 1
    return {
        "x": torch.from_numpy(x.astype(np.float32)),
        "times": torch.from_numpy(times.astype(np.float32)),
        "distances": torch.from_numpy(distances.astype(np.float32)),
        "types": torch.from_numpy(rows["type"].astype(np.int64)),
        "y": torch.from_numpy(class_vector(item, table, fast, options.dropout, random)),
    }


def class_vector(
    item: TrainingMap, table: ClassTable, fast: bool, dropout: float, random: np.random.Generator
) -> np.ndarray:
    """(K,) classes of a map; each block is unknown with probability ``dropout``."""
    user = table.beatmap_mapper.get(item.beatmap_id) if item.beatmap_id is not None else None
    named = table.beatmap_descriptors.get(item.beatmap_id) if item.beatmap_id is not None else None
    known = {
        "style": lambda: [table.style(item.beatmap_id if item.beatmap_id in table.beatmap_idx else None)],
        "difficulty": lambda: [table.difficulty(item.stars[fast] if item.stars else None)],
        "mapper": lambda: [table.mapper(user if user in table.mapper_idx else None)],
        "descriptor": lambda: table.descriptors(named),
        "circle_size": lambda: [table.circle_size(item.circle_size)],
    }
    vector = np.zeros(table.width, dtype=np.float32)
    for block in table.blocks():
        dropped = random.random() < dropout
        vector[[table.unknown(block)] if dropped else known[block]()] = 1
    return vector
