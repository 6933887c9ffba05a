"""Whole golden runs with the tiny checkpoints themselves: every decode call gives the recorded ids (golden/generation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from osuT5.compat import Compat
from osuT5.generation.engine import DecodeRequest
from osuT5.generation.model_engine import ModelEngine
from osuT5.model.checkpoint import load_model
from tests.generation.replay import GOLDEN, RecordedEngine, replay
from tests.generation.test_loop_parity import run
from tests.model.golden import song
from tests.shared_data import cases, load_json


class ComparedEngine:
    """Answers with the model, after comparing the call and the answer with the record."""

    def __init__(self, model: ModelEngine, recorded: RecordedEngine) -> None:
        self.model, self.recorded = model, recorded

    def decode(self, request: DecodeRequest) -> list[list[int]]:
        where = f"call {self.recorded.done}"
        expected = self.recorded.decode(request)
        found = self.model.decode(request)
        if request.sampling.num_beams > 1:  # recorded beams are filled up with EOS, the pad id 0 being falsy
            expected = [_without_filling(row, self.recorded.tokenizer.eos_id) for row in expected]
        assert found == expected, where
        return found


def _without_filling(row: list[int], eos: int) -> list[int]:
    return row[: row.index(eos) + 1] if eos in row else row


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/generation/*.json.gz"))
def test_model_gives_the_recorded_ids(path: Path) -> None:
    record: dict[str, Any] = load_json(path)
    if "raises" in record:
        pytest.skip("the recorded run failed before it was done")
    given = replay(record)
    folder = GOLDEN / record["model"]
    model = load_model(folder).model

    def build(samples: np.ndarray, starts: Sequence[int]) -> ComparedEngine:
        engine = ModelEngine(
            model, given.side.tokenizer, given.side.layout, samples, starts, compat=Compat("published")
        )
        return ComparedEngine(engine, given.engine)

    given = replace(given, side=replace(given.side, engine_factory=build), samples=song())
    run(given)
    assert given.engine.done == len(record["model_calls"])
