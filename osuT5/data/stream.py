"""Streams that loader workers read: each worker of each process has its own part of the sets (spec 05 section 4)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.data import IterableDataset, get_worker_info

from .audio_store import AudioStore
from .cache import EventCache
from .dice import CounterDice, Dice, PublishedDice
from .errors import BadTrack
from .mailbox import Mailbox
from .parse import MapEvents
from .prepare import Caches, audio_store
from .published import Item, balanced, published_epoch, tokens_of
from .report import SkipReport
from .rows import MapRow
from .selection import select_nonempty, set_positions
from .table import MapTable
from .tracks import DirectEvents, Sample, TrackReader
from .web import shard_part, shards_of, web_samples, web_sets
from .windows import Recipe


class SharedStep:
    """The current training step, seen by loader workers."""

    def __init__(self) -> None:
        self._value = torch.zeros((), dtype=torch.int64).share_memory_()

    def set(self, step: int) -> None:
        """Tell the step."""
        self._value.fill_(step)

    def __call__(self) -> int:
        return int(self._value)


class CachedEvents:
    """Events from the cache; a map that is not there is parsed."""

    def __init__(self, cache: EventCache, direct: DirectEvents) -> None:
        self._cache, self._direct = cache, direct

    def events(self, row: MapRow) -> MapEvents:
        try:
            return self._cache.events(row)
        except BadTrack as error:
            if error.code != "not_cached":
                raise
            return self._direct.events(row)


class _Stream(IterableDataset[Sample]):
    """What the streams share: the epoch that workers can see, and the way back of their reports."""

    workers = 1  # of each process
    balancer_batch = 0

    def __init__(self, recipe: Recipe, split: str, rank: int, world: int) -> None:
        self.recipe, self.split, self.rank, self.world = recipe, split, rank, world
        self._current = torch.zeros((), dtype=torch.int64).share_memory_()
        self._mailbox = Mailbox()

    def begin(self, epoch: int) -> None:
        """Tell the workers which epoch comes next."""
        self._current.fill_(epoch)

    def collect(self, report: SkipReport) -> None:
        """Take over what the workers left out."""
        self._mailbox.collect(report)

    def __iter__(self) -> Iterator[Sample]:
        info = get_worker_info()
        worker = 0 if info is None else info.id
        part = self.rank * self.workers + worker
        items = self._items(int(self._current), part, self.world * self.workers)
        buffer = self.recipe.options.balancer_buffer_size
        if buffer and self.balancer_batch and self.split == "train":
            items = balanced(items, buffer, self.balancer_batch, tokens_of)
        for _, sample in items:
            yield sample
        self._mailbox.send(self.left_out, part)

    @property
    def left_out(self) -> SkipReport:
        """What this copy of the stream could not use."""
        raise NotImplementedError

    def _items(self, epoch: int, part: int, parts: int) -> Iterator[Item]:
        raise NotImplementedError

    def _dice(self, epoch: int, part: int) -> Dice:
        if self.recipe.compat.published("data_generators"):
            return PublishedDice()
        return CounterDice(self.recipe.options.seed, epoch if self.split == "train" else 0, "part", part)


class TrackStream(_Stream):
    """An MMRS set in the published order. ``parts`` is the number of sets that workers can share."""

    def __init__(
        self, recipe: Recipe, table: MapTable, caches: Caches, split: str, rank: int = 0, world: int = 1
    ) -> None:
        super().__init__(recipe, split, rank, world)
        self.parts = len(set_positions(table, recipe.options, split))
        select_nonempty(table, recipe.options, split)
        self._table = table
        direct = DirectEvents(recipe)
        events = direct if caches.events is None else CachedEvents(caches.events, direct)
        store = audio_store(recipe.layout, caches, recipe.options.cycle_length + 1)
        self._reader = TrackReader(recipe, events, store, SkipReport(), split == "train")

    def _items(self, epoch: int, part: int, parts: int) -> Iterator[Item]:
        dice = self._dice(epoch, part)
        return published_epoch(self._table, self.recipe.options, self.split, self._reader, dice, part, parts)

    @property
    def left_out(self) -> SkipReport:
        return self._reader.report


class WebStream(_Stream):
    """The web set: shards dealt to processes and workers, in an order that the epoch decides."""

    def __init__(self, recipe: Recipe, split: str, rank: int = 0, world: int = 1) -> None:
        super().__init__(recipe, split, rank, world)
        self._shards = shard_part(shards_of(recipe.options, split), rank, world)
        self.parts = max(len(self._shards), 1)
        self._report = SkipReport()
        layout = recipe.layout
        store = AudioStore(layout.sample_rate, layout.normalize_audio, kept=1)
        self._reader = TrackReader(recipe, DirectEvents(recipe), store, self._report, split == "train")

    def _items(self, epoch: int, part: int, parts: int) -> Iterator[Item]:
        options, training = self.recipe.options, self.split == "train"
        dice = self._dice(epoch, part)
        for rows in web_sets(web_samples(self._shards, options, epoch, training, self._report), options, self._report):
            yield from self._reader.windows(rows, dice)

    @property
    def left_out(self) -> SkipReport:
        return self._report
