"""Training of adapters: start, losses and result (golden/training/lora)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from osuT5.model.checkpoint import load_model
from osuT5.model.lora import METADATA
from osuT5.training.lora import LoraRun
from osuT5.training.optimizers import build_optimizer
from osuT5.training.options import LoraMetadata, LoraOptions, OptimOptions, build
from osuT5.training.schedules import learning_rate
from osuT5.training.step import optimizer_step, weights_norm
from tests.model.golden import MODELS
from tests.shared_data import cases, load_json
from tests.training import golden
from tests.training.test_steps_parity import without_dropout

pytestmark = pytest.mark.parity
FOLDERS = cases("golden/training/lora/*/")
# PiSSA starts from singular vectors, and Muon rounds its update to bf16: the last bit of the decomposition decides which
# way a rounding falls, and each step multiplies that. Starts that differ by 1e-7 give the recorded losses to 1e-7 in all
# five steps, or others up to 9e-3 away from the third on; two threads 1e-2, a decomposition in float64 1.4e-2. Nothing but
# the recording machine's own decomposition would give all its steps for sure.
PISSA_FIRST, PISSA_LATER = 2, 1.5e-2


def expected(folder: Path) -> dict[str, Any]:
    return load_json(folder / "expected.json")


def run_of(folder: Path) -> LoraRun:
    case = expected(folder)
    options = build(LoraOptions, case["lora"])
    names = case["ckpt_subfolders_in_settings"]
    metadata = LoraMetadata(None if names is None else tuple(names))
    return LoraRun(golden.model(Path(case["base"]).name), options, metadata)


def base_weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(golden.model(Path(expected(folder)["base"]).name).named_parameters())


@pytest.mark.parametrize("folder", FOLDERS)
def test_start_of_an_adapter(folder: Path) -> None:
    case, run, base = expected(folder), run_of(folder), base_weights(folder)
    trainable = {name for name, parameter in run.model.named_parameters() if parameter.requires_grad}
    assert trainable == set(case["trainable"])
    arrays, modules = golden.arrays(folder / "expected.npz"), dict(run.model.named_modules())
    for name, (norm, error) in case["initial_delta_norm_and_base_plus_delta_error"].items():
        layer = modules[f"base_model.model.{name.removesuffix('.weight')}"]
        delta = layer.get_delta_weight("default").detach()
        assert float(delta.norm()) == pytest.approx(norm, rel=1e-4, abs=1e-6), name
        rest = float((layer.base_layer.weight.detach() + delta - base[name].detach()).abs().max())
        assert rest == pytest.approx(error, abs=1e-5), name
        if f"init_delta:{name}" in arrays:
            np.testing.assert_allclose(delta.numpy(), arrays[f"init_delta:{name}"], atol=1e-5)


@pytest.mark.parametrize("folder", FOLDERS)
def test_losses_of_a_fine_tune(folder: Path, tmp_path: Path) -> None:
    case, run = expected(folder), run_of(folder)
    config = Path(case["base"]).name
    start = {k[6:]: torch.from_numpy(v) for k, v in golden.arrays(folder / "expected.npz").items() if k[:6] == "start/"}
    with torch.no_grad():
        for name, parameter in run.model.named_parameters():
            if name in start:
                parameter.copy_(start[name])
    optim = build(OptimOptions, {"muon_adam_lr": "legacy", "batch_size": 2, **case["training"]["optim"]})
    without_dropout(run.model.train())
    optimizer, accelerator = build_optimizer(run.model.named_parameters(), optim), Accelerator(cpu=True)
    micro = golden.halves(golden.batch(golden.LOSS / f"{config}.npz", config))
    if not case["training"].get("sample_weights", True):
        for batch in micro:
            del batch["sample_weights"]
    pissa = not run.relative_to_base
    for number, step in enumerate(case["training"]["steps"]):
        found = optimizer_step(
            accelerator, run.model, optimizer, [(b, 1.0) for b in micro], learning_rate(optim, number), optim.grad_clip
        )
        relative = PISSA_LATER if pissa and number >= PISSA_FIRST else 2e-3 if number else 1e-4
        np.testing.assert_allclose(found.losses, step["micro_losses"], rtol=relative, err_msg=f"step {number}")
        assert found.grad_l2 == pytest.approx(step["grad_l2"], rel=1e-3 if number < 2 else 5e-2)
        if pissa:  # singular vectors have no sign, their norm does not depend on it
            assert weights_norm(run.model) == pytest.approx(step["weights_l2"], rel=1e-3)
    compare_saved(run, folder, tmp_path)


def compare_saved(run: LoraRun, folder: Path, tmp_path: Path) -> None:
    """The saved adapter changes the base as the recorded one does, and lists the same sub-folders."""
    run.save(tmp_path / "lora")
    recorded = json.loads((folder / METADATA).read_text())
    assert json.loads((tmp_path / "lora" / METADATA).read_text()) == recorded
    base = tmp_path / "base" / "gamemode=0"
    shutil.copytree(MODELS / Path(expected(folder)["base"]).name, base)
    plain, mine = load_model(base).model.state_dict(), load_model(base, lora=tmp_path / "lora").model.state_dict()
    for key, value in golden.arrays(folder / "expected.npz").items():
        if key.startswith("merged_minus_base/"):
            name = key.split("/", 1)[1]
            found = (mine[name] - plain[name]).numpy()
            assert np.linalg.norm(found - value) < 0.05 * np.linalg.norm(value), name
