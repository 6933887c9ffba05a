"""Losses, predictions, metrics and curves of recorded batches (golden/training/loss)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.model.modeling import IGNORED_LABEL
from osuT5.training.curves import Curves
from osuT5.training.evaluate import evaluation_limit
from osuT5.training.forward import Judged, judge, micro_loss
from osuT5.training.metrics import Metrics
from tests.training import golden

pytestmark = pytest.mark.parity
BATCHES = golden.config_cases("v*.npz")
CURVES = golden.config_cases("offline_test_*.json")


def judged(path: Path, config: str) -> tuple[dict[str, torch.Tensor], Judged]:
    batch, model = golden.batch(path, config), golden.model(config).eval()
    return batch, judge(model, batch, model.class_weights())


def settled(path: Path) -> np.ndarray:
    """Labelled positions whose likeliest id doesn't hang on rounding."""
    loaded = golden.arrays(path)
    labelled = loaded["labels"] != IGNORED_LABEL
    result = np.ones_like(labelled)
    result[labelled] = loaded["top2_margin_at_labels"] >= 1e-3
    return result


@pytest.mark.parametrize(("path", "config"), BATCHES)
def test_losses_and_predictions(path: Path, config: str) -> None:
    expected, recorded = golden.arrays(path), golden.metrics_of(config)
    batch, found = judged(path, config)
    np.testing.assert_allclose(found.per_token.numpy(), expected["token_loss"], atol=1e-3, rtol=1e-4)
    labelled = (expected["labels"] != IGNORED_LABEL) & settled(path)
    np.testing.assert_array_equal(found.predictions.numpy()[labelled], expected["predictions"][labelled])
    assert int((batch["labels"] != IGNORED_LABEL).sum()) == recorded["labels"]
    model = golden.model(config).eval()
    assert micro_loss(model, batch).item() == pytest.approx(recorded["loss_with_sample_weights"], abs=1e-4)
    del batch["sample_weights"]
    assert micro_loss(model, batch).item() == pytest.approx(recorded["loss"], abs=1e-4)


@pytest.mark.parametrize(("path", "config"), BATCHES)
def test_logits_at_the_first_labels(path: Path, config: str) -> None:
    expected, batch = golden.arrays(path), golden.batch(path, config)
    with torch.no_grad():
        logits = (
            golden.model(config)
            .eval()(**{key: value for key, value in batch.items() if key not in ("labels", "sample_weights")})
            .logits
        )
    for row, labels in enumerate(expected["labels"]):
        first = np.flatnonzero(labels != IGNORED_LABEL)[:12]
        reference = expected["logits_at_first_12_labels"][row][: len(first)]
        np.testing.assert_allclose(logits[row, first, ::7].numpy(), reference, atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize(("path", "config"), BATCHES)
def test_metrics(path: Path, config: str) -> None:
    recorded, tokenizer, layout = golden.metrics_of(config), golden.tokenizer(config), golden.layout(config)
    whole, found = judged(path, config)
    middle = len(whole["labels"]) // 2
    parts = {"one_batch": [slice(None)], "two_batches": [slice(0, middle), slice(middle, None)]}
    parts["eval_steps_2_uses_one_batch"] = parts["two_batches"][: evaluation_limit(2, 1)]
    compared = 0
    for name, case in recorded["metrics"].items():
        weighted = name.endswith("_weighted")
        metrics = Metrics(tokenizer, layout)
        for rows in parts[name.removesuffix("_weighted")]:
            batch = {key: value[rows] for key, value in whole.items() if weighted or key != "sample_weights"}
            metrics.add(batch, found.predictions[rows], found.per_token[rows])
        check_logged(metrics.averages.means(), case["logged"], path)
        compared += 1
    assert compared


def check_logged(means: dict[str, float], logged: dict[str, float], path: Path) -> None:
    exact = bool(settled(path)[golden.arrays(path)["labels"] != IGNORED_LABEL].all())
    assert {f"test/{key}" for key in means} == set(logged)
    for key, value in means.items():
        tolerance = 1e-4 if key.endswith("loss") else 1e-6 if exact else 5e-3
        assert value == pytest.approx(logged[f"test/{key}"], abs=tolerance), key


def test_ranges_of_labels() -> None:
    for _, config in (case.values for case in BATCHES):
        recorded, found = golden.metrics_of(config)["ranges"], Metrics(golden.tokenizer(config), golden.layout(config))
        assert [found.spans["timing_acc"].start, found.spans["timing_acc"].end] == recorded["t"]
        assert [found.spans["volume_acc"].start, found.spans["volume_acc"].end] == recorded["volume"]


@pytest.mark.parametrize(("path", "config"), CURVES)
def test_curves_of_the_offline_test(path: Path, config: str) -> None:
    recorded: Any = golden.load_json(path)
    batch, found = judged(path.parent / f"{config}.npz", config)
    curves = Curves(golden.tokenizer(config), golden.layout(config))
    curves.add(batch, found.predictions, batch["sample_weights"])
    points = {f"test/{name}": value for name, value in curves.points().items()}
    assert points.keys() == recorded["curves"].keys()
    for name, value in points.items():
        np.testing.assert_allclose(np.array(value), np.array(recorded["curves"][name]), atol=1e-6, err_msg=name)
    metrics = Metrics(golden.tokenizer(config), golden.layout(config))
    del batch["sample_weights"]
    metrics.add(batch, found.predictions, found.per_token)
    check_logged(metrics.averages.means(), recorded["logged"], path.parent / f"{config}.npz")
