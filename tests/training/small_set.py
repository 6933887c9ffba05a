"""A data set of a few tiny maps with clicks on their beats, and options that train on it in seconds."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pandas

from osuT5.training.options import TrainOptions, train_options

RATE, SECONDS = 16000, 4.0
FRAMES = 128  # in a window: 1.016 s
BEATS = (500, 400, 450, 600)  # ms, one a map


def osu_text(number: int) -> str:
    beat = BEATS[number % len(BEATS)]
    objects = []
    for index, time in enumerate(range(200, int(SECONDS * 1000) - 200, beat)):
        x = 64 + 128 * ((index * (1 + number % 3) + number) % 4)  # few places, so that maps share their tokens
        y = 64 + 96 * ((index * (2 + number // 2) + number) % 4)
        objects.append(f"{x},{y},{time},{5 if index % 4 == 0 else 1},{2 * (index % 2)},0:0:0:0:")
    return "\n".join(
        [
            "osu file format v14\n",
            "[General]\nAudioFilename: audio.wav\nMode: 0\n",
            f"[Metadata]\nTitle:Song {number}\nArtist:Nobody\nCreator:mapper{number}\nVersion:Normal",
            f"BeatmapID:{1000 + number}\nBeatmapSetID:{100 + number}\n",
            "[Difficulty]\nHPDrainRate:5\nCircleSize:4\nOverallDifficulty:5\nApproachRate:5",
            "SliderMultiplier:1.4\nSliderTickRate:1\n",
            f"[TimingPoints]\n200,{beat},4,2,0,60,1,0\n",
            "[HitObjects]",
            *objects,
            "",
        ]
    )


def click_track(path: Path, number: int) -> None:
    samples = np.random.RandomState(number).randn(int(RATE * SECONDS)) * 0.01
    for time in range(200, int(SECONDS * 1000) - 200, BEATS[number % len(BEATS)]):
        start = time * RATE // 1000
        samples[start : start + 400] += np.sin(np.arange(400) * (0.3 + 0.1 * number)) * np.linspace(1, 0, 400)
    with wave.open(str(path), "wb") as handle:
        handle.setnchannels(1)
        handle.setsampwidth(2)
        handle.setframerate(RATE)
        handle.writeframes((np.clip(samples, -1, 1) * 32000).astype("<i2").tobytes())


def write_set(root: Path, maps: int = 4, users: tuple[int | None, ...] = (7, 8, 7, None)) -> Path:
    """An MMRS set of ``maps`` sets with one map each."""
    rows = []
    for number in range(maps):
        folder = root / "data" / f"{100 + number} Nobody - Song"
        folder.mkdir(parents=True)
        click_track(folder / "audio.wav", number)
        (folder / "map.osu").write_text(osu_text(number), encoding="utf-8")
        rows.append(
            {
                "BeatmapSetId": 100 + number,
                "Id": 1000 + number,
                "ModeInt": 0,
                "Ranked": 1,
                "RankedDate": pandas.Timestamp("2015-01-01"),
                "SubmittedDate": pandas.Timestamp("2014-01-01"),
                "DifficultyRating": 2.0 + number / 10,
                "StarRating": [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0],
                "UserId": users[number % len(users)],
                "BeatmapSetFolder": folder.name,
                "AudioFile": "audio.wav",
                "BeatmapFile": "map.osu",
                "OmdbTags": ["tag one"] if number % 2 else [],
                "TopTagIds": [],
                "TopTagCounts": [],
            }
        )
    pandas.DataFrame(rows).to_parquet(root / "metadata.parquet")
    return root


def values(root: Path, run: Path, **changes: Any) -> dict[str, Any]:
    """Content of a configuration; ``changes`` are merged into its groups by name, others are top-level keys."""
    result: dict[str, Any] = {
        "version": "v32",
        "device": "cpu",
        "mixed_precision": "no",
        "run_dir": str(run),
        "model": {
            "name": "openai/whisper-tiny",
            "overwrite": {
                "d_model": 32,
                "encoder_layers": 1,
                "decoder_layers": 2,
                "encoder_attention_heads": 2,
                "decoder_attention_heads": 2,
                "encoder_ffn_dim": 64,
                "decoder_ffn_dim": 64,
            },
            "project_encoder_input": False,
            "rhythm_weight": 1.0,
            "spectrogram": {"implementation": "torchaudio", "log_scale": True, "n_mels": 24, "pad_mode": "reflect"},
        },
        "data": {
            "train_dataset_path": str(root),
            "gamemodes": [0],
            "src_seq_len": FRAMES,
            "tgt_seq_len": 96,
            "types_first": False,
            "add_descriptors": False,
            "add_mapper_token": False,
            "context_types": [{"in": [], "out": ["map"]}],
            "order": "random",
            "pad_to_multiple": 32,
            "test_dataset_end": 0,
        },
        "dataloader": {"num_workers": 0, "pin_memory": False},
        "optim": {
            "name": "adamw",
            "base_lr": 3e-3,
            "batch_size": 4,
            "grad_acc": 2,
            "total_steps": 6,
            "warmup_steps": 2,
            "final_cosine": 1e-4,
        },
        "eval": {"every_steps": 100, "steps": 4},
        "checkpoint": {"every_steps": 100},
        "logging": {"every_steps": 1},
    }
    for key, change in changes.items():
        if isinstance(change, dict) and key in result:
            result[key] = {**result[key], **change}
        else:
            result[key] = change
    return result


def options(root: Path, run: Path, **changes: Any) -> TrainOptions:
    return train_options(values(root, run, **changes))
