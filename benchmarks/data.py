"""Training windows per second of the data path: ``python benchmarks/data.py [DATA_SET]``.

Compares three ways to the same windows: from cached events and stored audio, reading every map and song anew each
epoch with this project's reader, and the same with ``slider`` reading the maps in Python as published loaders do.
Without a data set one is built of the maps of the shared corpus, each with a song of noise as long as the map.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from osuT5.capabilities import VERSIONS  # noqa: E402
from osuT5.config import DataLayout  # noqa: E402
from osuT5.data.audio_store import ArraySong, AudioStore  # noqa: E402
from osuT5.data.build import BuildOptions, build  # noqa: E402
from osuT5.data.dice import CounterDice  # noqa: E402
from osuT5.data.loader import build_loader  # noqa: E402
from osuT5.data.options import DataOptions, data_options  # noqa: E402
from osuT5.data.parse import MapEvents  # noqa: E402
from osuT5.data.prepare import prepare_caches  # noqa: E402
from osuT5.data.published import published_epoch  # noqa: E402
from osuT5.data.report import SkipReport  # noqa: E402
from osuT5.data.rows import MapRow  # noqa: E402
from osuT5.data.table import read_table  # noqa: E402
from osuT5.data.tracks import DirectEvents, EventSource, TrackReader  # noqa: E402
from osuT5.data.windows import Recipe  # noqa: E402
from osuT5.tokenizer import Tokenizer  # noqa: E402


class SliderEvents:
    """Events of a map that ``slider`` has parsed first; ``seconds`` is what that alone took."""

    def __init__(self, direct: DirectEvents) -> None:
        self._direct = direct
        self.seconds, self.refused = 0.0, 0
        self._set_id: int | None = None
        self._seen: set[int] = set()

    def events(self, row: MapRow) -> MapEvents:
        if row.set_id != self._set_id:
            self._set_id, self._seen = row.set_id, set()
        if row.number not in self._seen:
            self._seen.add(row.number)
            self._parse(row)
        return self._direct.events(row)

    def _parse(self, row: MapRow) -> None:
        import slider

        start = time.perf_counter()
        assert isinstance(row.beatmap, Path)
        try:
            beatmap = slider.Beatmap.from_path(row.beatmap)
            beatmap.hit_objects(stacking=False)
        except Exception:  # its parser has no error class of its own
            self.refused += 1
        self.seconds += time.perf_counter() - start


def corpus_set(folder: Path, minutes: float) -> Path:
    """A data set of the shared corpus with one song of noise, ``minutes`` long."""
    song = folder / "song.mp3"
    write_song(song, minutes)
    for number, path in enumerate(sorted((ROOT.parent / "shared/corpus/osu").glob("*.osu")), 1):
        target = folder / "songs" / str(number)
        target.mkdir(parents=True)
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        lines = [line for line in lines if not line.startswith(("BeatmapSetID", "BeatmapID"))]
        lines = ["AudioFilename: song.mp3" if line.startswith("AudioFilename") else line for line in lines]
        (target / "map.osu").write_text("\n".join(lines), encoding="utf-8")
        (target / "song.mp3").write_bytes(song.read_bytes())
    build(folder / "songs", folder / "mmrs", BuildOptions(status=1, year=2020))
    return folder / "mmrs"


def write_song(path: Path, minutes: float) -> None:
    """Stereo noise at 44.1 kHz as mp3."""
    import av

    noise = (np.random.RandomState(0).randn(2, int(44100 * 60 * minutes)) * 3000).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mp3", rate=44100, layout="stereo")
        frame = av.AudioFrame.from_ndarray(noise, format="s16p", layout="stereo")
        frame.sample_rate = 44100
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def direct_windows(
    root: Path, layout: DataLayout, options: DataOptions, events: EventSource, recipe: Recipe, silent: bool
) -> Iterator[None]:
    """One epoch in the published order, reading everything anew."""
    store: AudioStore = SilentStore() if silent else AudioStore(layout.sample_rate, layout.normalize_audio, kept=1)
    reader = TrackReader(recipe, events, store, SkipReport(), True)
    for _ in published_epoch(read_table(root), options, "train", reader, CounterDice(0)):
        yield None


class SilentStore(AudioStore):
    """Silence of three minutes at once: times what is left without audio."""

    def __init__(self) -> None:
        super().__init__(16000, False)
        self._silence = np.zeros(16000 * 180, np.float32)

    def song(self, ref: object, speed: float = 1.0) -> ArraySong:
        return ArraySong(self._silence)


def rate_of(windows: Iterator[object]) -> tuple[float, int]:
    """Windows per second, and how many."""
    start = time.perf_counter()
    count = sum(1 for _ in windows)
    return count / (time.perf_counter() - start), count


def cached_rows(
    root: Path, layout: DataLayout, options: DataOptions, tokenizer: Tokenizer, epochs: int
) -> Iterator[int]:
    """Samples of some epochs in random order from the caches (the first, cold one is not measured by the caller)."""
    loader = build_loader(options, layout, tokenizer, batch_size=8)
    for _ in range(epochs):
        for batch in loader:
            yield from range(len(batch["labels"]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the data path of training.")
    parser.add_argument("root", nargs="?", type=Path, help="an MMRS data set; it must be writable for the caches")
    parser.add_argument("--version", default="v29", choices=sorted(VERSIONS))
    parser.add_argument("--minutes", type=float, default=1.0, help="length of the song that is made")
    parser.add_argument("--epochs", type=int, default=3, help="of the cached path")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.root or corpus_set(Path(folder), arguments.minutes)
        compare(root, arguments.version, arguments.epochs)


def compare(root: Path, version: str, epochs: int) -> None:
    """Print the figures."""
    values = {"train_dataset_path": str(root), "ranked_statuses": None, "pad_to_multiple": 128}
    layout, options = data_options(values, replace(VERSIONS[version].layout))
    tokenizer = Tokenizer.build(layout)
    recipe = Recipe(tokenizer, layout, options)
    table = read_table(root)
    print(f"{root}: {len(table)} maps, layout {version}")
    start = time.perf_counter()
    caches = prepare_caches(table, layout, options, "train")
    print(f"event cache built in {time.perf_counter() - start:.1f} s")
    size = sum(path.stat().st_size for path in caches.folder.rglob("events-*")) / len(table) / 1000
    print(f"event cache: {size:.0f} kB a map")

    cached = replace(options, order="random", audio_cache=True)
    start = time.perf_counter()
    list(cached_rows(root, layout, cached, tokenizer, 1))
    print(f"first epoch, songs decoded once: {time.perf_counter() - start:.1f} s")
    fast, count = rate_of(cached_rows(root, layout, cached, tokenizer, epochs))
    print(f"{fast:8.0f} windows/s  from caches, batches of 8 collated ({count} windows)")
    plain, count = rate_of(direct_windows(root, layout, options, DirectEvents(recipe), recipe, False))
    print(f"{plain:8.0f} windows/s  everything read anew ({count} windows)")
    slow_events = SliderEvents(DirectEvents(recipe))
    slow, _ = rate_of(direct_windows(root, layout, options, slow_events, recipe, False))
    print(f"{slow:8.0f} windows/s  the same with slider reading the maps ({slow_events.refused} refused)")
    print(f"caches over slider: {fast / slow:.1f}x; over reading anew: {fast / plain:.1f}x")

    in_cache = caches.events
    assert in_cache is not None
    without, _ = rate_of(direct_windows(root, layout, options, in_cache, recipe, True))
    alone, _ = rate_of(direct_windows(root, layout, options, SliderEvents(DirectEvents(recipe)), recipe, True))
    print(f"without audio: {without:.0f} windows/s from cached events, {alone:.0f} with slider: {without / alone:.1f}x")


if __name__ == "__main__":
    main()
