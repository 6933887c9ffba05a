"""The web set from shards that the test writes."""

from __future__ import annotations

import io
import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from osuT5.data.errors import DataError
from osuT5.data.loader import Loader, build_loader
from osuT5.data.report import SkipReport
from osuT5.data.web import shard_part, shards_of, web_samples, web_sets

from .sets import NOISY, layout_and_options, map_text, tokenizer_for, write_song

pytest.importorskip("datasets")


def entry(beatmap: int, set_id: int, mode: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "beatmapset_id": set_id,
        "beatmap_id": beatmap,
        "approved": 1,
        "mode": mode,
        "creator_id": 5,
        "difficultyrating": 2.5,
        "submit_date": "2012-03-04 05:06:07",
        "approved_date": "2013-01-01 00:00:00",
        "content": map_text(mode, beatmap, set_id),
        **more,
    }


def write_shard(path: Path, samples: list[tuple[str, list[dict[str, Any]] | bytes]], audio: bytes) -> None:
    with tarfile.open(path, "w") as archive:
        for name, entries in samples:
            told = (
                entries
                if isinstance(entries, bytes)
                else json.dumps({"audio_hash": name, "beatmaps": entries}).encode()
            )
            for ending, data in (("json", told), ("opus", audio)):
                member = tarfile.TarInfo(f"{name}.{ending}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four shards of two songs each, two difficulties a song."""
    write_song(tmp_path / "song.wav", 18)
    audio = (tmp_path / "song.wav").read_bytes()  # the original variant names its audio whatever it is
    folder = tmp_path / "web" / "compressed"
    folder.mkdir(parents=True)
    for shard in range(4):
        samples: list[tuple[str, list[dict[str, Any]] | bytes]] = []
        for song in range(2):
            number = shard * 2 + song
            samples.append((f"{number:06d}", [entry(number * 10, number), entry(number * 10 + 1, number, 3)]))
        write_shard(folder / f"data-{shard:06d}.tar", samples, audio)
    return tmp_path / "web"


def loader_of(root: Path, split: str = "train", **more: Any) -> Loader:
    rank, world = more.pop("rank", 0), more.pop("world", 1)
    workers, batch = more.pop("workers", 0), more.pop("batch_size", 2)
    layout, options = layout_and_options(root, "v32", dataset_type="web", **more)
    return build_loader(
        options, layout, tokenizer_for(layout), split, rank, world, batch_size=batch, num_workers=workers
    )


def ids(batch: dict[str, torch.Tensor]) -> list[tuple[int, float]]:
    return list(zip(batch["beatmap_idx"].tolist(), batch["song_position"][:, 0].tolist(), strict=True))


ALL = {number * 10 + map_number for number in range(8) for map_number in range(2)}


def test_every_map_once_an_epoch(root: Path) -> None:
    loader = loader_of(root)
    first, second = ([pair for batch in loader for pair in ids(batch)] for _ in range(2))
    assert {beatmap for beatmap, _ in first} == ALL and set(Counter(first).values()) == {1}
    assert first != second and sorted(first) == sorted(second)
    assert not loader.report.entries
    assert [pair for batch in loader_of(root) for pair in ids(batch)] == first


def test_going_on_in_an_epoch(root: Path) -> None:
    whole = list(loader_of(root, **NOISY))
    left = loader_of(root, **NOISY)
    left.load_state({"epoch": 0, "batches": 5, "world_size": 1})
    rest = list(left)
    assert len(rest) == len(whole) - 5
    for one, other in zip(rest, whole[5:], strict=True):
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_ranks_and_workers_share_the_shards(root: Path) -> None:
    found: Counter[tuple[int, float]] = Counter()
    for rank in range(2):
        found.update(pair for batch in loader_of(root, rank=rank, world=2, workers=2) for pair in ids(batch))
    assert {beatmap for beatmap, _ in found} == ALL and set(found.values()) == {1}
    parts = [shard_part(list("abcdefg"), rank, 3) for rank in range(3)]
    assert sorted(name for part in parts for name in part) == list("abcdefg")


def test_positions_count_shards(root: Path) -> None:
    loader = loader_of(root, "test", train_dataset_end=3, test_dataset_start=3, test_dataset_end=4)
    assert {beatmap for batch in loader for beatmap, _ in ids(batch)} == {60, 61, 70, 71}
    with pytest.raises(DataError, match="9..None holds no shard; .* has 4 files in 'compressed'"):
        loader_of(root, train_dataset_start=9)


def test_filters(root: Path) -> None:
    _, options = layout_and_options(root, "v32", dataset_type="web", gamemodes=(3,), min_year=2013, max_year=2013)
    shards = shards_of(options, "train")
    report = SkipReport()
    rows = [row for found in web_sets(web_samples(shards, options, 0, False, report), options, report) for row in found]
    assert len(rows) == 8 and {row.mode for row in rows} == {3}
    assert rows[0].year == 2012 and rows[0].user_id == 5 and rows[0].stars == 2.5
    for more in ({"min_year": 2014}, {"ranked_statuses": (4,)}, {"min_difficulty": 3.0}, {"set_ids": (99,)}):
        _, options = layout_and_options(root, "v32", dataset_type="web", **more)
        assert not list(web_sets(web_samples(shards, options, 0, False, report), options, report))


def test_damage_is_named_and_passed_over(root: Path) -> None:
    folder = root / "compressed"
    shard = sorted(folder.iterdir())[0]
    shard.write_bytes(shard.read_bytes()[:300_000])  # in the middle of the second song
    audio = (root.parent / "song.wav").read_bytes()
    broken = entry(901, 90, content="nonsense")
    samples = [("000090", [broken, entry(902, 90)]), ("000091", b"{not json"), ("000092", [{"beatmap_id": 1}])]
    write_shard(folder / "data-000004.tar", samples, audio)
    write_shard(folder / "data-000005.tar", [("000093", [entry(930, 93)])], b"no audio")
    loader = loader_of(root)
    seen = {beatmap for batch in loader for beatmap, _ in ids(batch)}
    assert seen == (ALL - {10, 11}) | {902}
    assert dict(loader.report.counts()) == {"shard_broken": 1, "no_objects": 1, "sample_broken": 2, "audio_broken": 1}


def test_what_the_web_set_cannot_do(root: Path) -> None:
    with pytest.raises(DataError, match="web is a stream"):
        loader_of(root, cycle_length=4)
    with pytest.raises(DataError, match="web is a stream"):
        loader_of(root, order="random")
