"""Losses, norms and weights of a short full training (golden/training/steps)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from osuT5.training.optimizers import build_optimizer
from osuT5.training.options import OptimOptions, build
from osuT5.training.schedules import learning_rate
from osuT5.training.step import optimizer_step, weights_norm
from tests.shared_data import SHARED, load_json
from tests.training import golden

pytestmark = pytest.mark.parity
STEPS = SHARED / "golden" / "training" / "steps"


def step_cases() -> list[Any]:
    found = [(path, name) for path in sorted(STEPS.glob("*.json")) for name in load_json(path)]
    if not found:
        return [pytest.param(STEPS / "full_finetune.json", "", id="absent:steps")]
    return [pytest.param(path, name, id=f"{path.relative_to(SHARED).as_posix()}:{name}") for path, name in found]


@pytest.mark.parametrize(("path", "config"), step_cases())
def test_a_short_training(path: Path, config: str) -> None:
    case = load_json(path)[config]
    optim = build(OptimOptions, {"muon_adam_lr": "legacy", "batch_size": 2, **case["optim"]})
    relative = 2e-3 if optim.name == "muon" else 1e-5
    model = golden.model(config).train()
    without_dropout(model)
    optimizer, accelerator = build_optimizer(model.named_parameters(), optim), Accelerator(cpu=True)
    micro = golden.halves(golden.batch(golden.LOSS / f"{config}.npz", config))
    for number, expected in enumerate(case["steps"]):
        rate = learning_rate(optim, number)
        found = optimizer_step(accelerator, model, optimizer, [(batch, 1.0) for batch in micro], rate, optim.grad_clip)
        assert rate == pytest.approx(expected["lr_used"], abs=1e-9)
        np.testing.assert_allclose(found.losses, expected["micro_losses"], rtol=relative, err_msg=f"step {number}")
        assert found.grad_l2 == pytest.approx(expected["grad_l2"], rel=max(relative, 1e-4) if number else 1e-4)
        assert weights_norm(model) == pytest.approx(expected["weights_l2"], rel=relative)
    compare_parameters(model, case["parameters_after"], relative)


def without_dropout(model: torch.nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def compare_parameters(model: torch.nn.Module, expected: dict[str, Any], relative: float) -> None:
    named = dict(model.named_parameters())
    assert set(expected) <= set(named)
    for name, (_, absolute, first) in expected.items():
        value = named[name].detach().double()
        assert float(value.abs().sum()) == pytest.approx(absolute, rel=max(relative, 1e-4), abs=1e-4), name
        found = value.flatten()[:4].numpy()
        scale = float(value.abs().mean())
        np.testing.assert_allclose(found, first[: len(found)], rtol=relative, atol=relative * scale * 20, err_msg=name)
