"""Training windows of the embedded model, held in memory: audio, token ids with labels, and frame-wise truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from osuT5.audio import load_audio
from osuT5.beatmap import read_beatmap
from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.config import Conditions, DataLayout
from osuT5.events.event import ContextType, EventStream
from osuT5.events.facts import hold_note_ratio
from osuT5.events.streams import context_stream, timing_stream
from osuT5.generation.contexts import OutContext
from osuT5.generation.prompt import PromptBuilder
from osuT5.tokenizer import Tokenizer, class_vector
from osuT5.tokenizer.tables import ClassTables

from .build import NOTE_CLASSES
from .maps.styles import DESCRIPTOR_NAMES, MAPPERS

IGNORED = -100
FRAME_CLASSES = (*NOTE_CLASSES, "beat", "downbeat")
_DROPOUT = {"difficulty": 0.1, "mapper_id": 0.25, "year": 0.25, "circle_size": 0.1, "hold_note_ratio": 0.3}
_DESCRIPTOR_DROPOUT = 0.05  # rare: without descriptors a map should be plain, not any gimmick
_PLAIN = 0.2  # neither mapper nor year: what a run without wishes asks for
_TILT, _QUIET_DB = 0.6, 12.0  # random tone and level of a window
_NOISY, _NOISE_DB = 0.3, (-55.0, -28.0)


@dataclass(frozen=True)
class MapEntry:
    """One difficulty: its streams in template order and what it is labelled with."""

    song: int
    streams: tuple[tuple[ContextType, EventStream], ...]
    conditions: Conditions
    first_ms: float
    last_ms: float


@dataclass(frozen=True)
class SongEntry:
    """One song: audio at the model's rate and the truth of its score."""

    samples: np.ndarray  # int16
    peak: float
    note_ms: np.ndarray
    note_class: np.ndarray
    beat_ms: np.ndarray
    beat_down: np.ndarray

    @property
    def length_ms(self) -> float:
        return len(self.samples) / 16.0


@dataclass(frozen=True)
class Window:
    """One sample. ``frames`` (S,) float32; ``ids`` and ``labels`` equally long; ``truth`` (positions, classes) 0/1."""

    frames: np.ndarray
    ids: list[int]
    labels: list[int]
    truth: np.ndarray


def starter_tokenizer(layout: DataLayout) -> Tokenizer:
    """The vocabulary: the made-up mappers and descriptors of :mod:`starter.maps.styles`."""
    mappers = {mapper: number for number, mapper in enumerate(MAPPERS)}
    descriptors = {name: number for number, name in enumerate(DESCRIPTOR_NAMES)}
    return Tokenizer.build(
        layout,
        ClassTables(
            mapper_idx=mappers,
            num_mapper_classes=len(mappers),
            descriptor_idx=descriptors,
            num_descriptor_classes=len(descriptors),
        ),
    )


class Corpus:
    """A built folder in memory (about 2 MB a minute of song). Raises ``OSError``, ``ValueError``."""

    def __init__(self, folder: Path, layout: DataLayout, tokenizer: Tokenizer, limit: int | None = None) -> None:
        self.layout, self.tokenizer = layout, tokenizer
        self.songs: list[SongEntry] = []
        self.maps: list[MapEntry] = []
        for number, rows in enumerate(_rows_by_set(folder)[:limit]):
            self._add_set(folder / "data" / rows[0]["BeatmapSetFolder"], rows, number)

    def _add_set(self, folder: Path, rows: list[dict[str, Any]], number: int) -> None:
        audio = load_audio(folder / rows[0]["AudioFile"], sample_rate=self.layout.sample_rate)
        peak = float(np.abs(audio).max()) or 1.0
        with np.load(folder / "score.npz") as score:
            truth = {name: score[name] for name in ("note_ms", "note_class", "beat_ms", "beat_down")}
        self.songs.append(SongEntry(np.round(audio / peak * 32767).astype(np.int16), peak, **truth))
        for row in rows:
            self.maps.append(self._map(folder / row["BeatmapFile"], row, number))

    def _map(self, path: Path, row: dict[str, Any], song: int) -> MapEntry:
        beatmap = read_beatmap(path)
        layout, settings = self.layout, beatmap.difficulty
        lines = parse_timing_lines(point.text for point in beatmap.timing_points if point.uninherited)
        streams = (
            (ContextType.TIMING, timing_stream(lines, layout, self.songs[song].length_ms)),
            (ContextType.KIAI, context_stream(ContextType.KIAI, beatmap, layout)),
            (ContextType.MAP, context_stream(ContextType.MAP, beatmap, layout)),
        )
        conditions = Conditions(
            gamemode=row["ModeInt"],
            difficulty=float(row["DifficultyRating"]),
            mapper_id=int(row["UserId"]),
            year=row["SubmittedDate"].year,
            hitsounded=True,
            circle_size=settings.circle_size,
            slider_multiplier=settings.slider_multiplier,
            keycount=settings.key_count,
            hold_note_ratio=hold_note_ratio(beatmap),
            descriptors=list(row["OmdbTags"]),
        )
        objects = beatmap.hit_objects
        return MapEntry(
            song, streams, conditions, objects[0].time if objects else 0.0, objects[-1].time if objects else 0.0
        )

    def windows(self, rng: np.random.RandomState, mode_weights: tuple[float, ...]) -> Iterator[Window]:
        """Endless random windows: a map by the weight of its mode, a start anywhere, labels dropped at random.

        Windows that are too long for the decoder are left out.
        """
        by_mode = [[entry for entry in self.maps if entry.conditions.gamemode == mode] for mode in range(4)]
        weights = np.array([w if entries else 0.0 for w, entries in zip(mode_weights, by_mode, strict=True)])
        while True:
            entries = by_mode[rng.choice(4, p=weights / weights.sum())]
            window = self.window(rng, entries[rng.randint(len(entries))])
            if len(window.ids) <= self.layout.tgt_seq_len:
                yield window

    def window(self, rng: np.random.RandomState, entry: MapEntry) -> Window:
        """A random window of a map, on the song's 16 ms frames."""
        song = self.songs[entry.song]
        latest = max(1.0, song.length_ms - self.layout.window_ms * 0.5)
        start_ms = int(rng.uniform(-0.05 * latest, latest) // 16 * 16)
        start_ms = max(0, start_ms)
        ids, labels = self._tokens(rng, entry, start_ms)
        frames = _disguised(rng, self._frames(song, start_ms))
        return Window(frames, ids, labels, self._truth(song, start_ms))

    def _tokens(self, rng: np.random.RandomState, entry: MapEntry, start_ms: int) -> tuple[list[int], list[int]]:
        tokenizer, length = self.tokenizer, self.songs[entry.song].length_ms
        conditions = _with_dropout(rng, entry.conditions)
        builder = PromptBuilder(
            tokenizer,
            self.layout,
            length,
            self.layout.window_ms,
            self.layout.templates[0],
            (),
            class_vector(tokenizer, self.layout, conditions, length),
        )
        outs = [OutContext(kind, stream) for kind, stream in entry.streams]
        ids = [*builder.build(outs, start_ms).ids, tokenizer.context_eos[outs[-1].kind]]
        first = ids.index(tokenizer.sos_id)
        labels = [IGNORED] * first + [*ids[first + 1 :], tokenizer.eos_id]
        return ids, labels

    def _frames(self, song: SongEntry, start_ms: int) -> np.ndarray:
        start = start_ms * 16
        part = song.samples[start : start + self.layout.window_samples].astype(np.float32) / 32767
        return np.pad(part, (0, self.layout.window_samples - len(part)))

    def _truth(self, song: SongEntry, start_ms: int) -> np.ndarray:
        positions = self.layout.src_seq_len // 2
        truth = np.zeros((positions, len(FRAME_CLASSES)), np.float32)
        step = self.layout.position_ms
        _mark(truth, (song.note_ms - start_ms) / step, song.note_class)
        _mark(truth, (song.beat_ms - start_ms) / step, np.full(len(song.beat_ms), FRAME_CLASSES.index("beat")))
        _mark(truth, (song.beat_ms[song.beat_down == 1] - start_ms) / step, FRAME_CLASSES.index("downbeat"))
        return truth


def _mark(truth: np.ndarray, positions: np.ndarray, classes: np.ndarray | int) -> None:
    places = np.round(positions).astype(int)
    inside = (places >= 0) & (places < len(truth))
    truth[places[inside], classes[inside] if isinstance(classes, np.ndarray) else classes] = 1.0


def _disguised(rng: np.random.RandomState, frames: np.ndarray) -> np.ndarray:
    """The window with another tone, level and floor of noise, so that what is learnt holds beyond these instruments."""
    tilt, level = rng.uniform(-_TILT, _TILT), 10 ** (-rng.uniform(0, _QUIET_DB) / 20)
    changed = level * frames
    changed[1:] += level * tilt * frames[:-1]
    if rng.rand() < _NOISY:
        changed += 10 ** (rng.uniform(*_NOISE_DB) / 20) * rng.standard_normal(len(frames))
    return changed.astype(np.float32)


def _with_dropout(rng: np.random.RandomState, conditions: Conditions) -> Conditions:
    dropped: dict[str, Any] = {name: None for name, rate in _DROPOUT.items() if rng.rand() < rate}
    if rng.rand() < _DESCRIPTOR_DROPOUT:
        dropped["descriptors"] = None
    if rng.rand() < _PLAIN:
        dropped |= {"mapper_id": None, "year": None}
    return replace(conditions, **dropped)


def _rows_by_set(folder: Path) -> list[list[dict[str, Any]]]:
    import pandas

    frame = pandas.read_parquet(folder / "metadata.parquet")
    return [group.to_dict("records") for _, group in frame.groupby("BeatmapSetId", sort=True)]
