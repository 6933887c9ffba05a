"""Whole runs beside the published system: options and a checkpoint in, the same .osu out (greedy, fp32)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from osuT5.generation.progress import no_progress
from osuT5.pipeline.checkpoint import load_checkpoint
from osuT5.pipeline.run import final_events, generate_map, load_song, post_process

from ..request.test_parity import golden_request
from ..shared_data import cases, load_json

RECORDED_SEED = 0  # of the recorded runs' numpy generator; their seed option is another


@pytest.mark.parity
@pytest.mark.parametrize("case", cases("golden/generation/*.json.gz"))
def test_whole_run(case: Path, tmp_path: Path) -> None:
    golden = load_json(case)
    if golden.get("raises"):
        with pytest.raises(ValueError):
            run_golden(golden, tmp_path)
        return
    events, text = run_golden(golden, tmp_path)
    assert events == golden["final_events"]
    assert text.splitlines() == golden["osu"].splitlines()


def run_golden(golden: dict[str, Any], folder: Path) -> tuple[list[list[Any]], str]:
    """Events that go to the writer, and the text of the file."""
    made = golden_request(golden, folder)
    rng = np.random.RandomState(RECORDED_SEED)
    checkpoint = load_checkpoint(made, lambda line: None)
    generated = generate_map(made, checkpoint, load_song(made), rng, no_progress)
    events = final_events(made, checkpoint, generated, no_progress)
    _, text = post_process(made, generated, events, rng)
    return [[event.type.value, event.value] for event in events], text
