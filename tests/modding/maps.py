"""Small maps of every mode, and a click track to go with them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

BEAT = 500  # ms
HEAD = """osu file format v14

[General]
AudioFilename: song.wav
PreviewTime: 3000
Mode: {mode}

[Metadata]
Title:Clicks
Artist:Nobody
Creator:Tester
Version:{version}

[Difficulty]
HPDrainRate:5
CircleSize:4
OverallDifficulty:7
ApproachRate:8
SliderMultiplier:1.4
SliderTickRate:1

[TimingPoints]
{timing}

[HitObjects]
"""
TIMING = f"0,{BEAT},4,2,0,60,1,0\n4000,-100,4,2,0,60,0,1\n8000,-50,4,2,0,60,0,0"


def lines(mode: int, beats: int = 20) -> list[str]:
    """Objects on every beat from the second one on; a new combo every four."""
    found = []
    for beat in range(2, beats):
        time, sound, combo = beat * BEAT, (2 if beat % 4 == 0 else 0), (4 if beat % 4 == 2 else 0)
        x, y = 64 + 40 * (beat % 9), 96 + 24 * (beat % 7)
        if mode == 3:
            column = 64 + 128 * (beat % 4)
            hold = beat % 5 == 0
            tail = f"{time + BEAT // 2}:0:0:0:0:" if hold else "0:0:0:0:"
            found.append(f"{column},192,{time},{128 if hold else 1},{sound},{tail}")
        elif beat % 6 == 5:
            found.append(f"{x},{y},{time},{2 + combo},{sound},L|{x + 70}:{y},1,70,{sound}|0,0:0|0:0,0:0:0:0:")
        else:
            found.append(f"{x},{y},{time},{1 + combo},{sound},0:0:0:0:")
    return found


def map_text(mode: int = 0, objects: list[str] | None = None, version: str = "Normal", timing: str = TIMING) -> str:
    body = lines(mode) if objects is None else objects
    return HEAD.format(mode=mode, version=version, timing=timing) + "\n".join(body) + "\n"


def clicks(seconds: float = 12.0, rate: int = 16000) -> np.ndarray:
    """A click on every beat, float32."""
    samples = np.zeros(int(seconds * rate), dtype=np.float32)
    click = np.exp(-np.arange(400) / 60) * np.sin(np.arange(400) * 0.5)
    for start in range(0, len(samples) - 400, BEAT * rate // 1000):
        samples[start : start + 400] = click
    return samples


def write_song(path: Path, seconds: float = 12.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((clicks(seconds) * 32767).astype("<i2").tobytes())
    return path


def write_map(folder: Path, mode: int = 0, name: str = "map.osu", **parts: object) -> Path:
    """A map with its song beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "song.wav").exists():
        write_song(folder / "song.wav")
    path = folder / name
    path.write_text(map_text(mode, **parts), encoding="utf-8")  # type: ignore[arg-type]
    return path
