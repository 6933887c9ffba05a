"""The published order: sets permuted a worker, tracks interleaved, lengths balanced (spec 05 section 4)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from .dice import Dice
from .options import DataOptions
from .selection import select, set_positions
from .table import Ints, MapTable, rows_of
from .tracks import Sample, TrackReader
from .windows import Window

Item = tuple[Window, Sample]


def worker_positions(positions: range, worker: int, workers: int) -> range:
    """The contiguous part of the set positions that one worker reads; empty for workers beyond the last set."""
    size = -(-len(positions) // workers)
    start = positions.start + worker * size
    return range(min(start, positions.stop), min(start + size, positions.stop))


def published_epoch(
    table: MapTable,
    options: DataOptions,
    split: str,
    reader: TrackReader,
    dice: Dice,
    worker: int = 0,
    workers: int = 1,
) -> Iterator[Item]:
    """Windows of one epoch of one worker, in order."""
    positions = worker_positions(set_positions(table, options, split), worker, workers)
    indices = select(table, options, split, positions)
    if not len(indices):
        return
    if not reader.training:
        yield from _in_order(table, indices, reader, dice)
        return
    order = dice.permutation(np.unique(table.set_ids[indices]))
    by_set = _by_set(table, indices)
    permuted = np.concatenate([by_set[int(set_id)] for set_id in order])
    chunks = _chunks(permuted, options.cycle_length)
    yield from interleave([_in_order(table, chunk, reader, dice) for chunk in chunks])


def interleave(streams: Sequence[Iterator[Item]]) -> Iterator[Item]:
    """One item of each stream in turn; where one ends, the stream behind it is next."""
    alive, place = list(streams), 0
    while alive:
        place %= len(alive)
        try:
            item = next(alive[place])
        except StopIteration:
            del alive[place]
            continue
        yield item
        place += 1


def balanced(items: Iterable[Item], buffer: int, batch: int, size: Callable[[Item], int]) -> Iterator[Item]:
    """Items in groups of ``buffer``, dealt so that the batches of a group have about equal token counts.

    What fills no batch at the end is dropped.
    """
    held: list[Item] = []
    for item in items:
        held.append(item)
        if len(held) == buffer:
            yield from deal(held, batch, size)
            held = []
    yield from deal(held, batch, size)


def deal(held: Sequence[Item], batch: int, size: Callable[[Item], int]) -> Iterator[Item]:
    """Longest first, each to the batch with the fewest tokens that still has room."""
    sizes = np.array([size(item) for item in held], dtype=np.int64)
    for index in deal_indices(sizes, len(held), batch):
        yield held[index]


def deal_indices(sizes: Ints, buffer: int, batch: int) -> Ints:
    """Order that balances batches, ``buffer`` items at a time; items that fill no batch of their buffer are left out."""
    parts = [_dealt(sizes[start : start + buffer], batch) + start for start in range(0, len(sizes), max(buffer, 1))]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _dealt(sizes: Ints, batch: int) -> Ints:
    count = len(sizes) // batch
    batches: list[list[int]] = [[] for _ in range(count)]
    heap = [(0, number) for number in range(count)]
    for index in np.argsort(-sizes, kind="stable").tolist():
        if not heap:
            break
        total, number = heapq.heappop(heap)
        batches[number].append(index)
        if len(batches[number]) < batch:
            heapq.heappush(heap, (total + int(sizes[index]), number))
    return np.array([index for group in batches for index in group], dtype=np.int64)


def tokens_of(item: Item) -> int:
    """Length of a sample."""
    return len(item[0].tokens.ids)


def _in_order(table: MapTable, indices: Ints, reader: TrackReader, dice: Dice) -> Iterator[Item]:
    """Set after set as the rows come."""
    starts = np.flatnonzero(np.diff(table.set_ids[indices], prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(indices)], strict=True):
        yield from reader.windows(rows_of(table, indices[start:stop]), dice)


def _by_set(table: MapTable, indices: Ints) -> dict[int, Ints]:
    ids, first = np.unique(table.set_ids[indices], return_index=True)
    return {int(set_id): part for set_id, part in zip(ids, np.split(indices, first[1:]), strict=True)}


def _chunks(indices: Ints, count: int) -> list[Ints]:
    """Contiguous parts for the interleaving."""
    return [part for part in np.array_split(indices, count) if len(part)]
