"""Random access: every window of an epoch by a key, in an order that any rank can compute (spec 05 section 12.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config import DataLayout, Template
from .cut import cut_frames, frame_count
from .dice import CounterDice
from .draws import MapDraws, SetDraws, draw_map, draw_set
from .options import DataOptions
from .published import deal_indices


class WindowKey(NamedTuple):
    """Names one window: the epoch, the map's place in the list of the split, the window's number."""

    epoch: int
    place: int
    number: int


@dataclass(frozen=True)
class Listed:
    """A usable map of the split. ``samples`` is the length of its song at the normal rate."""

    row: int  # in the table
    set_id: int
    number: int  # BeatmapIdx
    samples: int
    events: int


def samples_at(samples: int, speed: float) -> int:
    """Samples of a song at a rate."""
    return samples if speed == 1 or not samples else int((samples - 1) / speed) + 1


@dataclass(frozen=True)
class Planner:
    """Draws and order of every epoch of one split."""

    options: DataOptions
    layout: DataLayout
    maps: Sequence[Listed]
    training: bool

    def siblings(self, place: int) -> list[int]:
        """Places of the other maps of the same set."""
        set_id = self.maps[place].set_id
        first = last = place
        while first > 0 and self.maps[first - 1].set_id == set_id:
            first -= 1
        while last + 1 < len(self.maps) and self.maps[last + 1].set_id == set_id:
            last += 1
        return [other for other in range(first, last + 1) if other != place]

    def set_draws(self, epoch: int, set_id: int) -> SetDraws:
        """Speed and flips of a set in an epoch."""
        return draw_set(CounterDice(self.options.seed, epoch, "set", set_id), self.options, self.training)

    def map_draws(self, epoch: int, place: int) -> MapDraws:
        """Template, guest, offset and lookback of a map in an epoch; outside training the templates take turns."""
        listed = self.maps[place]
        templates: list[Template] = list(self.layout.templates)
        return draw_map(
            CounterDice(self.options.seed, epoch, "map", listed.number),
            self.options,
            self.layout,
            templates,
            len(self.siblings(place)),
            self.training,
            choice=None if self.training else place % len(templates),
        )

    def window_dice(self, key: WindowKey) -> CounterDice:
        """Dice for what is drawn in one window."""
        return CounterDice(self.options.seed, key.epoch, "window", self.maps[key.place].number, key.number)

    def windows(self, epoch: int) -> NDArray[np.int64]:
        """All windows of an epoch, (n, 3): place, number, estimated tokens; in table order."""
        found: list[tuple[int, int, int]] = []
        for place, listed in enumerate(self.maps):
            draws = self.map_draws(epoch, place)
            speed = self.set_draws(epoch, listed.set_id).speed
            frames = frame_count(samples_at(listed.samples, speed), self.layout.hop_length)
            window = self.layout.src_seq_len - 1
            count = len(cut_frames(frames, window, draws.offset, draws.lookback, self.layout.lookahead))
            estimate = listed.events * window // max(frames, 1)
            found += [(place, number, estimate) for number in range(count)]
        return np.array(found, dtype=np.int64).reshape(-1, 3)

    def order(self, epoch: int, batch: int) -> NDArray[np.int64]:
        """:meth:`windows` in the order of the epoch."""
        windows = self.windows(epoch)
        if not self.training:
            return windows
        dice = CounterDice(self.options.seed, epoch, "order")
        if self.options.order == "locality":
            windows = windows[self._by_groups(windows, dice)]
        else:
            windows = windows[dice.permutation(np.arange(len(windows)))]
        buffer = self.options.balancer_buffer_size
        return windows[deal_indices(windows[:, 2], buffer, batch)] if buffer else windows

    def _by_groups(self, windows: NDArray[np.int64], dice: CounterDice) -> NDArray[np.int64]:
        """Sets in random order, ``cycle_length`` of them mixed at a time."""
        sets = np.array([listed.set_id for listed in self.maps], dtype=np.int64)[windows[:, 0]]
        order = dice.permutation(np.unique(sets))
        rank = np.empty(len(order), dtype=np.int64)
        rank[np.searchsorted(np.sort(order), order)] = np.arange(len(order))
        group = rank[np.searchsorted(np.sort(order), sets)] // self.options.cycle_length
        mixed = dice.permutation(np.arange(len(windows)))
        result: NDArray[np.int64] = mixed[np.argsort(group[mixed], kind="stable")]
        return result


def rank_batches(
    order: NDArray[np.int64], epoch: int, batch: int, rank: int, world: int, drop_last: bool, start: int = 0
) -> Iterator[list[WindowKey]]:
    """Batches of one rank from its ``start``-th on: batch i of the epoch goes to rank i mod world.

    All ranks get equally many. What fills no full round at the end is dealt in equal, smaller batches (fewer than
    ``world`` windows are left out), or dropped with ``drop_last``.
    """
    rounds = len(order) // (batch * world)
    for number in range(start, rounds):
        first = (number * world + rank) * batch
        yield _keys(order[first : first + batch], epoch)
    rest = order[rounds * batch * world :]
    share = len(rest) // world
    if not drop_last and share and start <= rounds:
        yield _keys(rest[rank * share : (rank + 1) * share], epoch)


def batch_count(windows: int, batch: int, world: int, drop_last: bool) -> int:
    """Batches that each rank gets."""
    rounds, rest = divmod(windows, batch * world)
    return rounds + (not drop_last and rest >= world)


def _keys(part: NDArray[np.int64], epoch: int) -> list[WindowKey]:
    return [WindowKey(epoch, int(place), int(number)) for place, number, _ in part]
