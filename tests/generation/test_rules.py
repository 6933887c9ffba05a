"""The logit rules by hand: literal scores, states carried over steps, rows on their own."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from osuT5.capabilities import VERSIONS
from osuT5.config import Sampling
from osuT5.generation.engine import AllowedTimes
from osuT5.generation.grid_rules import FreeColumns, GridTimes
from osuT5.generation.rules import (
    ConditionalTemperature,
    LookbackBias,
    MonotonicTime,
    NoEarlyTimes,
    Rule,
    RuleTokens,
    build_rules,
)
from osuT5.tokenizer import Tokenizer

CPU = torch.device("cpu")
NEVER = float("-inf")
# 0 pad, 1 sos, 2 eos, 3/4 open/close, 5..9 times 0..4, 10 circle, 11 beat, 12 scroll speed, 13 volume
TOKENS = RuleTokens(
    vocab_in=14,
    vocab_out=14,
    time=(5, 10),
    time_min=0,
    openings=frozenset({1, 3}),
    closings=frozenset({2, 4}),
    timed=frozenset({10, 11}),
    beats=frozenset({11}),
    mania_hits=frozenset({10}),
    scroll_speeds=frozenset({12}),
)


def run(rule: Rule, prompts: list[list[int]], tokens: list[list[int]]) -> Tensor:
    """Scores after the prompts and further tokens, of zeros."""
    rule.start(torch.tensor(prompts))
    rule.apply(torch.zeros(len(prompts), 14))
    for step in tokens:
        rule.advance(torch.tensor(step))
        found = rule.apply(torch.zeros(len(prompts), 14))
    return found if tokens else rule.apply(torch.zeros(len(prompts), 14))


@pytest.mark.parametrize(
    ("ids", "allowed"),
    [
        ([1, 10], {5, 6, 7, 8, 9}),
        ([1, 10, 7], {7, 8, 9}),  # equal is allowed
        ([7, 1], {5, 6, 7, 8, 9}),  # a time before SOS doesn't count
        ([1, 9, 3], {5, 6, 7, 8, 9}),  # nor one before an opening id
        ([1, 9, 4], {9}),  # a closing id changes nothing
        ([1, 9, 6], {6, 7, 8, 9}),  # the last time counts, not the largest
    ],
)
def test_monotonic_time(ids: list[int], allowed: set[int]) -> None:
    for split in range(1, len(ids) + 1):  # read in the prompt, or told step by step
        found = run(MonotonicTime(TOKENS, CPU), [ids[:split]], [[token] for token in ids[split:]])
        assert {token for token in range(5, 10) if found[0, token] > NEVER} == allowed
        assert bool((found[0, :5] == 0).all()) and bool((found[0, 10:] == 0).all())


def test_rows_keep_their_own_time_and_can_be_reordered() -> None:
    rule = MonotonicTime(TOKENS, CPU)
    rule.start(torch.tensor([[1, 8], [1, 6]]))
    rule.select(torch.tensor([1, 1, 0]))
    found = rule.apply(torch.zeros(3, 14))
    assert [int((row == NEVER).sum()) for row in found] == [1, 1, 3]


def temperatures(prompts: list[list[int]], first_row_decides: bool, **changes: float) -> list[float]:
    given = {"temperature": 0.5, "timing_temperature": 0.1, "mania_column_temperature": 0.2}
    sampling = Sampling(**{**given, "taiko_hit_temperature": 0.4, **changes})
    rule = ConditionalTemperature(TOKENS, sampling, first_row_decides, CPU)
    rule.start(torch.tensor(prompts))
    return [round(1 / value, 4) for value in rule.apply(torch.ones(len(prompts), 14))[:, 0].tolist()]


def test_conditional_temperature_of_each_row_or_of_the_first() -> None:
    prompts = [[1, 10, 11], [10, 7, 13], [1, 1, 12], [1, 10, 13], [10, 7, 11]]
    assert temperatures(prompts, False) == [0.1, 0.2, 0.4, 0.5, 0.1]
    assert temperatures(prompts, True) == [0.1] * 5
    assert temperatures(prompts[::-1], True) == [0.1] * 5
    assert temperatures(prompts[1:], True) == [0.2] * 4


def test_a_temperature_equal_to_the_main_one_is_left_out() -> None:
    assert temperatures([[10, 7, 11]], False, timing_temperature=0.5) == [0.2]  # so the next rule may match
    assert temperatures([[11]], False) == [0.1]  # shorter than three ids


def test_no_early_times() -> None:
    found = run(NoEarlyTimes(TOKENS, 29.9), [[1]], [])
    assert found[0].isinf().nonzero().flatten().tolist() == [5, 6]
    assert not run(NoEarlyTimes(TOKENS, 9.0), [[1]], []).isinf().any()


def test_negative_times_are_early_too() -> None:
    shifted = RuleTokens(**{**TOKENS.__dict__, "time_min": -2})
    assert shifted.early_times(10) == (5, 8)


def test_only_times_of_the_grid_and_each_row_its_own() -> None:
    rule = GridTimes(TOKENS, [AllowedTimes((1, 3, 99), (1, 2, 4)), None], CPU)
    scores = run(rule, [[1], [1]], [])
    assert allowed_times(scores[0]) == {6, 8}
    assert allowed_times(scores[1]) == {5, 6, 7, 8, 9}
    # 0, 1 and 2 are nearest to the tick at 1; 3 and 4 to that at 3
    assert scores[0, [6, 8]].tolist() == pytest.approx([math.log(3), math.log(2)])
    assert scores[1, 5:10].tolist() == pytest.approx([0.0] * 5)
    assert torch.isfinite(scores[:, 10:]).all()
    rule.select(torch.tensor([1, 0]))
    assert allowed_times(rule.apply(torch.zeros(2, 14))[1]) == {6, 8}


def test_beams_share_the_times_of_their_row() -> None:
    scores = run(GridTimes(TOKENS, [AllowedTimes((0,), (1,)), AllowedTimes((4,), (1,))], CPU), [[1], [1], [1], [1]], [])
    assert [allowed_times(row) for row in scores] == [{5}, {5}, {9}, {9}]


@pytest.mark.parametrize(
    ("prompt", "steps", "wanted"),
    [
        ([1, 6, 10], [], {8, 9}),  # a circle at 1: the next at 3
        ([1, 6, 10, 13, 13], [], {8, 9}),  # what has no time of its own lies between
        ([1, 6, 13], [], {5, 6, 7, 8, 9}),  # what is at 1 goes on
        ([1, 10], [], {5, 6, 7, 8, 9}),  # no time yet
        ([1], [[6], [10]], {8, 9}),
        ([1], [[6], [10], [13]], {8, 9}),
        ([1], [[6], [10], [8]], {5, 6, 7, 8, 9}),  # the next group is open
    ],
)
def test_objects_lie_apart(prompt: list[int], steps: list[list[int]], wanted: set[int]) -> None:
    tokens = replace(TOKENS, time_goes_on=frozenset({10}))
    rule = GridTimes(tokens, [AllowedTimes((0, 1, 2, 3, 4), (1, 1, 1, 1, 1), apart=2)], CPU)
    assert allowed_times(run(rule, [prompt], steps)[0]) == wanted


def test_rows_whose_objects_may_touch_are_left_alone() -> None:
    tokens = replace(TOKENS, time_goes_on=frozenset({10}))
    scores = run(GridTimes(tokens, [AllowedTimes((0, 2), (1, 1)), None], CPU), [[1, 8, 10], [1, 8, 10]], [])
    assert allowed_times(scores[0]) == {5, 7}
    assert allowed_times(scores[1]) == {5, 6, 7, 8, 9}


def test_a_tick_has_its_snapping() -> None:
    tokens = replace(TOKENS, snappings=(11, 14))
    rule = GridTimes(tokens, [AllowedTimes((1, 3), (1, 2)), None], CPU)
    scores = run(rule, [[1], [1]], [[6, 6]])
    assert [bool(value > NEVER) for value in scores[0, 11:]] == [False, True, False]
    assert torch.isfinite(scores[1, 11:]).all()
    rule.advance(torch.tensor([8, 8]))
    assert [bool(value > NEVER) for value in rule.apply(torch.zeros(2, 14))[0, 11:]] == [False, False, True]


COLUMNS = replace(TOKENS, vocab_in=17, vocab_out=17, columns=(14, 17))


@pytest.mark.parametrize(
    ("ids", "columns", "times"),
    [
        ([1], [True, True, False], {5, 6, 7, 8, 9}),  # there are two columns
        ([1, 5, 14, 10], [False, True, False], {5, 6, 7, 8, 9}),  # a note in the first column
        ([1, 5, 14, 10, 6], [True, True, False], {5, 6, 7, 8, 9}),  # and then another time
        ([1, 5, 14, 10, 5], [False, True, False], {5, 6, 7, 8, 9}),  # or the same once more
        ([1, 6, 14, 10, 6, 15, 10], [False, False, False], {7, 8, 9}),  # all are taken: on to the next time
    ],
)
def test_columns_of_mania(ids: list[int], columns: list[bool], times: set[int]) -> None:
    for prompt in range(1, len(ids) + 1):  # read from the prompt or token by token
        rule = FreeColumns(COLUMNS, [AllowedTimes((), (), keys=2)], CPU)
        rule.start(torch.tensor([ids[:prompt]]))
        for token in ids[prompt:]:
            rule.advance(torch.tensor([token]))
        scores = rule.apply(torch.zeros(1, 17))[0]
        assert [bool(score > NEVER) for score in scores[14:]] == columns
        assert allowed_times(scores) == times
        assert torch.isfinite(scores[10:14]).all()


def test_rows_without_keys_have_all_columns() -> None:
    scores = run(FreeColumns(replace(COLUMNS, vocab_in=14, vocab_out=14, columns=(0, 0)), [None], CPU), [[1, 5]], [])
    assert torch.isfinite(scores).all()
    rule = FreeColumns(COLUMNS, [None], CPU)
    rule.start(torch.tensor([[1]]))
    assert torch.isfinite(rule.apply(torch.zeros(1, 17))).all()


def allowed_times(row: Tensor) -> set[int]:
    return {time for time in range(5, 10) if row[time] > NEVER}


def test_lookback_bias_by_hand() -> None:
    """Chances before: ending 1/4. Now: 1/2 early, 1/2 late. c = 1 / (1/2 * 3/4 + 1/4) = 1.6."""
    rule = LookbackBias(TOKENS, 20.0, True, CPU)
    rule.start(torch.tensor([[1], [1]]))
    before = torch.full((2, 14), NEVER)
    before[:, [2, 4, 10]] = torch.tensor([0.125, 0.125, 0.75]).log()
    assert torch.equal(rule.apply(before.clone()), before)
    rule.advance(torch.tensor([10, 13]))
    now = torch.full((2, 14), NEVER)
    now[:, [5, 6, 8]] = torch.tensor([0.3, 0.2, 0.5]).log()
    found = rule.apply(now.clone())
    expected = {8: 0.8, 5: 0.6 * 0.25 / 0.75}
    assert {token: round(float(found[0, token].exp()), 5) for token in expected} == {8: 0.8, 5: 0.2}
    assert found[0, 6] == NEVER
    assert torch.equal(found[1], now[1])  # not after a timed type


def test_lookback_bias_survives_certainty() -> None:
    """Everything early and no chance of ending: stop instead of dividing by zero."""
    rule = LookbackBias(TOKENS, 20.0, True, CPU)
    rule.start(torch.tensor([[1]]))
    sure = torch.full((1, 14), NEVER)
    sure[0, 10] = 0
    rule.apply(sure)
    rule.advance(torch.tensor([10]))
    early = torch.full((1, 14), NEVER)
    early[0, 6] = 0
    assert not rule.apply(early).isnan().any()


def test_remembered_scores_follow_the_beams_unless_published() -> None:
    for follows in (True, False):
        rule = LookbackBias(TOKENS, 20.0, follows, CPU)
        rule.start(torch.tensor([[1], [1]]))
        rule.apply(torch.stack((torch.zeros(14), torch.arange(14.0))))
        rule.select(torch.tensor([1, 1]))
        assert rule.before is not None
        assert bool((rule.before[0] == rule.before[1]).all()) == follows


def test_rules_of_a_call() -> None:
    def kinds(types_first: bool, lookback_ms: float, **changes: float) -> list[str]:
        rules = build_rules(TOKENS, Sampling(**changes), types_first=types_first, lookback_ms=lookback_ms, device=CPU)
        return [type(rule).__name__ for rule in rules]

    assert kinds(True, 0) == ["MonotonicTime", "ConditionalTemperature"]
    assert kinds(True, 5, timeshift_bias=1) == [
        "MonotonicTime",
        "TimeShiftBias",
        "ConditionalTemperature",
        "LookbackBias",
    ]
    assert kinds(False, 0, position_temperature=0.5) == ["MonotonicTime", "Temperature"]
    assert kinds(False, 5, temperature=0.9) == ["MonotonicTime", "Temperature", "NoEarlyTimes"]
    assert kinds(False, 0) == ["MonotonicTime"]


@pytest.mark.parametrize("version", ["v29", "v30", "v31", "v32"])
def test_tokens_of_every_vocabulary(version: str) -> None:
    tokenizer = Tokenizer.build(VERSIONS[version].layout)
    tokens = RuleTokens.of(tokenizer)
    assert tokens.time[1] - tokens.time[0] == VERSIONS[version].layout.max_time_shift + 1
    assert {1} <= tokens.openings and {2} <= tokens.closings
    assert (len(tokens.openings) == 1) == (version == "v30")
    assert bool(tokens.mania_hits) == (version != "v30")
    assert tokens.table(tokens.timed, CPU).sum() == len(tokens.timed)
    assert math.isclose(tokens.early_times(1000.0)[1] - tokens.time[0], 100)
