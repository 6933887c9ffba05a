"""Every rule: a map that breaks it and one that just doesn't."""

from __future__ import annotations

import pytest

from osuT5.rules import RULES, check_map
from osuT5.rules.catch import Move, reachable
from osuT5.rules.check import facts_of

from . import cases_general, cases_modes, cases_osu
from .maps import Case, circles, found, song

CASES = [*cases_general.CASES, *cases_osu.CASES, *cases_modes.CASES]
ELSEWHERE = {"C01", "T11", "S02", "S03", "S04", "S07", "D06"}  # below and in test_spread


def _name(case: Case) -> str:
    return f"{case.rule}-{case.note or case.severity or 'fires'}".replace(" ", "_")


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_fires(case: Case) -> None:
    findings = found(case.fires, case.rule, **case.options)
    assert findings
    if case.severity:
        assert case.severity in {finding.severity.value for finding in findings}


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_near_miss(case: Case) -> None:
    options = case.options if case.quiet_options is None else case.quiet_options
    findings = found(case.quiet, case.rule, **options)
    assert case.severity not in {finding.severity.value for finding in findings} if case.severity else not findings


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | ELSEWHERE == set(RULES)


@pytest.mark.parametrize(("dx", "fires"), [(190, True), (189, False)])
def test_out_of_reach(dx: int, fires: bool) -> None:
    """C01: two half plates of 42.7 px and a dash of 104.2 px; the game would grant a hyperdash, so no file can show it."""
    facts = facts_of(song(circles([0, 100]), mode=2))
    move = Move(0, 1, 0.0, 100.0, dx, dx, True, False, 0.0, ("fruit", "fruit"))
    assert bool(list(reachable(facts, [move]))) == fires


def test_findings_are_in_order_and_repeat() -> None:
    beatmap = song(circles([1403, 1002, 1801, 1800]), mode=0)
    first = check_map(beatmap, 3.0)
    assert first == check_map(beatmap, 3.0)
    assert [(f.start, f.rule) for f in first] == sorted((f.start, f.rule) for f in first)


def test_findings_belong_to_modes_of_their_rules() -> None:
    for case in CASES:
        for beatmap in (case.fires, case.quiet):
            for finding in check_map(beatmap, **case.options):
                assert beatmap.mode in RULES[finding.rule].modes
                assert all(0 <= index < len(beatmap.hit_objects) for index in finding.objects)
                assert "{" not in finding.message


def test_values_and_limits() -> None:
    (finding,) = found(song(circles([0, 1003])), "T01")
    assert (finding.start, finding.objects, finding.value, finding.limit) == (1003, (1,), 3.0, 2.0)
    (drain,) = found(song(circles([0, 12_000])), "S01")
    assert (drain.value, drain.limit) == (12.0, 30.0)


def test_without_level_only_shared_rules() -> None:
    rules = {
        finding.rule for finding in __import__("osuT5.rules", fromlist=["check_map"]).check_map(song(circles([0, 400])))
    }
    assert not rules & {"D04", "O06", "O07", "O08", "O18", "O20"}
