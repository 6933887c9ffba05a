"""Small .osu files of this project's own making."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_HEAD = """\
osu file format v14

[General]
AudioFilename: song.mp3
Mode: {mode}

[Metadata]
Title:Test
Artist:Nobody
Creator:Somebody
Version:Hard {number}
BeatmapID:{number}

[Difficulty]
HPDrainRate:5
CircleSize:4
OverallDifficulty:5
ApproachRate:7
SliderMultiplier:1.4
SliderTickRate:1

[TimingPoints]
0,500,4,2,0,60,1,0
4000,-50,4,2,0,60,0,1

[HitObjects]
"""


def map_text(number: int = 0, objects: int = 60, mode: int = 0) -> str:
    """Circles and sliders on a spiral, and, unless there are none, a spinner at the end."""
    random = np.random.RandomState(number)
    lines = []
    for index in range(objects):
        time, turn = 1000 + 500 * index, 0.7 * index + number
        x, y = int(256 + 150 * np.cos(turn)), int(192 + 110 * np.sin(turn))
        if index % 3 == 2:
            path = ["L|{}:{}", "B|{0}:{1}|{0}:{1}|{2}:{3}", "P|{}:{}|{}:{}"][random.randint(3)]
            points = random.randint(-60, 60, size=4) + [x, y, x, y]
            lines.append(f"{x},{y},{time},2,2,{path.format(*points)},1,60,2|0,0:0|0:0,0:0:0:0:")
        else:
            lines.append(f"{x},{y},{time},{5 if index % 8 == 0 else 1},0,0:0:0:0:")
    if objects:
        lines.append(f"256,192,{1000 + 500 * objects},12,0,{2500 + 500 * objects},0:0:0:0:")
    return _HEAD.format(number=number, mode=mode) + "\n".join(lines) + "\n"


def write_map(path: Path, number: int = 0, objects: int = 60, mode: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(map_text(number, objects, mode), encoding="utf-8")
    return path
