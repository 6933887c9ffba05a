"""Logits of other precisions stay near those of fp32 (golden/training/precision, loose bounds)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from osuT5.model.checkpoint import load_model
from tests.model.golden import MODELS, golden
from tests.shared_data import cases, need

pytestmark = pytest.mark.parity
LARGEST, MEAN, AGREEMENT = 0.3, 0.03, 0.95


@torch.no_grad()
def logits(folder: Path, precision: str) -> torch.Tensor:
    """Last 12 positions of every third class."""
    case = golden(folder)
    model = load_model(folder, precision=precision).model
    with model.autocast():
        found = model(
            frames=case.frames(),
            decoder_input_ids=case.tensor("decoder_input_ids"),
            decoder_attention_mask=case.tensor("decoder_attention_mask"),
        )
    return found.logits.float()[:, -12:, ::3]


@pytest.mark.parametrize("precision", ["fp32", "amp", "bf16"])
@pytest.mark.parametrize("path", cases("golden/training/precision/*.npz"))
def test_distance_from_fp32(path: Path, precision: str) -> None:
    with np.load(need(path)) as arrays:
        expected = torch.from_numpy(arrays["fp32/logits_last12_every3"])
    found = logits(MODELS / path.stem, precision)
    distance = (found - expected).abs()
    if precision == "fp32":
        assert float(distance.max()) < 2e-4
        return
    assert 0 < float(distance.max()) < LARGEST
    assert float(distance.mean()) < MEAN
    assert float((found.argmax(-1) == expected.argmax(-1)).float().mean()) >= AGREEMENT
