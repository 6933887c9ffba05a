"""A bundle of the starter's shape goes through the whole pipeline: song and tempo in, a map that reads back out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import Beatmap, read_beatmap
from osuT5.beatmap.model import Diagnostic
from osuT5.model.checkpoint import save_model
from osuT5.options import InferenceOptions
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.pipeline.run import RunResult
from osuT5.pipeline.song import run
from osuT5.request import complete
from starter.dataset import starter_tokenizer
from starter.maps.styles import DESCRIPTORS
from starter.songs.compose import compose
from starter.songs.render import render, write_audio
from starter.train import LAYOUT, Recipe, build_model

SMALL = Recipe(width=32, heads=2, encoder_layers=1, decoder_layers=1)
SCORE = compose(300_000_000, 10_000.0)
WINDOW_MS = 8_200.0
MODES = ("osu", "taiko", "fruits", "mania")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song, and a bundle with random weights."""
    root = tmp_path_factory.mktemp("starter-run")
    write_audio(root / "song.ogg", render(SCORE, 4))
    tokenizer = starter_tokenizer(LAYOUT)
    tokenizer.save(root / "tokenizer.json")
    save_model(build_model(SMALL, tokenizer), root / "model", root / "tokenizer.json")
    return root


def made(folder: Path, output: Path, **values: Any) -> RunResult:
    """A run with the starter's own configuration; hot sampling, so that random weights write all kinds of events."""
    preset = preset_options("starter")
    options: InferenceOptions = replace(
        preset,
        audio_path=str(folder / "song.ogg"),
        output_path=str(output),
        model_path=str(folder / "model"),
        seed=5,
        temperature=4.0,
        top_p=1.0,
        difficulty=4.0,
        **values,
    )
    return run(complete(options, preset, base_options()))


def unexpected(beatmap: Beatmap) -> list[Diagnostic]:
    """What the reader repaired, but for ``SampleSet: All``, which published maps have too."""
    return [item for item in beatmap.diagnostics if item.text != "SampleSet: All"]


@pytest.mark.parametrize("mode", range(4), ids=MODES)
def test_map_pass_in_every_mode(folder: Path, tmp_path: Path, mode: int) -> None:
    """Tempo and offset are given, so the model writes kiai and map over a known grid."""
    descriptor = next(name for name, (modes, _) in DESCRIPTORS.items() if mode in modes)
    result = made(folder, tmp_path, gamemode=mode, bpm=150.0, offset=320, mapper_id=103, descriptors=[descriptor])
    beatmap = read_beatmap(result.path)
    assert beatmap.mode == mode
    assert unexpected(beatmap) == []
    red = [point for point in beatmap.timing_points if point.uninherited]
    assert [((point.time - 320) % 1600, point.beat_length) for point in red] == [(0.0, 400.0)]
    assert result.tokens > 0
    assert len(beatmap.hit_objects) == result.objects > 0
    assert all(-WINDOW_MS <= item.time <= SCORE.length_ms + WINDOW_MS for item in beatmap.hit_objects)


def test_timing_pass_alone(folder: Path, tmp_path: Path) -> None:
    """Without a tempo the model's own TIMING pass ends, and its red lines are written or absent, never broken."""
    timing = {"output_type": ["timing"], "timing_source": "model", "super_timing": False}
    result = made(folder, tmp_path, gamemode=0, **timing)
    beatmap = read_beatmap(result.path)
    assert unexpected(beatmap) == []
    assert all(point.beat_length > 0 for point in beatmap.timing_points if point.uninherited)
    assert beatmap.hit_objects == []
