"""The commands of the published README, quoting and all, as a shell hands them over."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from osuT5.beatmap import read_beatmap
from osuT5.options import InferenceOptions
from osuT5.pipeline.batch import requests_of

from ..shared_data import ROOT
from .making import write_song
from .test_edits import HEAD, OBJECTS

WINDOWS = r"C:\Users\USER\AppData\Local\osu!\Songs\1 Kenji Ninuma - DISCO PRINCE\Kenji Ninuma - DISCOPRINCE (peppy) [Normal].osu"
# As they stand in the README for a POSIX shell, with its configuration and what the options are then.
COMMANDS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "inference_v29",
        f"""beatmap_path="'{WINDOWS}'" gamemode=0 difficulty=5.5 year=2023 descriptors="['jump aim','clean']" in_context=[TIMING,KIAI]""",
        {
            "beatmap_path": WINDOWS,
            "difficulty": 5.5,
            "year": 2023,
            "descriptors": ["jump aim", "clean"],
            "in_context": ["TIMING", "KIAI"],
        },
    ),
    (
        "inference_v32",
        f"""beatmap_path="'{WINDOWS}'" gamemode=0 difficulty=5.5 year=2023 descriptors="['skillset/jumps','style/clean']" in_context=[TIMING]""",
        {"descriptors": ["skillset/jumps", "style/clean"], "in_context": ["TIMING"]},
    ),
    (
        "inference_v29",
        """audio_path="'song.mp3'" output_path="'out dir'" gamemode=3 keycount=7 hold_note_ratio=0.3 mapper_id=2 """
        """cfg_scale=1.5 negative_descriptors="['tech']" start_time=1000 end_time=60000 export_osz=true""",
        {
            "audio_path": "song.mp3",
            "output_path": "out dir",
            "keycount": 7,
            "negative_descriptors": ["tech"],
            "export_osz": True,
            "end_time": 60000,
        },
    ),
    (
        "inference_v29",
        f"""beatmap_path="'{WINDOWS}'" in_context=[NO_HS,TIMING,KIAI] output_type=[MAP] add_to_beatmap=true overwrite_reference_beatmap=true""",
        {"in_context": ["NO_HS", "TIMING", "KIAI"], "output_type": ["MAP"], "add_to_beatmap": True},
    ),
    ("inference_v29", "audio_path=song.mp3 output_type=[TIMING] super_timing=true", {"output_type": ["TIMING"]}),
    ("inference_v32", "audio_path=song.mp3 lora_path=owner/adapter", {"lora_path": "owner/adapter"}),
    ("inference_v32", "audio_path=song.mp3 difficulty=[2,3.5,5]", {"difficulty": [2, 3.5, 5]}),
]


@pytest.mark.parametrize(
    "name, command, expected", COMMANDS, ids=lambda value: value[:60] if isinstance(value, str) else ""
)
def test_command_composes(name: str, command: str, expected: dict[str, Any]) -> None:
    ConfigStore.instance().store(name="inference_options", node=InferenceOptions)
    with initialize_config_dir(version_base="1.3", config_dir=str(ROOT / "configs")):
        composed = OmegaConf.to_object(compose(name, overrides=shlex.split(command)))
    assert isinstance(composed, InferenceOptions)
    assert {option: getattr(composed, option) for option in expected} == expected


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A map in a folder as the game names them."""
    folder = tmp_path / "osu!" / "Songs" / "1 Kenji Ninuma - DISCO PRINCE"
    write_song(folder / "clicks.wav", 5)
    path = folder / "Kenji Ninuma - DISCOPRINCE (peppy) [Normal].osu"
    path.write_bytes((HEAD + "\r\n".join(OBJECTS) + "\r\n").encode())
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        "in_context=[TIMING,KIAI] output_type=[MAP]",
        "in_context=[GD,TIMING,KIAI] output_type=[MAP] difficulty=5.5 year=2023 cfg_scale=1.5",
        "in_context=[NO_HS,TIMING,KIAI] output_type=[MAP]",
        "output_type=[TIMING]",
        "add_to_beatmap=true start_time=2000 end_time=4000 overwrite_reference_beatmap=true",
    ],
)
def test_command_runs(more: str, songs: Path, debug_model: Path) -> None:
    command = f"""beatmap_path="'{songs}'" {more} model_path={debug_model} device=cpu super_timing=false generate_positions=false"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "inference.py"), "-cn", "inference_v29", *shlex.split(command)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    path = Path(run.stdout.splitlines()[-1])
    assert path.parent == songs.parent and read_beatmap(path).metadata.title == "A Title"


def test_requests_of_the_composed_options(songs: Path) -> None:
    ConfigStore.instance().store(name="inference_options", node=InferenceOptions)
    overrides = shlex.split(f"""beatmap_path="'{songs}'" gamemode=0 difficulty=5.5 in_context=[TIMING,KIAI]""")
    with initialize_config_dir(version_base="1.3", config_dir=str(ROOT / "configs")):
        composed = OmegaConf.to_object(compose("inference_v29", overrides=overrides))
    assert isinstance(composed, InferenceOptions)
    (request,) = requests_of(composed)
    assert request.reference is not None and request.reference.path == songs
    assert request.options.difficulty == 5.5 and request.settings.title == "A Title"


@pytest.mark.slow
@pytest.mark.parametrize(
    "word, expected", [("super_timing=true", "timing: super timing"), ("seed=1", "timing: analysis")]
)
def test_a_word_of_the_user_counts_where_it_is_the_default(
    tmp_path: Path, debug_model: Path, word: str, expected: str
) -> None:
    command = f"""audio_path={tmp_path}/none.wav timing_source=analysis {word} model_path={debug_model} device=cpu"""
    write_song(tmp_path / "none.wav", 1)
    more = ["timer_iterations=1", "output_type=[TIMING]", "generate_positions=false"]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "inference.py"), "-cn", "inference_v29", *command.split(), *more],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert expected in run.stderr
