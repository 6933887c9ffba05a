"""Adapters and sub-checkpoints in whole runs: what is used is said, and timing comes from the base model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from osuT5.model.checkpoint import load_bundle
from osuT5.model.locate import CheckpointError
from osuT5.pipeline import checkpoint as checkpoint_module
from osuT5.request import RequestError

from ..shared_data import SHARED, need
from .making import options_for, outcomes, write_song

LORA = SHARED / "golden" / "training" / "lora"


@pytest.fixture
def by_mode(tmp_path: Path) -> Path:
    """A checkpoint with one of its own for mode 0."""
    base = need(SHARED / "golden" / "model" / "v32")
    shutil.copytree(base, tmp_path / "model")
    shutil.copytree(base, tmp_path / "model" / "gamemode=0")
    return tmp_path / "model"


def said(model: Path, kind: str, song: Path, **changes: Any) -> str:
    options = options_for(model, kind, audio_path=str(song), do_sample=False, **changes)
    return outcomes(options)[1]


def test_an_adapter_is_merged_and_the_tags_name_it(tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 4)
    lora = need(LORA / "v29_plain")
    model = need(SHARED / "golden" / "model" / "v29")
    (outcome,), words = outcomes(
        options_for(model, audio_path=str(song), do_sample=False, lora_path=str(lora), output_type=["TIMING"])
    )
    assert f"LoRA {lora} merged" in words
    assert f"lora={lora}" in outcome.results[0].path.read_text(encoding="utf-8")


def test_an_adapter_for_another_mode_is_left_out_and_said(tmp_path: Path, by_mode: Path) -> None:
    song = write_song(tmp_path / "song.wav", 4)
    lora = need(LORA / "v32_pissa")
    assert json.loads((lora / "mapperatorinator_lora_metadata.json").read_text())["ckpt_subfolders"] == ["gamemode=0"]
    words = said(by_mode, "v32", song, lora_path=str(lora), gamemode=1, end_time=3000)
    assert f"LoRA {lora} is for gamemode=0, not for the root: left out" in words


def test_the_base_model_writes_the_timing_without_adapter(
    tmp_path: Path, by_mode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[tuple[str, str | None]] = []

    def watched(location: Any, *arguments: Any) -> Any:
        loaded.append((location.subfolder, arguments[-1]))
        return load_bundle(location, *arguments)

    monkeypatch.setattr(checkpoint_module, "load_bundle", watched)
    song = write_song(tmp_path / "song.wav", 4)
    lora = str(need(LORA / "v32_pissa"))
    words = said(by_mode, "v32", song, lora_path=lora, gamemode=0, end_time=3000)
    assert "gamemode=0 is used" in words and "the base model writes the timing" in words and "merged" in words
    assert loaded == [("gamemode=0", lora), ("", None)]
    loaded.clear()
    words = said(by_mode, "v32", song, gamemode=0, auto_select_gamemode_model=False, end_time=3000)
    assert loaded == [("", None)] and "is used" not in words


def test_lists_of_modes_take_each_its_own(tmp_path: Path, by_mode: Path) -> None:
    song = write_song(tmp_path / "song.wav", 4)
    options = options_for(by_mode, "v32", audio_path=str(song), do_sample=False, gamemode=[0, 1], end_time=3000)
    (outcome,), words = outcomes(options)
    assert words.count("gamemode=0 is used") == 1 and len(outcome.results) == 2


def test_missing_and_foreign_adapters_are_one_line(tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 4)
    model = need(SHARED / "golden" / "model" / "v29")
    with pytest.raises(RequestError, match="lora_path: .*no such adapter does not exist"):
        said(model, "v29", song, lora_path=str(tmp_path / "no such adapter"))
    with pytest.raises(CheckpointError, match="doesn't fit this checkpoint"):
        said(model, "v29", song, lora_path=str(need(LORA / "v32_plain")))
