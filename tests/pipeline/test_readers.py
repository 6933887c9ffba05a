"""Maps of a real song, in every mode that a checkpoint knows, are read by three parsers: ours, rosu-pp's, and osu-parsers."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rosu_pp_py as rosu

from osuT5.beatmap import read_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.pipeline.song import run
from osuT5.request import complete

from ..shared_data import ROOT, SHARED, need

NODE = ROOT / "tests" / "node"
TINY = ("v29", "v30", "v31", "v32")
CASES = [(version, mode) for version in TINY for mode in VERSIONS[version].gamemodes]


@pytest.fixture(scope="module")
def real_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound of the first song archive of the corpus."""
    archives = sorted(need(SHARED / "corpus" / "song").glob("*.osz"))
    with zipfile.ZipFile(archives[0]) as archive:
        name = next(name for name in archive.namelist() if name.lower().endswith((".mp3", ".ogg")))
        return Path(archive.extract(name, tmp_path_factory.mktemp("song")))


def parsed_by_node(path: Path) -> dict[str, Any]:
    """What osu-parsers reads; skips where it is not installed."""
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules").is_dir():
        pytest.skip("osu-parsers is not installed: make setup-node")
    done = subprocess.run([node, "read_map.mjs", str(path)], cwd=NODE, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("version, mode", CASES)
def test_three_parsers_agree(version: str, mode: int, real_song: Path, tmp_path: Path) -> None:
    preset = preset_options(version)
    options = replace(
        preset,
        audio_path=str(real_song),
        model_path=str(need(SHARED / "golden" / "model" / version)),
        output_path=str(tmp_path),
        gamemode=mode,
        difficulty=3,
        super_timing=False,
        generate_positions=False,
        seed=1,
        device="cpu",
        end_time=40000,
    )
    result = run(complete(options, preset, base_options()))
    ours = read_beatmap(result.path)
    assert ours.diagnostics == []
    assert ours.mode == mode and len(ours.hit_objects) == result.objects
    theirs = rosu.Beatmap(path=str(result.path))
    assert theirs.n_objects == result.objects
    assert theirs.mode == (rosu.GameMode.Osu, rosu.GameMode.Taiko, rosu.GameMode.Catch, rosu.GameMode.Mania)[mode]
    third = parsed_by_node(result.path)
    assert third["mode"] == mode and third["version"] == ours.metadata.version
    assert third["times"] == [item.time for item in ours.hit_objects]
