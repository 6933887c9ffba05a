"""Build the training set of the embedded model: ``python -m starter.build out_dir --songs 400 --seed 0``.

Writes an MMRS-style folder (spec 05 section 2.2): ``metadata.parquet`` and ``data/<set>/`` with audio and .osu files;
beside them ``score.npz`` with the true times of every note and beat. Resumable: finished sets are kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from osuT5.beatmap import write_beatmap
from osuT5.files import atomic_write, write_bytes
from osuT5.stars import star_rating

from .maps.mapper import MapRequest, make_map
from .maps.styles import draw_signature
from .songs.compose import compose
from .songs.render import render, write_audio
from .songs.score import Score

# Maps of each song: how many of each mode. osu! is the mode most people map.
MAPS_A_SONG = {0: 4, 1: 2, 2: 2, 3: 3}
STAR_RANGE = {0: (1.2, 6.8), 1: (1.2, 6.5), 2: (1.2, 6.8), 3: (1.2, 6.8)}
NOTE_CLASSES = ("kick", "snare", "hat", "crash", "lead", "tonal")
_CLASS_OF = {"clap": "snare", "open_hat": "hat", "tom": "snare", "bass": "tonal", "chord": "tonal", "arp": "tonal"}
_RATES = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
_MODES = ("osu", "taiko", "fruits", "mania")


@dataclass(frozen=True)
class SongTask:
    """One song to build."""

    number: int
    seed: int
    out_dir: Path
    target_ms: float
    audio: bool = True


def build_song(task: SongTask) -> list[dict[str, Any]]:
    """Compose, render, encode and map one song; returns its metadata rows. A finished song is only read."""
    set_id = task.number + 1
    seed = int(hashlib.sha256(f"{task.seed}:{task.number}".encode()).hexdigest()[:7], 16)
    score = compose(seed, task.target_ms)
    folder = task.out_dir / "data" / f"{set_id} {score.artist} - {score.title}"
    done = folder / "rows.json"
    if done.exists():
        return list(json.loads(done.read_text(encoding="utf-8")))
    rng = np.random.RandomState(seed + 1)
    audio_name = f"audio.{rng.choice(('mp3', 'ogg', 'm4a', 'flac'), p=(0.5, 0.3, 0.15, 0.05))}"
    folder.mkdir(parents=True, exist_ok=True)
    kbps = int(rng.choice((64, 96, 128, 192)))
    if task.audio:
        write_audio(folder / audio_name, render(score, seed + 2), kbps)
    _write_score(folder / "score.npz", score)
    rows = [
        _map_row(rng, score, folder, audio_name, set_id, number, mode)
        for number, mode in enumerate(mode for mode, count in MAPS_A_SONG.items() for _ in range(count))
    ]
    write_bytes(done, json.dumps(rows).encode())
    return rows


def build(out_dir: Path, songs: int, seed: int, jobs: int, target_ms: float = 70_000.0, *, audio: bool = True) -> int:
    """Build ``songs`` songs with ``jobs`` processes; returns the number of maps. Without ``audio``, maps only."""
    tasks = [SongTask(number, seed, out_dir, target_ms, audio) for number in range(songs)]
    rows: list[dict[str, Any]] = []
    for number, found in enumerate(_run(tasks, jobs), 1):
        rows += found
        if number % 20 == 0 or number == songs:
            print(f"{number}/{songs} songs, {len(rows)} maps", flush=True)
    _write_metadata(out_dir / "metadata.parquet", rows)
    return len(rows)


def _run(tasks: list[SongTask], jobs: int) -> Iterator[list[dict[str, Any]]]:
    if jobs <= 1:
        yield from map(build_song, tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(build_song, tasks)


def _map_row(
    rng: np.random.RandomState, score: Score, folder: Path, audio_name: str, set_id: int, number: int, mode: int
) -> dict[str, Any]:
    low, high = STAR_RANGE[mode]
    request = MapRequest(
        mode=mode,
        stars=float(rng.uniform(low, high)),
        keys=int(rng.choice((4, 7), p=(0.75, 0.25))) if mode == 3 else 4,
        signature=draw_signature(rng, mode),
        seed=int(rng.randint(2**31)),
    )
    beatmap, stars = make_map(score, request, audio_name, tries=3)
    beatmap_id = set_id * 100 + number
    beatmap.metadata.beatmap_id, beatmap.metadata.beatmap_set_id = beatmap_id, set_id
    text = write_beatmap(beatmap)
    name = f"{score.artist} - {score.title} ({beatmap.metadata.creator}) [{_MODES[mode]} {number}].osu"
    write_bytes(folder / name, text.encode("utf-8"))
    rates = [star_rating(text, mode, rate) or 0.0 for rate in _RATES]
    return {
        "Id": beatmap_id,
        "BeatmapSetId": set_id,
        "ModeInt": mode,
        "Mode": _MODES[mode],
        "Ranked": 1,
        "Status": "ranked",
        "SubmittedDate": f"{request.signature.year}-06-01",
        "RankedDate": f"{request.signature.year}-07-01",
        "DifficultyRating": stars,
        "StarRating": rates,
        "UserId": request.signature.mapper_id,
        "BeatmapSetUserId": request.signature.mapper_id,
        "Creator": beatmap.metadata.creator,
        "Artist": score.artist,
        "Title": score.title,
        "Version": beatmap.metadata.version,
        "Bpm": 60000 / score.bars[0].beat_ms,
        "OmdbTags": list(request.signature.descriptors),
        "TopTagIds": [],
        "TopTagCounts": [],
        "AudioFile": audio_name,
        "BeatmapFile": name,
        "BeatmapSetFolder": folder.name,
    }


def _write_score(path: Path, score: Score) -> None:
    """Arrays: ``note_ms``, ``note_class``, ``note_strength``; ``beat_ms``, ``beat_down`` (1 on bar lines)."""
    classes = [NOTE_CLASSES.index(_CLASS_OF.get(note.layer, note.layer)) for note in score.notes]
    beats = [(bar.start_ms + k * bar.beat_ms, int(k == 0)) for bar in score.bars for k in range(bar.meter)]
    with atomic_write(path) as handle:
        np.savez_compressed(
            handle,
            note_ms=np.array([note.time_ms for note in score.notes], np.float32),
            note_class=np.array(classes, np.int8),
            note_strength=np.array([note.strength for note in score.notes], np.float32),
            beat_ms=np.array([time for time, _ in beats], np.float32),
            beat_down=np.array([down for _, down in beats], np.int8),
        )


def _write_metadata(path: Path, rows: list[dict[str, Any]]) -> None:
    import pandas

    frame = pandas.DataFrame(rows)
    for column in ("SubmittedDate", "RankedDate"):
        frame[column] = pandas.to_datetime(frame[column])
    for column in ("Id", "BeatmapSetId", "ModeInt", "Ranked", "UserId", "BeatmapSetUserId"):
        frame[column] = frame[column].astype("int32")
    with atomic_write(path) as handle:
        frame.to_parquet(handle, index=False)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m starter.build", description=__doc__.split("\n")[0])
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--songs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other songs and maps")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=70.0, help="length of a song")
    parser.add_argument("--maps-only", action="store_true", help="no audio: enough for the refiner of positions")
    arguments = parser.parse_args()
    length_ms = arguments.seconds * 1000
    maps = build(
        arguments.out_dir, arguments.songs, arguments.seed, arguments.jobs, length_ms, audio=not arguments.maps_only
    )
    print(f"{maps} maps in {arguments.out_dir}")


if __name__ == "__main__":
    main()
