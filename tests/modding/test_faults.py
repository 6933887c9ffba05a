"""The faults of the benchmark: planted where they say, and found by nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.planted.faults import KINDS, Fault, Kind, planted
from osuT5.beatmap import Beatmap, Circle, Slider, parse_beatmap

from .maps import lines, map_text

BY_NAME = {kind.name: kind for kind in KINDS}


def clean() -> Beatmap:
    return parse_beatmap(map_text(0, lines(0, 90)))


def times(beatmap: Beatmap) -> list[float]:
    return [item.time for item in beatmap.hit_objects]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_faults_are_planted(kind: Kind) -> None:
    beatmap = clean()
    before = map_text(0, lines(0, 90))
    data, faults = planted(beatmap, kind, seed=3)
    assert len(faults) == (9 if kind.section else 10)  # 45 s hold nine sections of 3 s
    assert [fault.start for fault in faults] == sorted(fault.start for fault in faults)
    assert planted(beatmap, kind, seed=3) == (data, faults)
    assert times(beatmap) == times(parse_beatmap(before))  # the clean map stays
    assert data != planted(beatmap, kind, seed=4)[0]


def changes(kind: str) -> tuple[Beatmap, Beatmap, list[Fault]]:
    data, faults = planted(clean(), BY_NAME[kind], seed=5)
    return clean(), parse_beatmap(data), faults


def test_off_the_snap() -> None:
    old, new, faults = changes("off the snap")
    moved = sorted(set(times(new)) - set(times(old)))
    assert moved == [fault.start for fault in faults]
    assert all(20 <= min(time % 250, 250 - time % 250) <= 80 for time in moved)


def test_wrong_tempo() -> None:
    _, new, faults = changes("wrong tempo")
    red = {point.time: point.beat_length for point in new.timing_points if point.uninherited}
    for fault in faults:
        assert 0.04 <= abs(red[fault.start] / 500 - 1) <= 0.1
        assert red[fault.end] == 500


def test_doubled_objects() -> None:
    old, new, faults = changes("doubled objects")
    assert len(new.hit_objects) == len(old.hit_objects) + 10
    assert sorted(time for time in times(new) if times(new).count(time) == 2)[::2] == [fault.start for fault in faults]


def test_changes_of_objects_stay_with_them() -> None:
    for name, same in (
        ("odd sliders", lambda one, two: not isinstance(one, Slider) or one.path_text == two.path_text),
        ("missing hitsounds", lambda one, two: one.hit_sound == two.hit_sound),
        ("wrong combos", lambda one, two: one.new_combo == two.new_combo),
        ("displaced objects", lambda one, two: np.hypot(one.x - two.x, one.y - two.y) < 150),
    ):
        old, new, faults = changes(name)
        assert times(old) == times(new)
        changed = [one.time for one, two in zip(old.hit_objects, new.hit_objects, strict=True) if not same(one, two)]
        assert changed == [fault.start for fault in faults], name
        if name == "displaced objects":
            assert all(isinstance(item, Circle) for item in new.hit_objects if item.time in changed)
            assert all(0 <= item.x <= 512 and 0 <= item.y <= 384 for item in new.hit_objects)


def test_what_counts_as_found() -> None:
    fault, section = Fault(1000, 1000), Fault(1000, 4000)
    combos, sliders, tempo = BY_NAME["wrong combos"], BY_NAME["odd sliders"], BY_NAME["wrong tempo"]
    assert combos.finds("New Combos", "Circle", (1050, 800), fault)
    assert combos.finds("New Combos", "Slider End", (1300, 1000), fault)  # its object is near
    assert not combos.finds("New Combos", "Circle", (1051, 800), fault)
    assert not combos.finds("Hit Sounds", "Circle", (1000, 1000), fault)
    assert sliders.finds("Compose", "Red Anchor #2", (1000, 1000), fault)
    assert not sliders.finds("Compose", "Slider Head", (1000, 1000), fault)
    assert tempo.finds("Timing", "Beat", (3900, 3900), section)
    assert not tempo.finds("Timing", "Beat", (4020, 4020), section)
