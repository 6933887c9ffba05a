"""Small songs and maps that the tests write."""

from __future__ import annotations

import wave
import zipfile
from pathlib import Path

import numpy as np

from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout
from osuT5.data.build import BuildOptions, build
from osuT5.data.options import DataOptions, data_options
from osuT5.tokenizer import Tokenizer

QUIET = {
    "frame_offset_augment_prob": 0.0,
    "timing_random_offset": 0,
    "class_dropout_prob": 0.0,
    "diff_dropout_prob": 0.0,
    "mapper_dropout_prob": 0.0,
    "year_dropout_prob": 0.0,
    "cs_dropout_prob": 0.0,
    "hold_note_ratio_dropout_prob": 0.0,
    "scroll_speed_ratio_dropout_prob": 0.0,
    "descriptor_dropout_prob": 0.0,
}
NOISY = {
    "dt_augment_prob": 0.5,
    "dt_augment_range": (1.1, 1.4),
    "flip_horizontal_prob": 0.5,
    "flip_vertical_prob": 0.5,
    "frame_offset_augment_prob": 0.5,
    "lookback": 0.2,
    "lookback_prob": 0.5,
    "timing_random_offset": 2,
    "timing_random_offset_2": 1,
    "snapping_random_prob": 0.25,
}


def write_song(path: Path, seconds: float = 20.0, rate: int = 8000, seed: int = 0) -> None:
    """A mono wav of noise."""
    samples = np.random.RandomState(seed).randint(-9000, 9000, int(seconds * rate)).astype("<i2")
    with wave.open(str(path), "wb") as handle:
        handle.setnchannels(1)
        handle.setsampwidth(2)
        handle.setframerate(rate)
        handle.writeframes(samples.tobytes())


def map_text(
    mode: int = 0,
    beatmap_id: int = 11,
    set_id: int = 1,
    version: str = "Easy",
    count: int = 40,
    audio: str = "song.wav",
    title: str = "Title",
    extra_events: str = "",
) -> str:
    """A map of ``mode``: an object each beat of 400 ms, every fourth one long, kiai in the middle."""
    lines = []
    for number in range(count):
        time, x, y = 200 + 400 * number, 64 + (number * 37) % 380, 40 + (number * 53) % 300
        if mode == 3 and number % 4 == 3:
            lines.append(f"{x},192,{time},128,0,{time + 300}:0:0:0:0:")
        elif number % 4 == 3:
            lines.append(
                f"{x},{y},{time},2,0,B|{(x + 60) % 512}:{y}|{(x + 90) % 512}:{(y + 40) % 384},1,70,2|8,0:0|0:0,0:0:0:0:"
            )
        else:
            lines.append(
                f"{x},{192 if mode == 3 else y},{time},{5 if number % 8 == 0 else 1},{number % 3 * 2},0:0:0:0:"
            )
    objects = "\n".join(lines)
    return f"""osu file format v14

[General]
AudioFilename: {audio}
Mode: {mode}

[Metadata]
Title:{title}
Artist:Artist
Creator:someone
Version:{version}
BeatmapID:{beatmap_id}
BeatmapSetID:{set_id}

[Difficulty]
HPDrainRate:5
CircleSize:4
OverallDifficulty:6
ApproachRate:7
SliderMultiplier:1.4
SliderTickRate:1

[Events]
//Background and Video events
0,0,"bg.jpg",0,0
{extra_events}2,7000,8000

[TimingPoints]
200,400,4,2,0,60,1,0
5000,-50,4,2,0,50,0,1
9000,-100,4,2,0,50,0,0

[HitObjects]
{objects}
"""


def write_folder(folder: Path, set_id: int, modes: tuple[int, ...] = (0, 3), seconds: float = 20.0) -> Path:
    """A song folder with one map for each mode."""
    folder.mkdir(parents=True)
    write_song(folder / "song.wav", seconds, seed=set_id)
    for number, mode in enumerate(modes):
        text = map_text(mode, set_id * 10 + number, set_id, f"Level {number}", 20 + 6 * number, title=f"Song {set_id}")
        (folder / f"map {number}.osu").write_text(text, encoding="utf-8")
    return folder


def write_osz(path: Path, folder: Path) -> None:
    """The files of a folder as an archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)


def write_mmrs(root: Path, sets: int = 4, modes: tuple[int, ...] = (0, 3), seconds: float = 20.0) -> Path:
    """A built data set of ``sets`` songs; returns its folder."""
    for number in range(1, sets + 1):
        write_folder(root / "songs" / f"{number}", number, modes, seconds)
    build(root / "songs", root / "mmrs", BuildOptions(status=1, year=2020))
    return root / "mmrs"


def layout_and_options(root: Path | str, version: str = "v32", **values: object) -> tuple[DataLayout, DataOptions]:
    """Layout of a version and quiet options for a data set."""
    return data_options({"train_dataset_path": str(root), **QUIET, **values}, VERSIONS[version].layout)


def tokenizer_for(layout: DataLayout) -> Tokenizer:
    """A vocabulary without mappers and descriptors."""
    return Tokenizer.build(layout)
