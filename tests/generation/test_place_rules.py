"""Places of streams stay near one another, and positions have a temperature of their own; by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.capabilities import VERSIONS
from osuT5.config import Sampling
from osuT5.generation.engine import AllowedTimes, QuickReach
from osuT5.generation.grid import grid_of, reach_of
from osuT5.generation.place_rules import QuickPlaces
from osuT5.generation.rules import NEVER, RuleTokens, Temperature
from osuT5.tokenizer import Tokenizer

CPU = torch.device("cpu")
# 0 pad, 1 sos, 2 eos, 3..9 times 0..6, 10 circle, 11..22 places in 4 columns and 3 rows, 23 volume
TOKENS = RuleTokens(
    vocab_in=24,
    vocab_out=24,
    time=(3, 10),
    time_min=0,
    openings=frozenset({1}),
    closings=frozenset({2}),
    timed=frozenset({10}),
    beats=frozenset(),
    mania_hits=frozenset(),
    scroll_speeds=frozenset(),
    positions=frozenset(range(11, 23)),
    places=(11, 23),
)
QUICK = AllowedTimes((), (), quick=QuickReach(steps=2, cells=1.0, columns=4))
ANY = set(range(12))
AROUND_5 = {1, 4, 5, 6, 9}  # one cell from cell 5, not across corners


def cells(row: Tensor) -> set[int]:
    return {cell for cell in range(12) if row[11 + cell] > NEVER}


@pytest.mark.parametrize(
    "ids, wanted",
    [
        ([1, 3], ANY),  # the first object
        ([1, 3, 16, 10, 4], AROUND_5),
        ([1, 3, 16, 10, 5], AROUND_5),
        ([1, 3, 16, 10, 6], ANY),  # long after
        ([1, 3, 16, 10, 3], ANY),  # at one time
        ([1, 3, 16, 10, 4, 15], ANY),  # an anchor of the object that begins there
        ([1, 3, 11, 10, 5, 16, 10, 6], AROUND_5),  # the last place counts
        ([1, 3, 16, 10, 4, 23, 10, 5], AROUND_5),  # a time without a place between
        ([1, 3, 16, 10, 4, 23, 10, 6], ANY),
        ([1, 4, 11, 10, 5], {0, 1, 4}),  # at the edge
    ],
)
def test_a_stream_stays_together(ids: list[int], wanted: set[int]) -> None:
    for split in range(1, len(ids) + 1):  # read in the prompt, or told step by step
        rule = QuickPlaces(TOKENS, [QUICK, None], CPU)
        rule.start(torch.tensor([ids[:split], ids[:split]]))
        for token in ids[split:]:
            rule.advance(torch.tensor([token, token]))
        scores = rule.apply(torch.zeros(2, 24))
        assert [cells(row) for row in scores] == [wanted, ANY]
        assert torch.isfinite(scores[:, [*range(11), 23]]).all()


def test_beams_and_reordered_rows_keep_their_places() -> None:
    rule = QuickPlaces(TOKENS, [QUICK, None], CPU)
    rule.start(torch.tensor([[1, 3, 16, 10, 4], [1, 3, 11, 10, 4]] * 2))  # two beams a row
    assert [cells(row) for row in rule.apply(torch.zeros(4, 24))] == [AROUND_5, {0, 1, 4}, ANY, ANY]
    rule.select(torch.tensor([3, 1]))
    assert [cells(row) for row in rule.apply(torch.zeros(2, 24))] == [ANY, {0, 1, 4}]


def test_the_reach_of_a_grid() -> None:
    lines = parse_timing_lines(["0,500,4,2,0,100,1,0", "4000,320,4,2,0,100,1,0"])
    starter = VERSIONS["starter"].layout
    grid = grid_of(lines, [4], False, reach=reach_of(starter, 96))
    assert grid is not None
    assert grid.allowed(0, 1000).quick == QuickReach(steps=8, cells=3.0, columns=33)  # 120 BPM counts as 240
    assert grid.allowed(4000, 1000).quick == QuickReach(steps=10, cells=3.0, columns=33)
    plain = grid_of(lines, [4], False)
    assert plain is not None and plain.allowed(0, 1000).quick is None


@pytest.mark.parametrize("version, px", [("starter", None), ("v29", 90.0), ("v31", 90.0)])
def test_no_reach_where_none_is_wanted_or_places_are_others(version: str, px: float | None) -> None:
    assert reach_of(VERSIONS[version].layout, px) is None


def test_positions_have_a_temperature_of_their_own() -> None:
    scores = torch.zeros(2, 24)
    scores[0, 12], scores[1, 10], scores[1, 12] = 3.0, 3.0, 2.0  # a position is likeliest, and is not
    found = Temperature(TOKENS, Sampling(temperature=0.5, position_temperature=0.25), CPU).apply(scores)
    assert found[:, 12].tolist() == [12.0, 4.0] and found[1, 10] == 6.0
    alike = Temperature(TOKENS, Sampling(temperature=0.5), CPU).apply(scores)
    assert alike[:, 12].tolist() == [6.0, 4.0]


def test_places_of_the_vocabularies() -> None:
    tokens = RuleTokens.of(Tokenizer.build(VERSIONS["starter"].layout))
    assert tokens.places[1] - tokens.places[0] == 33 * 29
    assert set(range(*tokens.places)) < tokens.positions
    split = RuleTokens.of(Tokenizer.build(VERSIONS["v31"].layout))
    assert split.places == (0, 0) and split.positions
