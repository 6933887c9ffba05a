"""A song of silence, a reference map beside it, and options over the starter's preset."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osuT5.options import InferenceOptions
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.request import Request, complete

MAP = """osu file format v14

[General]
AudioFilename: song.wav
PreviewTime: 6538
Mode: 0

[Metadata]
Title:A Title
TitleUnicode:題
Artist:An Artist
ArtistUnicode:人
Creator:someone
Version:Hard
Source:a game
Tags:one  two
BeatmapID:741358

[Difficulty]
HPDrainRate:2
CircleSize:2.5
OverallDifficulty:2.25
ApproachRate:3
SliderMultiplier:0.75
SliderTickRate:2

[Events]
0,0,"bg image.png",0,0

[TimingPoints]
705.4,307.692307692308,4,2,1,60,1,0
1000,-50,4,2,1,60,0,0
2000,400,4,2,1,60,1,0

[HitObjects]
100,100,705,1,0,0:0:0:0:
200,200,1320,1,2,0:0:0:0:
300,100,1900,1,0,0:0:0:0:
"""


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes(bytes(32000))
    return path


@pytest.fixture
def reference(song: Path) -> Path:
    path = song.with_name("a map.osu")
    path.write_text(MAP, encoding="utf-8")
    return path


@pytest.fixture
def request_for(song: Path) -> Callable[..., Request]:
    """``request_for(version, option=value, ...)``; the song is given unless a map or another song is."""

    def make(version: str = "v29", **changes: Any) -> Request:
        if not {"audio_path", "beatmap_path"} & set(changes):
            changes["audio_path"] = str(song)
        preset: InferenceOptions = preset_options(version)
        return complete(replace(preset, **changes), preset, base_options(), new_seed=lambda: 7)

    return make
