"""Batches for a training loop: one loader a split, process and run (spec 05 section 4)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from ..compat import Compat
from ..config import DataLayout
from ..tokenizer import Tokenizer
from .collate import Collator
from .errors import DataError
from .options import DataOptions
from .plan import Planner, batch_count, rank_batches
from .prepare import audio_store, prepare_caches, prepare_list
from .random_access import RandomAccess
from .report import SkipReport
from .stream import TrackStream, WebStream
from .table import read_table
from .weights import read_weights
from .windows import Recipe

_log = logging.getLogger(__name__)
Batch = dict[str, torch.Tensor]
MAX_PREFETCH = 64


@dataclass(frozen=True)
class LoaderSettings:
    """How batches are made in one process. ``batch_size`` is what one forward pass takes."""

    batch_size: int
    num_workers: int = 0
    drop_last: bool = False
    pin_memory: bool = False
    rank: int = 0
    world_size: int = 1

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.num_workers < 0:
            raise DataError(f"batch_size: {self.batch_size}, num_workers: {self.num_workers}; at least 1 and 0")
        if not 0 <= self.rank < self.world_size:
            raise DataError(f"rank: {self.rank} is not below world_size {self.world_size}")


class Loader:
    """Iterating gives the batches of one epoch and then turns to the next.

    ``equal_ranks`` tells whether every rank gets the same number of batches; where it is false the loop has to agree
    on the end of an epoch. ``report`` names what was left out.
    """

    equal_ranks = True

    def __init__(self, settings: LoaderSettings, options: DataOptions, report: SkipReport) -> None:
        self.settings, self.options, self.report = settings, options, report
        self.epoch = 0
        self.batches = 0  # of the epoch, given so far

    def state(self) -> dict[str, int]:
        """Position to go on from."""
        return {"epoch": self.epoch, "batches": self.batches, "world_size": self.settings.world_size}

    def load_state(self, state: dict[str, int]) -> None:
        """Go on from a position; one that was saved with another number of processes keeps its place in the epoch."""
        self.epoch = int(state["epoch"])
        before = int(state.get("world_size", self.settings.world_size))
        self.batches = int(state["batches"]) * before // self.settings.world_size

    def set_epoch(self, epoch: int) -> None:
        """Start of an epoch."""
        self.epoch, self.batches = epoch, 0

    def __iter__(self) -> Iterator[Batch]:
        for batch in self._epoch(self.epoch, self.batches):
            self.batches += 1
            if batch:
                yield batch
        self.set_epoch(self.epoch + 1)

    def _epoch(self, epoch: int, start: int) -> Iterator[Batch]:
        """Batches from the ``start``-th on; an empty one stands for a batch of which nothing was usable."""
        raise NotImplementedError


class StreamLoader(Loader):
    """Tracks one after the other: the published order, and the web set.

    Going on within an epoch makes its first batches again and drops them. That is exact but for the quirk
    ``data_generators``, whose draws nothing remembers.
    """

    equal_ranks = False

    def __init__(
        self, settings: LoaderSettings, options: DataOptions, report: SkipReport, stream: TrackStream | WebStream
    ) -> None:
        super().__init__(settings, options, report)
        self._stream = stream
        recipe = stream.recipe
        workers = min(settings.num_workers, stream.parts) if settings.num_workers else 0
        stream.workers = max(workers, 1)
        prefetch = None
        if workers:
            buffer = options.balancer_buffer_size
            prefetch = int(buffer / settings.batch_size * options.balancer_prefetch_factor) if buffer else 2
            prefetch = min(max(prefetch, 1), MAX_PREFETCH)
        self._loader: DataLoader[Any] = DataLoader(
            stream,
            batch_size=settings.batch_size,
            num_workers=workers,
            drop_last=settings.drop_last,
            pin_memory=settings.pin_memory,
            persistent_workers=workers > 0,
            prefetch_factor=prefetch,
            collate_fn=Collator(recipe.layout.tgt_seq_len, options.pad_to_multiple),
        )
        stream.balancer_batch = settings.batch_size if workers else 0

    def _epoch(self, epoch: int, start: int) -> Iterator[Batch]:
        self._stream.begin(epoch)
        for number, batch in enumerate(self._loader):
            self._stream.collect(self.report)
            if number >= start:
                yield batch
        self._stream.collect(self.report)


class RandomLoader(Loader):
    """Any window at any time: order ``random`` and ``locality``."""

    def __init__(
        self, settings: LoaderSettings, options: DataOptions, report: SkipReport, windows: RandomAccess
    ) -> None:
        super().__init__(settings, options, report)
        self._windows = windows
        self._sampler = _Batches(windows.planner, settings)
        pad = Collator(windows.recipe.layout.tgt_seq_len, options.pad_to_multiple)
        workers = settings.num_workers
        self._loader: DataLoader[Any] = DataLoader(
            _WindowDataset(windows),
            batch_sampler=self._sampler,
            num_workers=workers,
            pin_memory=settings.pin_memory,
            persistent_workers=workers > 0,
            prefetch_factor=2 if workers else None,
            collate_fn=_Skipping(pad),
        )

    def __len__(self) -> int:
        """Batches of the current epoch."""
        return self._sampler.count(self.epoch)

    def _epoch(self, epoch: int, start: int) -> Iterator[Batch]:
        self._sampler.epoch, self._sampler.start = epoch if self._windows.planner.training else 0, start
        for batch, skipped in self._loader:
            self.report.merge(skipped)
            yield batch


class _WindowDataset(Dataset[Any]):
    def __init__(self, windows: RandomAccess) -> None:
        self._windows = windows

    def __getitem__(self, key: Any) -> Any:
        sample = self._windows.sample(key)
        return sample, SkipReport(dict(self._windows.report.entries)) if sample is None else None


@dataclass(frozen=True)
class _Skipping:
    """Collates what is there; windows that turned out unusable are left out of their batch."""

    collator: Collator

    def __call__(self, items: list[Any]) -> tuple[Batch, SkipReport]:
        report = SkipReport()
        for _, skipped in items:
            if skipped is not None:
                report.merge(skipped)
        samples = [sample for sample, _ in items if sample is not None]
        return (self.collator(samples) if samples else {}), report


class _Batches:
    """The keys of one epoch's batches; reads ``epoch`` and ``start`` when iteration begins."""

    def __init__(self, planner: Planner, settings: LoaderSettings) -> None:
        self._planner, self._settings = planner, settings
        self.epoch = self.start = 0
        self._order: tuple[int, Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        epoch, settings = self.epoch, self._settings
        yield from rank_batches(
            self._of(epoch),
            epoch,
            settings.batch_size,
            settings.rank,
            settings.world_size,
            settings.drop_last,
            self.start,
        )

    def __len__(self) -> int:
        return self.count(self.epoch) - self.start

    def count(self, epoch: int) -> int:
        settings = self._settings
        return batch_count(len(self._of(epoch)), settings.batch_size, settings.world_size, settings.drop_last)

    def _of(self, epoch: int) -> Any:
        if self._order is None or self._order[0] != epoch:
            self._order = (epoch, self._planner.order(epoch, self._settings.batch_size))
        return self._order[1]


def build_loader(
    options: DataOptions,
    layout: DataLayout,
    tokenizer: Tokenizer,
    split: str = "train",
    rank: int = 0,
    world_size: int = 1,
    *,
    batch_size: int,
    num_workers: int = 0,
    drop_last: bool = False,
    pin_memory: bool = False,
    compat: Compat | None = None,
    step: Any = None,
) -> Loader:
    """The loader of one split for one process; batches have the keys of :class:`Collator`.

    ``step`` is a :class:`osuT5.data.stream.SharedStep`, for options that begin at a training step. Raises
    ``DataError`` for a data set that is missing, unreadable or empty.
    """
    if split not in ("train", "test"):
        raise DataError(f"split: {split!r} is not one of train, test")
    settings = LoaderSettings(batch_size, num_workers, drop_last, pin_memory, rank, world_size)
    if split == "train" and options.balancer_buffer_size % batch_size:
        raise DataError(
            f"balancer_buffer_size: {options.balancer_buffer_size} is not a multiple of the micro batch {batch_size}"
        )
    weights = read_weights(options.sample_weights_path) if options.sample_weights_path else None
    recipe = Recipe(tokenizer, layout, options, compat or Compat(), weights, **({"step": step} if step else {}))
    report, training = SkipReport(), split == "train"
    if options.dataset_type == "web":
        return StreamLoader(settings, options, report, WebStream(recipe, split, settings.rank, settings.world_size))
    table = read_table(Path(options.path(split)))
    caches = prepare_caches(table, layout, options, split)
    if options.order == "published":
        stream = TrackStream(recipe, table, caches, split, rank, world_size)
        return StreamLoader(settings, options, report, stream)
    if options.order == "random" and not options.audio_cache:
        _log.warning("data.order=random without data.audio_cache decodes a whole song for nearly every window")
    maps, digests = prepare_list(table, layout, options, split, caches, report)
    planner = Planner(options, layout, maps, training)
    assert caches.events is not None
    store = audio_store(layout, caches, options.cycle_length + 2, digests)
    return RandomLoader(settings, options, report, RandomAccess(recipe, table, planner, caches.events, store, report))
