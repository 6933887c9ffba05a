"""Loss of each token, mean losses and predictions of a training batch (golden/training/loss)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from osuT5.model.checkpoint import load_model
from tests.model.golden import MODELS, golden, song
from tests.shared_data import cases, load_json, need


def frames(starts: np.ndarray, samples: int) -> torch.Tensor:
    """Windows of the song, zeros after its end."""
    windows = np.zeros((len(starts), samples), np.float32)
    for row, start in enumerate(starts):
        part = song()[start : start + samples]
        windows[row, : len(part)] = part
    return torch.from_numpy(windows)


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/training/loss/*.npz"))
@torch.no_grad()
def test_losses_and_predictions(path: Path) -> None:
    with np.load(need(path)) as arrays:
        batch = {name: torch.from_numpy(value) for name, value in arrays.items()}
    folder = MODELS / path.stem
    model = load_model(folder).model
    labels, mask = batch["labels"].long(), batch["decoder_attention_mask"].bool()
    conditions = {name: batch[name] for name in ("difficulty", "mapper_idx", "song_position")}
    found = model(
        frames=frames(batch["audio_starts"].numpy(), golden(folder).settings["samples"]),
        decoder_input_ids=batch["decoder_input_ids"].long(),
        decoder_attention_mask=mask,
        labels=labels,
        **conditions,
    )
    labelled = labels != -100
    torch.testing.assert_close(model.token_loss(found.logits, labels), batch["token_loss"].float(), atol=1e-4, rtol=0)
    certain = batch["top2_margin_at_labels"] >= 1e-3
    same = found.logits.argmax(-1)[labelled] == batch["predictions"][labelled]
    assert bool(same[certain].all())
    recorded = load_json(path.with_name("metrics.json"))[path.stem]
    assert float(found.loss) == pytest.approx(recorded["loss"], abs=1e-4)
    weighted = model.loss(found.logits, labels, batch["sample_weights"])
    assert float(weighted) == pytest.approx(recorded["loss_with_sample_weights"], abs=1e-4)
