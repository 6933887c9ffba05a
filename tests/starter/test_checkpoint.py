"""The checkpoint that comes with the project: its files, and maps that it makes of the song in ``examples``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import Beatmap, read_beatmap
from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.evaluation.rhythm import object_times, share_near
from osuT5.model.checkpoint import read_config
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.pipeline.run import RunResult
from osuT5.pipeline.song import run
from osuT5.pipeline.starter import FOLDER
from osuT5.request import complete
from osuT5.rules import Severity
from osuT5.timing.grid import grid_points
from osuT5.tokenizer import Tokenizer
from starter.dataset import starter_tokenizer
from starter.export import MAX_BYTES, MAX_PARAMETERS
from starter.train import LAYOUT

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo.mp3"
BEAT_MS, OFFSET_MS = 60000 / 128, 500.0  # what the song was composed with


def test_it_is_small_and_speaks_the_vocabulary_of_the_recipe() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MAX_BYTES
    config, tokenizer = read_config(FOLDER), Tokenizer.load(FOLDER)
    wanted = starter_tokenizer(LAYOUT)
    assert (tokenizer.vocab_size_in, tokenizer.vocab_size_out) == (wanted.vocab_size_in, wanted.vocab_size_out)
    assert tokenizer.event_start == wanted.event_start
    assert tokenizer.tables.descriptor_idx == wanted.tables.descriptor_idx
    assert config.hop_length == LAYOUT.hop_length
    assert (FOLDER / "model.safetensors").stat().st_size < 2.2 * MAX_PARAMETERS  # float16


def test_its_card_and_curve_are_there() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "## Limits" in card and "## Figures" in card
    assert (FOLDER / "curve.png").stat().st_size > 1000
    assert json.loads((FOLDER / "recipe.json").read_bytes())["width"] == 192


def made(folder: Path, **values: Any) -> RunResult:
    preset = preset_options("starter")
    options = replace(preset, audio_path=str(DEMO), output_path=str(folder), seed=3, **values)
    return run(complete(options, preset, base_options()))


def near_grid(beatmap: Beatmap, divisor: int = 4) -> float:
    """Share of objects on the song's true grid within 15 ms."""
    lines = parse_timing_lines([f"{OFFSET_MS},{BEAT_MS},4,2,0,100,1,0"])
    return share_near(object_times(beatmap), grid_points(lines, 0.0, 60_000.0, divisor), 15.0)


@pytest.mark.slow
@pytest.mark.parametrize("mode", range(4), ids=("osu", "taiko", "fruits", "mania"))
def test_a_default_run_is_on_the_beat_and_can_be_played(mode: int, tmp_path: Path) -> None:
    result = made(tmp_path, gamemode=mode, difficulty=3.5)
    beatmap = read_beatmap(result.path)
    assert len(beatmap.hit_objects) >= 40
    assert near_grid(beatmap) >= 0.95
    assert result.stars is not None and 1.5 < result.stars < 5.5
    broken = {item.rule for item in result.findings or () if item.severity is Severity.PROBLEM}
    assert not broken & {"G01", "G02", "O01", "M01"}  # overlaps, off the screen


@pytest.mark.slow
def test_more_stars_make_a_denser_map(tmp_path: Path) -> None:
    easy, hard = (made(tmp_path, difficulty=stars) for stars in (1.5, 5.5))
    assert hard.objects > 1.5 * easy.objects
    assert (hard.stars or 0) > (easy.stars or 0) + 1
