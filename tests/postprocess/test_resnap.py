"""Snapping times to beat divisors: literal and recorded cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.events.event import Event, EventType
from osuT5.postprocess.resnap import Resnapper, resnap
from tests.shared_data import cases, load_json

LINE = TimingLine(1005000, 342.85714285714283)


@pytest.mark.parametrize(
    ("time", "divisor", "wanted"), [(1345, 1, 1347), (1515, 2, 1519), (1175, 4, 1090), (3000, 3, 2947), (1085, 2, 1176)]
)
def test_literal(time: int, divisor: int, wanted: int) -> None:
    assert resnap(time, divisor, [LINE]) == wanted


def test_without_usable_lines_times_stay() -> None:
    assert resnap(123, 4, []) == 123
    assert resnap(123, 4, [TimingLine(0, float("nan"))]) == 123
    assert resnap(123, 4, [TimingLine(0, 0.0)]) == 123


def test_only_times_with_a_positive_divisor_after_them_move() -> None:
    time, snap = EventType.TIME_SHIFT, EventType.SNAPPING
    events = [
        Event(time, 1345),
        Event(snap, 1),
        Event(time, 1345),
        Event(snap, 0),
        Event(time, 1345),
        Event(EventType.CIRCLE),
    ]
    assert [event.value for event in Resnapper([LINE]).apply(events)] == [1347, 1, 1345, 0, 1345, 0]
    assert Resnapper([]).apply([]) == []


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/postprocess/resnap*.json"))
def test_recorded(path: Path) -> None:
    case = load_json(path)
    snapper = Resnapper([TimingLine(offset * 1000, beat) for offset, beat in case["timing"]])
    wrong = [
        (time, divisor, wanted) for time, divisor, wanted in case["cases"] if snapper.snap(time, divisor) != wanted
    ]
    assert not wrong
