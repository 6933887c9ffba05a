"""The container as the instructions use it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from osuT5.training.entry import ROOT


def compose_works() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0


def check(service: dict[str, Any]) -> None:
    assert service["container_name"] == "mapperatorinator_space"
    assert service["tty"] and service["stdin_open"]
    assert service["network_mode"] == "host"
    assert not str(service["user"]).startswith("0:")


def test_services_of_the_compose_file() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert {name: service["profiles"] for name, service in services.items()} == {
        "mapperatorinator": ["gpu"],
        "mapperatorinator-cpu": ["cpu"],
    }
    for service in services.values():
        check(service)
        assert ".:/workspace/Mapperatorinator" in service["volumes"]
        assert "../datasets:/workspace/datasets" in service["volumes"]
        assert "WANDB_API_KEY" in service["environment"]
        assert service["user"] == "${HOST_UID:-1000}:${HOST_GID:-1000}"
    assert "deploy" in services["mapperatorinator"] and "deploy" not in services["mapperatorinator-cpu"]
    assert "COMPOSE_PROFILES=gpu" in (ROOT / ".env").read_text(encoding="utf-8").splitlines()


@pytest.mark.skipif(not compose_works(), reason="the docker compose client is not installed")
@pytest.mark.parametrize("profile", ["gpu", "cpu"])
def test_compose_accepts_the_file(profile: str) -> None:
    line = ["docker", "compose", "--profile", profile, "config", "--format", "json"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    (service,) = json.loads(done.stdout)["services"].values()
    check(service)
    targets = {volume["target"] for volume in service["volumes"]}
    assert targets == {"/workspace/Mapperatorinator", "/workspace/datasets"}


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users and users[-1] not in ("root", "0", "0:0")
