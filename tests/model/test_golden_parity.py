"""Encoder states, logits and losses of the golden tiny checkpoints (golden/model)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.model.golden import golden
from tests.shared_data import cases

FOLDERS = cases("golden/model/*/")
ATOL = 2e-4
pytestmark = pytest.mark.parity


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_encoder_states(folder: Path, attention: str) -> None:
    case = golden(folder)
    expected = case.tensor("encoder_last_hidden_state_every16")
    torch.testing.assert_close(case.encoded(case.model(attention))[:, ::16], expected, atol=ATOL, rtol=0)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("folder", FOLDERS)
@torch.no_grad()
def test_logits_of_left_padded_rows(folder: Path, attention: str) -> None:
    case = golden(folder)
    model = case.model(attention)
    mask = case.tensor("decoder_attention_mask")
    found = model(
        encoder_outputs=(case.encoded(model),),
        decoder_input_ids=case.tensor("decoder_input_ids"),
        decoder_attention_mask=mask,
    )
    expected = case.tensor("logits_model_forward")
    torch.testing.assert_close(found.logits[mask], expected[mask], atol=ATOL, rtol=0)


@pytest.mark.parametrize("folder", FOLDERS)
@torch.no_grad()
def test_logits_and_loss_without_padding(folder: Path) -> None:
    case = golden(folder)
    model = case.model()
    conditions = {name: value[:1] for name, value in case.conditions().items()}
    for weight, expected in ((None, "loss"), (torch.tensor([0.25]), "loss_weight_0.25")):
        found = model(
            frames=case.frames()[:1],
            decoder_input_ids=case.tensor("plain_ids"),
            labels=case.tensor("labels"),
            sample_weights=weight,
            **conditions,
        )
        assert float(found.loss) == pytest.approx(float(case.arrays[expected]), abs=1e-4)
    torch.testing.assert_close(found.logits, case.tensor("logits_plain_forward"), atol=ATOL, rtol=0)
