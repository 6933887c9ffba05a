"""The event cache: the same windows as without it, and rebuilt exactly where a map changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.data import cache as cache_module
from osuT5.data.audio_store import ArraySong, AudioStore, FasterSong
from osuT5.data.cache import prepare_events
from osuT5.data.cache_key import cache_key
from osuT5.data.errors import BadTrack
from osuT5.data.loader import build_loader
from osuT5.data.parse import contexts_of, parse_map
from osuT5.data.plan import samples_at
from osuT5.data.prepare import writing_of
from osuT5.data.rows import MapRow, read_ref
from osuT5.data.table import read_table, rows_of

from .sets import NOISY, layout_and_options, map_text, tokenizer_for, write_mmrs, write_song


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_mmrs(tmp_path, sets=2, modes=(0, 1, 3), seconds=18)


def rows_at(root: Path) -> list[MapRow]:
    table = read_table(root)
    return rows_of(table, range(len(table)))


def batches(root: Path, version: str, **more: Any) -> Iterator[dict[str, torch.Tensor]]:
    layout, options = layout_and_options(root, version, **{**NOISY, **more})
    return iter(build_loader(options, layout, tokenizer_for(layout), batch_size=2))


@pytest.mark.parametrize("version", ["v29", "v30", "v32"])
def test_cached_windows_equal_direct_ones(root: Path, version: str) -> None:
    direct = list(batches(root, version, event_cache=False))
    cached = list(batches(root, version, audio_cache=False))
    assert len(direct) == len(cached) > 0
    for one, other in zip(direct, cached, strict=True):
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_stored_songs_equal_decoded_ones(root: Path) -> None:
    decoded = list(batches(root, "v32", order="random"))
    stored = list(batches(root, "v32", order="random", audio_cache=True))
    assert list((root / ".cache" / "audio").rglob("*.npy"))
    for one, other in zip(decoded, stored, strict=True):
        assert all(torch.equal(one[key], other[key]) for key in one if key != "frames")
        assert torch.allclose(one["frames"], other["frames"], atol=1e-6)


def test_every_stream_comes_back(root: Path) -> None:
    layout, options = layout_and_options(root, "v31", **NOISY)
    writing = writing_of(layout, options)
    found = prepare_events(rows_at(root), writing, root / ".cache")
    for row in rows_at(root):
        direct = parse_map(read_ref(row.beatmap), row.name, layout, writing.contexts, writing.flips)
        cached = found.events(row)
        assert cached.facts == direct.facts
        for context in writing.contexts:
            for part in ("kinds", "values", "times"):
                one, other = getattr(cached.streams[context], part), getattr(direct.streams[context], part)
                assert one.dtype == other.dtype and np.array_equal(one, other)
        assert all(np.array_equal(cached.mirrored[flip], direct.mirrored[flip]) for flip in direct.mirrored)


def read_count(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of the maps that are parsed from now on."""
    read: list[str] = []
    original = cache_module._read_one

    def noted(path: str, writing: Any) -> Any:
        read.append(Path(path).name)
        return original(path, writing)

    monkeypatch.setattr(cache_module, "_read_one", noted)
    return read


def test_only_what_changed_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout, options = layout_and_options(root)
    writing, folder, rows = writing_of(layout, options), root / ".cache", rows_at(root)
    read = read_count(monkeypatch)
    prepare_events(rows, writing, folder)
    assert len(read) == 6
    prepare_events(rows, writing, folder)
    assert len(read) == 6
    path = rows[0].beatmap
    assert isinstance(path, Path)
    os.utime(path, ns=(1, 1))  # touched: the content is the same
    prepare_events(rows, writing, folder)
    assert len(read) == 6
    path.write_text(map_text(0, 10, 1, count=3), encoding="utf-8")
    found = prepare_events(rows, writing, folder)
    assert len(read) == 7 and found.events(rows[0]).facts.objects == 3
    assert found.events(rows[1]).facts.objects == 26


def test_another_layout_is_another_cache(root: Path) -> None:
    v29, v32 = VERSIONS["v29"].layout, VERSIONS["v32"].layout
    keys = {cache_key(layout, contexts_of(layout), flips) for layout in (v29, v32) for flips in (False, True)}
    assert len(keys) == 4
    longer = replace(v29, src_seq_len=4096, tgt_seq_len=96, add_difficulty_token=False)
    assert cache_key(longer, contexts_of(longer), False) == cache_key(v29, contexts_of(v29), False)
    assert cache_key(replace(v29, types_first=False), contexts_of(v29), False) not in keys


def test_bad_maps_are_remembered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout, options = layout_and_options(root)
    writing, folder, rows = writing_of(layout, options), root / ".cache", rows_at(root)
    assert isinstance(rows[0].beatmap, Path) and isinstance(rows[1].beatmap, Path)
    rows[0].beatmap.write_text("nonsense")
    rows[1].beatmap.unlink()
    prepare_events(rows, writing, folder)
    read = read_count(monkeypatch)
    found = prepare_events(rows, writing, folder)
    assert read == [rows[1].beatmap.name]  # a missing file may come back
    for row, code in ((rows[0], "no_objects"), (rows[1], "map_missing")):
        with pytest.raises(BadTrack) as caught:
            found.events(row)
        assert caught.value.code == code


def test_damage_is_repaired(root: Path) -> None:
    layout, options = layout_and_options(root)
    writing, folder, rows = writing_of(layout, options), root / ".cache", rows_at(root)
    prepare_events(rows, writing, folder)
    (folder / writing.key / "index.parquet").write_bytes(b"PAR1 cut off")
    assert prepare_events(rows, writing, folder).events(rows[0]).facts.objects == 20
    for path in (folder / writing.key).glob("events-*.arrow"):
        path.unlink()
    assert prepare_events(rows, writing, folder).events(rows[0]).facts.objects == 20
    assert not list(folder.rglob("*.tmp"))


def test_a_folder_that_cannot_be_written(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = root / "blocked"
    blocked.write_text("a file where the folder would be")
    assert list(batches(root, "v32", cache_dir=str(blocked)))
    assert "no event cache here" in caplog.text


def test_songs_on_disk(tmp_path: Path) -> None:
    write_song(tmp_path / "song.wav", 3)
    plain = AudioStore(16000, True).song(tmp_path / "song.wav")
    store = AudioStore(16000, True, tmp_path / "audio")
    for _ in range(2):
        song = store.song(tmp_path / "song.wav")
        assert len(song) == len(plain)
        assert np.allclose(song.part(100, 5000, 6000), plain.part(100, 5000, 6000), atol=1e-6)
    files = [path for path in (tmp_path / "audio").rglob("*.npy") if "peak" not in path.name]
    assert len(files) == 1 and np.load(files[0]).dtype == np.int16
    with pytest.raises(BadTrack) as caught:
        store.song(tmp_path / "none.wav")
    assert caught.value.code == "audio_broken"


def test_a_faster_song_is_the_same_wherever_it_is_cut() -> None:
    song = ArraySong(np.random.RandomState(0).randn(5000).astype(np.float32))
    faster = FasterSong(song, 1.25)
    assert len(faster) == samples_at(5000, 1.25) == 4000
    whole = faster.part(0, 4000, 4000)
    assert np.allclose(faster.part(700, 1500, 800), whole[700:1500], atol=1e-6)
    assert whole[4] == song.samples[5]
    assert not faster.part(4000, 4100, 100).any() and len(faster.part(3990, 4100, 110)) == 110
