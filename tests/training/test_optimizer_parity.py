"""Optimiser traces and learning rates of the published system (golden/training/optimizers)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.compat import Compat
from osuT5.training.errors import TrainingError
from osuT5.training.muon import uses_muon
from osuT5.training.optimizers import build_optimizer, decays, set_rate
from osuT5.training.options import OptimOptions, build
from osuT5.training.schedules import learning_rate
from tests.shared_data import SHARED, cases, load_json, need

pytestmark = pytest.mark.parity
FOLDER = SHARED / "golden" / "training" / "optimizers"
TRACES = [case for case in cases("golden/training/optimizers/*.npz") if case.values[0].name != "inputs.npz"]


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(need(path)) as loaded:
        return dict(loaded)


def case_of(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    found = load_json(path.parent / "optimizers.json")
    return found, found["cases"][path.stem]


def options(settings: dict[str, Any]) -> OptimOptions:
    return build(OptimOptions, {"muon_adam_lr": "legacy", **settings})


@pytest.mark.parametrize("path", TRACES)
def test_parameters_after_every_step(path: Path) -> None:
    inputs, expected = arrays(path.parent / "inputs.npz"), arrays(path)
    described, case = case_of(path)
    named = {key[6:]: torch.from_numpy(value.copy()) for key, value in inputs.items() if key.startswith("param/")}
    for parameter in named.values():
        parameter.requires_grad_(True)
    optim = options(case["optim"])
    optimizer = build_optimizer(named.items(), optim)
    for step in range(described["steps"]):
        for name, parameter in named.items():
            gradient = inputs.get(f"grad{step}/{name}")
            parameter.grad = None if gradient is None else torch.from_numpy(gradient.copy())
        rate = learning_rate(optim, step)
        assert rate == pytest.approx(case["lr_per_step"][step], abs=1e-9)
        set_rate(optimizer, rate)
        optimizer.step()
        compared = 0
        for name, parameter in named.items():
            reference = expected.get(f"step{step + 1}/{name}")
            if reference is None:
                continue
            compared += 1
            matrix = optim.name == "muon" and case["uses_muon"][name]
            tolerance = 1e-6 + (0.02 * optim.base_lr if matrix else 0)
            np.testing.assert_allclose(parameter.detach().numpy(), reference, rtol=0, atol=tolerance, err_msg=name)
        assert compared


@pytest.mark.parametrize("path", TRACES)
def test_which_parameters_are_in_which_class(path: Path) -> None:
    described, case = case_of(path)
    shapes = {name: torch.empty(tuple(shape), device="meta") for name, shape in described["shapes"].items()}
    if case["uses_muon"] is not None:
        assert {name: uses_muon(name, shapes[name]) for name in case["uses_muon"]} == case["uses_muon"]
        return
    with_decay, without = (set(group["params"]) for group in case["groups"])
    assert {name for name in shapes if decays(name)} == with_decay
    assert {name for name in shapes if not decays(name)} == without


def schedule_cases() -> list[Any]:
    path = FOLDER / "schedules.json"
    if not path.exists():
        return [pytest.param(path, "", id="absent:schedules.json")]
    return [pytest.param(path, name, id=f"{path.name}:{name}") for name in load_json(path)]


@pytest.mark.parametrize(("path", "name"), schedule_cases())
def test_learning_rates(path: Path, name: str) -> None:
    case = load_json(path)[name]
    if "lr" not in case:
        with pytest.raises(TrainingError, match="lr_scheduler"):
            options(case["settings"])
        return
    optim = options(case["optim"])
    for step, rate in case["lr"]:
        assert learning_rate(optim, step, Compat("published")) == pytest.approx(rate, abs=1e-9), step
        if step <= optim.total_steps:
            assert learning_rate(optim, step) == pytest.approx(rate, abs=1e-9), step
        else:
            assert learning_rate(optim, step) == pytest.approx(optim.final_cosine, abs=1e-12), step
