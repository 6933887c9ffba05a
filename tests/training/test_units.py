"""Optimisers and schedules by their formulas, and the parts of an evaluation on hand-made values."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.config import Template
from osuT5.events.event import ContextType, EventType
from osuT5.tokenizer import Tokenizer
from osuT5.training.curves import Binned
from osuT5.training.errors import TrainingError
from osuT5.training.evaluate import evaluation_limit
from osuT5.training.metrics import Averages, Metrics, template_rows
from osuT5.training.muon import Muon, orthogonal
from osuT5.training.optimizers import AdamWScale, build_optimizer, decays, set_rate
from osuT5.training.options import OptimOptions, train_options
from osuT5.training.schedules import learning_rate
from osuT5.training.step import check_finite

W = torch.tensor([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
G = torch.tensor([[0.1, 0.2, -0.3], [0.4, -0.5, 0.6]])


def stepped(optimizer: torch.optim.Optimizer, parameter: torch.Tensor, gradients: list[torch.Tensor]) -> torch.Tensor:
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


def test_adamwscale_by_its_formula() -> None:
    parameter = W.clone().requires_grad_()
    found = stepped(AdamWScale([parameter], lr=0.1, weight_decay=0.5), parameter, [G])
    m, v = 0.1 * G, 0.001 * G**2
    scale = 0.1 * W.norm() / math.sqrt(6) * math.sqrt(1 - 0.999) / (1 - 0.9)
    expected = (W - scale * m / (v.sqrt() + 1e-6)) * (1 - 0.1 * 0.5)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-6)


def test_adamwscale_moves_zeros_too() -> None:
    parameter = torch.zeros(2, 3, requires_grad=True)
    found = stepped(AdamWScale([parameter], lr=0.1), parameter, [G])
    torch.testing.assert_close(found, -1e-4 * G.sign(), atol=1e-7, rtol=1e-3)  # rms counts as at least 1e-3


@pytest.mark.parametrize("tall", [False, True])
def test_muon_by_its_formula(tall: bool) -> None:
    weight, gradients = (W.T, [G.T, 2 * G.T]) if tall else (W, [G, 2 * G])
    parameter = weight.clone().requires_grad_()
    found = stepped(Muon([("fc1.weight", parameter)], lr=0.1), parameter, gradients)
    expected, buffer = weight.clone(), torch.zeros_like(weight)
    for gradient in gradients:
        buffer = 0.95 * buffer + gradient
        x = gradient + 0.95 * buffer
        x = x / x.norm()
        x = x.T if tall else x
        for _ in range(6):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        x = x.T if tall else x
        expected = expected - 0.1 * math.sqrt(max(1, weight.shape[0] / weight.shape[1])) * x
    torch.testing.assert_close(found, expected, atol=0.05 * 0.1 * 2, rtol=0)  # bf16 against fp32


def test_the_iteration_makes_singular_values_about_one() -> None:
    values = torch.linalg.svdvals(orthogonal(torch.randn(8, 20, generator=torch.Generator().manual_seed(0))).float())
    assert 0.6 < values.min() and values.max() < 1.3


@pytest.mark.parametrize(("legacy", "rate"), [(True, 0.1), (False, 0.1 * 0.25)])
def test_adam_class_of_muon(legacy: bool, rate: float) -> None:
    parameter = W.clone().requires_grad_()
    optimizer = Muon([("decoder_embedder.weight", parameter)], 0.1, 0.25, 0.5, legacy)
    found = stepped(optimizer, parameter, [G])
    expected = W * (1 - 0.1 * 0.25 * 0.5) - rate * G / (G.abs() + 1e-8 * math.sqrt(20))
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-6)


def test_parameters_without_a_gradient_stay() -> None:
    for name in ("adamw", "adamwscale", "adafactor", "muon"):
        parameter = W.clone().requires_grad_()
        build_optimizer([("a.weight", parameter)], OptimOptions(name=name, weight_decay=0.1)).step()
        assert torch.equal(parameter.detach(), W)


def test_which_names_decay() -> None:
    assert decays("decoder.layers.0.fc1.weight")
    for name in ("fc1.bias", "a.LayerNorm.weight", "final_layer_norm.weight", "attn_ln.weight"):
        assert not decays(name)


def test_learning_rates() -> None:
    cosine = OptimOptions(base_lr=0.01, total_steps=40, warmup_steps=8, sustain_steps=4, final_cosine=1e-5)
    assert learning_rate(cosine, 0) == 0.005
    assert learning_rate(cosine, 8) == learning_rate(cosine, 11) == 0.01
    assert learning_rate(cosine, 26) == pytest.approx((0.01 + 1e-5) / 2)
    assert learning_rate(cosine, 40) == pytest.approx(1e-5)
    assert learning_rate(cosine, 60) == pytest.approx(1e-5)
    linear = replace(cosine, lr_scheduler="linear", final_cosine=0.0)
    assert learning_rate(linear, 26) == pytest.approx(0.005)
    assert learning_rate(linear, 40) == learning_rate(linear, 41) == 0.0
    optimizer = torch.optim.SGD([W.clone().requires_grad_()], lr=1.0)
    set_rate(optimizer, 0.25)
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_what_is_no_number() -> None:
    check_finite([1.0], 1.0, scaled=False)
    check_finite([1.0], math.inf, scaled=True)  # the scaler skips such a step
    for losses, norm in (([math.nan], 1.0), ([1.0], math.inf)):
        with pytest.raises(TrainingError, match=r"is (nan|inf)"):
            check_finite(losses, norm, scaled=False)


def test_options_are_checked() -> None:
    with pytest.raises(TrainingError, match=r"optim.base_lr: 'x' is not a number"):
        train_options({"optim": {"base_lr": "x"}})
    with pytest.raises(TrainingError, match="eval.every_steps: 15 is not a multiple of logging.every_steps"):
        train_options({"eval": {"every_steps": 15}})
    with pytest.raises(TrainingError, match="optin: no such option; did you mean optim"):
        train_options({"optin": {}})
    assert train_options({"precision": None}).precision == "fp32"
    assert train_options({"mixed_precision": False}).mixed_precision == "no"


def test_averages() -> None:
    averages = Averages()
    averages.add("a", torch.tensor([1.0, 0.0, 1.0]))
    averages.add("a", torch.tensor(0.0))
    averages.add("none", torch.zeros(0))
    averages.merge({"a": [1.0, 1.0], "b": [3.0, 2.0]})
    assert averages.means() == {"a": 0.6, "b": 1.5}
    assert evaluation_limit(500, 8) == 3999


def test_bins() -> None:
    import numpy as np

    binned = Binned(np.linspace(0, 4, 5))
    binned.add(np.array([0.0, 0.5, 1.0, 4.0, -1.0]), np.array([1.0, 0.0, 1.0, 1.0, 1.0]))
    assert binned.points() == [(1.0, 0.5), (2.0, 1.0)]


def test_rows_of_templates() -> None:
    layout = VERSIONS["v29"].layout
    tokenizer = Tokenizer.build(layout)
    none, gd = tokenizer.context_sos[ContextType.NONE], tokenizer.context_sos[ContextType.GD]
    ids = torch.tensor([[none, 1], [gd, 1], [none, gd]])
    found = {prefix: rows.tolist() for prefix, rows in template_rows(ids, layout.templates, tokenizer)}
    assert found == {"none/": [True, False, False], "no_hs/": [False] * 3, "gd/": [False, True, False]}
    only = (Template((), ("map",)),)
    assert [(prefix, rows.tolist()) for prefix, rows in template_rows(ids, only, tokenizer)] == [("", [True] * 3)]


def test_metrics_of_a_hand_made_batch() -> None:
    layout = replace(VERSIONS["v32"].layout, templates=(Template((), ("map",)),))
    tokenizer = Tokenizer.build(layout)
    time, volume = tokenizer.event_start[EventType.TIME_SHIFT], tokenizer.event_start[EventType.VOLUME]
    circle = tokenizer.event_start[EventType.CIRCLE]
    labels = torch.tensor([[time, time + 5, volume, circle, -100]])
    predictions = torch.tensor([[time, time + 7, volume + 1, circle, 9]])
    metrics = Metrics(tokenizer, layout)
    batch = {"decoder_input_ids": labels.clamp(min=0), "labels": labels, "sample_weights": torch.tensor([2.0])}
    metrics.add(batch, predictions, torch.tensor([[1.0, 2.0, 3.0, 4.0, 0.0]]))
    assert metrics.averages.means() == {
        "loss": 5.0,
        "timing_acc": 0.5,
        "fuzzy_timing_acc": 1.0,
        "volume_acc": 0.0,
        "other_acc": 1.0,
    }
