"""What a visitor of the repository relies on: pins, targets, the notice, commands that parse."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from osuT5 import __version__
from osuT5.options import InferenceOptions
from osuT5.pipeline.help import help_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomllib", reason="part of Python from 3.11")

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PINNED = re.compile(r"[A-Za-z0-9_.-]+==[\w.]+(; python_version (>=|<) \"3\.\d+\")?")


def requirement_lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_exact(name: str) -> None:
    lines = requirement_lines(name)
    assert lines and [line for line in lines if not PINNED.fullmatch(line)] == []


def test_pins_that_define_behaviour() -> None:
    lines = requirement_lines("requirements.txt")
    assert "torch==2.13.0" in lines and "rosu-pp-py==3.1.0" in lines and "slider==0.8.4" in lines


@pytest.mark.parametrize("target", ["demo", "test", "test-slow", "parity", "lint", "bench"])
def test_targets_call_setup(target: str) -> None:
    assert re.search(rf"^{target}: setup$", MAKEFILE, re.MULTILINE)


def test_environment_follows_the_requirements() -> None:
    assert "$(STAMP): requirements.txt requirements-dev.txt" in MAKEFILE
    assert re.search(r"^PYTHON \?= ", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", "pyproject.toml", "README.md"])
def test_no_absolute_paths(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w./:$-])/(?:work|home|root|opt|usr/local)/\S*", text) == []


def test_readme_opens_with_the_notice() -> None:
    opening = README.split("\n\n")[1]
    assert "Use it responsibly" in opening and "AI generated" in opening and "cannot be ranked" in opening


def test_metadata() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "Beatwright" and project["license"] == "MIT"
    assert set(project["optional-dependencies"]) == {"torchaudio", "web", "train", "dev"}
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def documented_commands() -> Iterator[list[str]]:
    """Arguments of every inference command that README or help show in full."""
    for line in (README + help_text()).splitlines():
        command = line.strip()
        if command.startswith("python inference.py ") and "=" in command and "[-cn" not in command:
            yield shlex.split(command)[2:]


@pytest.mark.parametrize("arguments", list(documented_commands()), ids=" ".join)
def test_documented_commands_compose(arguments: list[str]) -> None:
    name = "inference"
    if arguments[0] == "-cn":
        name, arguments = arguments[1], arguments[2:]
    ConfigStore.instance().store(name="inference_options", node=InferenceOptions)
    with initialize_config_dir(version_base="1.3", config_dir=str(ROOT / "configs")):
        options = OmegaConf.to_object(compose(name, overrides=arguments))
    assert isinstance(options, InferenceOptions)
    assert options.audio_path or options.beatmap_path
