"""Every rule on random scores (golden/model/logit_processors_*)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from osuT5.config import Sampling
from osuT5.generation.decode import Guidance
from osuT5.generation.rules import (
    ConditionalTemperature,
    LookbackBias,
    MonotonicTime,
    NoEarlyTimes,
    Rule,
    RuleTokens,
    TimeShiftBias,
)
from osuT5.generation.sampling import filter_top_k, filter_top_p
from osuT5.tokenizer import Tokenizer
from tests.shared_data import SHARED, cases, load_json, need

pytestmark = pytest.mark.parity
CPU = torch.device("cpu")
FILES = cases("golden/model/logit_processors_*.npz")


class Case:
    def __init__(self, path: Path) -> None:
        with np.load(need(path)) as arrays:
            self.arrays = {key: torch.from_numpy(value) for key, value in arrays.items()}
        self.name = path.stem.rsplit("_", 1)[-1]
        self.settings: dict[str, Any] = load_json(path.with_name("logit_processors.json"))[self.name]
        self.tokens = RuleTokens.of(Tokenizer.load(SHARED / "golden" / "model" / self.name))
        self.ids, self.scores = self.arrays["input_ids"], self.arrays["scores"]

    def check(self, found: Tensor, name: str) -> None:
        torch.testing.assert_close(found.clamp(min=-1e30), self.arrays[name], atol=1e-5, rtol=1e-5)


def applied(rule: Rule, case: Case) -> Tensor:
    rule.start(case.ids)
    return rule.apply(case.scores.clone())


@pytest.mark.parametrize("path", FILES)
def test_monotonic_time(path: Path) -> None:
    case = Case(path)
    case.check(applied(MonotonicTime(case.tokens, CPU), case), "monotonic")


@pytest.mark.parametrize("path", FILES)
def test_time_shift_bias(path: Path) -> None:
    case = Case(path)
    case.check(applied(TimeShiftBias(case.tokens, 1.5), case), "timeshift_bias_1.5")


@pytest.mark.parametrize("path", FILES)
def test_lookback_over_two_steps(path: Path) -> None:
    case = Case(path)
    lookback = case.settings["lookback_ms"]
    rule: Rule
    if case.settings["types_first"]:
        rule = LookbackBias(case.tokens, lookback, True, CPU)
    else:
        rule = NoEarlyTimes(case.tokens, lookback)
    case.check(applied(rule, case), "lookback_step1")
    rule.advance(case.arrays["lookback_step2_ids"][:, -1])
    case.check(rule.apply(case.arrays["lookback_step2_scores"].clone()), "lookback_step2")


@pytest.mark.parametrize("path", FILES)
def test_conditional_temperature(path: Path) -> None:
    case = Case(path)
    given = case.settings["conditional_temperature"]
    sampling = Sampling(
        temperature=given["temperature"],
        timing_temperature=given["timing"],
        mania_column_temperature=given["mania"],
        taiko_hit_temperature=given["taiko"],
    )
    for example in given["cases"]:
        rule = ConditionalTemperature(case.tokens, sampling, True, CPU)
        ids = case.ids.clone()
        ids[0, -3:] = torch.tensor(example["first_row_tail"])
        rule.start(ids)
        ratio = (rule.apply(case.scores.clone()) / case.scores).median()
        assert float(ratio) == pytest.approx(example["factor"], rel=1e-5), example["name"]


@pytest.mark.parametrize("path", FILES)
def test_filters_and_guidance(path: Path) -> None:
    case = Case(path)
    case.check(filter_top_p(case.scores, 0.9), "top_p_0.9")
    case.check(filter_top_k(case.scores, 50), "top_k_50")
    halves = case.scores.unflatten(0, (2, -1)).transpose(0, 1)
    case.check(Guidance(2.0, reversed=True).combine(halves), "cfg_2.0_out")
