"""Orders: what each epoch holds, who gets it, and going on from a saved position."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.config import DataLayout
from osuT5.data.dice import CounterDice
from osuT5.data.errors import DataError
from osuT5.data.loader import Loader, build_loader
from osuT5.data.options import DataOptions
from osuT5.data.plan import batch_count, rank_batches
from osuT5.data.published import deal_indices, interleave, worker_positions

from .sets import NOISY, layout_and_options, tokenizer_for, write_mmrs

Row = tuple[int, float, int]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mmrs(tmp_path_factory.mktemp("order"), sets=5, seconds=34)


def loader_of(
    root: Path, *, batch_size: int = 4, rank: int = 0, world: int = 1, workers: int = 0, **more: Any
) -> Loader:
    layout, options = layout_and_options(root, **{"order": "random", **more})
    return _build(layout, options, batch_size, rank, world, workers)


def _build(layout: DataLayout, options: DataOptions, batch_size: int, rank: int, world: int, workers: int) -> Loader:
    return build_loader(
        options, layout, tokenizer_for(layout), "train", rank, world, batch_size=batch_size, num_workers=workers
    )


def rows(batch: dict[str, torch.Tensor]) -> list[Row]:
    places = batch["song_position"][:, 0].tolist()
    lengths = batch["decoder_attention_mask"].sum(1).tolist()
    return list(zip(batch["beatmap_idx"].tolist(), places, lengths, strict=True))


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("order", ["random", "locality", "published"])
def test_an_epoch_holds_every_window_once(root: Path, order: str) -> None:
    found = Counter((number, place) for batch in loader_of(root, order=order) for number, place, _ in rows(batch))
    assert set(found.values()) == {1} and len(found) == 5 * 2 * 3


@pytest.mark.parametrize("order", ["random", "locality"])
def test_epochs_differ_and_seeds_repeat(root: Path, order: str) -> None:
    loader = loader_of(root, order=order, cycle_length=2, **NOISY)
    first, second = list(loader), list(loader)
    again = list(loader_of(root, order=order, cycle_length=2, **NOISY))
    assert all(equal(one, other) for one, other in zip(first, again, strict=True))
    assert [rows(batch) for batch in first] != [rows(batch) for batch in second]
    other = list(loader_of(root, order=order, cycle_length=2, **{**NOISY, "seed": 1}))
    assert [rows(batch) for batch in first] != [rows(batch) for batch in other]


@pytest.mark.parametrize("order", ["random", "published"])
def test_going_on_from_a_position(root: Path, order: str) -> None:
    """An interrupted epoch goes on with the batches that an unbroken one gives."""
    whole = loader_of(root, order=order, **NOISY)
    unbroken = [*whole, *whole]
    broken = loader_of(root, order=order, **NOISY)
    count = len(list(loader_of(root, order=order, **NOISY)))
    for stop in (1, count - 1, count + 2):
        left = loader_of(root, order=order, **NOISY)
        left.load_state(_state_after(broken, stop))
        rest = [*left, *left][: len(unbroken) - stop]
        assert all(equal(one, other) for one, other in zip(rest, unbroken[stop:], strict=True)), stop


def _state_after(loader: Loader, batches: int) -> dict[str, int]:
    loader.set_epoch(0)
    done = 0
    while True:
        for _ in loader:
            done += 1
            if done == batches:
                return loader.state()


def test_workers_change_nothing(root: Path) -> None:
    plain = list(loader_of(root, **NOISY))
    pooled = list(loader_of(root, workers=2, **NOISY))
    assert all(equal(one, other) for one, other in zip(plain, pooled, strict=True))


@pytest.mark.parametrize("world", [2, 3])
def test_ranks_share_an_epoch(root: Path, world: int) -> None:
    alone = [row for batch in loader_of(root, **NOISY) for row in rows(batch)]
    parts = [[rows(batch) for batch in loader_of(root, rank=rank, world=world, **NOISY)] for rank in range(world)]
    assert len({len(part) for part in parts}) == 1
    together = [row for part in parts for batch in part for row in batch]
    assert len(together) == len(set(together)) and set(together) <= set(alone)
    assert len(alone) - len(together) < world


def test_another_number_of_ranks_goes_on(root: Path) -> None:
    """Two ranks stop, one goes on: together they see each window once."""
    ranks = [loader_of(root, batch_size=2, rank=rank, world=2) for rank in range(2)]
    seen: list[Row] = []
    for loader in ranks:
        for batch in loader:
            seen += rows(batch)
            if loader.batches == 3:
                break
    alone = loader_of(root, batch_size=2)
    alone.load_state(ranks[0].state())
    assert alone.batches == 6
    seen += [row for batch in alone for row in rows(batch)]
    assert len(seen) == len(set(seen)) == 30


def test_lengths_of_an_epoch() -> None:
    order = np.arange(33).reshape(11, 3)
    parts = [list(rank_batches(order, 0, 2, rank, 2, False)) for rank in range(2)]
    assert [[len(batch) for batch in part] for part in parts] == [[2, 2, 1], [2, 2, 1]]
    assert batch_count(11, 2, 2, False) == 3 and batch_count(11, 2, 2, True) == 2 and batch_count(9, 2, 2, False) == 2
    assert len(list(rank_batches(order, 0, 2, 0, 2, True))) == 2
    assert [key.place for key in next(rank_batches(order, 0, 2, 1, 2, True, start=1))] == [18, 21]


def test_balanced_batches() -> None:
    sizes = np.array([9, 1, 8, 2, 7, 3, 6, 4])
    order = deal_indices(sizes, 8, 4)
    assert sorted(order.tolist()) == list(range(8))
    assert sizes[order[:4]].sum() == sizes[order[4:]].sum() == 20
    assert len(deal_indices(sizes, 8, 3)) == 6  # what fills no batch is left out
    assert len(deal_indices(sizes[:0], 8, 4)) == 0


def test_interleaving_goes_on_behind_an_exhausted_stream() -> None:
    streams: list[Any] = [iter("aaa"), iter("b"), iter("cc")]
    assert "".join(interleave(streams)) == "abcaca"


def test_parts_of_workers() -> None:
    parts = [worker_positions(range(3, 10), worker, 3) for worker in range(3)]
    assert [list(part) for part in parts] == [[3, 4, 5], [6, 7, 8], [9]]
    assert [list(worker_positions(range(2), worker, 4)) for worker in range(4)] == [[0], [1], [], []]


def test_test_split_is_quiet_and_takes_templates_in_turn(root: Path) -> None:
    layout, options = layout_and_options(root, "v29", order="random", **NOISY)
    quiet = {"timing_random_offset": 0, "timing_random_offset_2": 0, "snapping_random_prob": 0.0}
    options = options.__class__(**{**vars(options), **quiet})
    tokenizer = tokenizer_for(layout)
    loader = build_loader(options, layout, tokenizer, "test", batch_size=1)
    first = [batch["decoder_input_ids"][0] for batch in loader]
    second = [batch["decoder_input_ids"][0] for batch in loader]
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    starts = {int(ids[0]) for ids in first}
    assert starts == {
        tokenizer.context_sos[kind] for kind in tokenizer.context_sos if kind.value in ("none", "no_hs", "gd")
    }


def test_counter_draws_depend_on_the_key_alone() -> None:
    assert CounterDice(1, 2, "set", 3).uniform() == CounterDice(1, 2, "set", 3).uniform()
    values = {
        CounterDice(seed, epoch, scope, 5).uniform() for seed in (1, 2) for epoch in (1, 2) for scope in ("set", "map")
    }
    assert len(values) == 8
    many = [CounterDice(0, number).uniform() for number in range(4000)]
    assert abs(np.mean(many) - 0.5) < 0.02 and min(many) >= 0 and max(many) < 1
    picks = Counter(CounterDice(7, number).choose([4, 1, 1]) for number in range(3000))
    assert abs(picks[0] / 3000 - 2 / 3) < 0.04
    assert {CounterDice(3, number).between(-1, 1) for number in range(60)} == {-1, 0, 1}


def test_settings_that_cannot_be(root: Path) -> None:
    with pytest.raises(DataError, match="balancer_buffer_size: 10 is not a multiple of the micro batch 4"):
        loader_of(root, balancer_buffer_size=10)
    with pytest.raises(DataError, match="rank: 2 is not below world_size 2"):
        loader_of(root, rank=2, world=2)
    with pytest.raises(DataError, match=r"7\.\.9 holds no set; .* has 5 sets"):
        loader_of(root, train_dataset_start=7, train_dataset_end=9)
    with pytest.raises(DataError, match="no map of the train split passes the filters"):
        loader_of(root, gamemodes=(2,))
    with pytest.raises(DataError, match="no metadata.parquet here"):
        loader_of(root / "data")
    layout, options = layout_and_options("")
    with pytest.raises(DataError, match="train_dataset_path: not set"):
        build_loader(options, layout, tokenizer_for(layout), batch_size=1)
