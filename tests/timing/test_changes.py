"""The change operation against literal lines and a plain version of the text."""

from __future__ import annotations

import math
import random
from copy import copy

import pytest

from osuT5.beatmap.timing_lines import TimingLine, line_at
from osuT5.postprocess.lines import timing_text
from osuT5.timing.changes import TimingChange, TimingSheet, kiai_change, to_us, velocity_change, volume_change

RED = TimingLine(1005000, 342.85714285714283, 4, 2, -1, 100)


def texts(sheet: TimingSheet) -> list[str]:
    return [timing_text(line) for line in sheet.lines]


def test_red_line_moves_back_before_the_first_change() -> None:
    sheet = TimingSheet([RED])
    sheet.apply(volume_change(1000000, 60))
    assert texts(sheet) == ["-367,342.85714285714283,4,2,-1,100,1,0", "1000,-100,4,2,-1,60,0,0"]
    assert sheet.lines[0].offset_us == -366429  # -366.43
    assert RED.offset_us == 1005000  # the caller's line is left alone


def test_change_on_the_red_line_edits_it() -> None:
    sheet = TimingSheet([RED])
    sheet.apply(volume_change(1006000, 60))
    assert texts(sheet) == ["1005,342.85714285714283,4,2,-1,60,1,0"]


def test_velocity_on_the_red_line_adds_a_green_one() -> None:
    sheet = TimingSheet([RED])
    sheet.apply(velocity_change(1005000, 1.25))
    assert texts(sheet) == ["1005,342.85714285714283,4,2,-1,100,1,0", "1005,-79.9999999999,4,2,-1,100,0,0"]


def test_fuzz_is_tested_on_seconds() -> None:
    near, far = TimingSheet([TimingLine(1791000, 500.0)]), TimingSheet([TimingLine(1792000, 500.0)])
    near.apply(volume_change(1792000, 10))
    far.apply(volume_change(1794000, 10))  # 1.794 - 1.792 is above 0.002 in binary64
    assert len(near) == 1
    assert len(far) == 2


def test_equal_change_after_a_green_line_adds_nothing() -> None:
    sheet = TimingSheet([RED])
    sheet.apply(volume_change(2000000, 100))
    sheet.apply(volume_change(3000000, 100))
    sheet.apply(volume_change(4000000, 50))
    assert [text.split(",")[0] for text in texts(sheet)] == ["1005", "2000", "4000"]


def test_lasting_changes_reach_later_lines_and_stop_at_newer_ones() -> None:
    sheet = TimingSheet([TimingLine(time * 1000000, 500.0, volume=70) for time in range(5)])
    sheet.apply(volume_change(1000000, 20))
    sheet.apply(kiai_change(2000000, True))
    sheet.apply(volume_change(3000000, 30))
    assert [line.volume for line in sheet.lines] == [70, 20, 20, 30, 30]
    assert [line.kiai for line in sheet.lines] == [False, False, True, True, True]


def test_empty_list_gets_a_red_line() -> None:
    sheet = TimingSheet()
    sheet.apply(velocity_change(500000, 2.0))
    assert texts(sheet) == ["500,1000,4,2,-1,100,1,0", "500,-49.9999999999,4,2,-1,100,0,0"]
    with pytest.raises(IndexError):
        TimingSheet().at(0)


def test_microseconds_round_half_to_even() -> None:
    assert [to_us(0.0005), to_us(0.0015), to_us(-0.0005), to_us(2035.5)] == [0, 2, 0, 2035500]


class PlainSheet:
    """Spec 03 section 14.7 word by word."""

    def __init__(self, lines: list[TimingLine]) -> None:
        self.lines = lines

    def apply(self, change: TimingChange) -> None:
        x = change.offset_us
        on = [line for line in self.lines if math.isclose(line.offset_us / 1e6, x / 1e6, rel_tol=1e-9, abs_tol=0.002)]
        prev = None
        for line in self.lines:
            if line.offset_us < x and (prev is None or line.offset_us >= prev.offset_us):
                prev = line
        prev = on[-1] if on else prev
        bare, new = prev is None, None
        if change.red and all(line.parent is not None for line in on):
            new = copy(prev) if prev is not None else change.as_line()
            new.offset_us, new.parent = x, None
        elif not change.red and (not on or ("beat_length" in change.sets and all(line.parent is None for line in on))):
            prev = prev if prev is not None else self.first_red(x)
            new = copy(prev)
            new.offset_us, new.parent = x, prev if prev.parent is None else prev.parent
            if prev.parent is None:
                new.beat_length = -100.0
        if new is not None:
            on.append(new)
        for line in on:
            self.write(change, line)
        if new is not None and (change.red or bare or self.values(new) != self.values(prev)):
            self.lines.append(new)
        for line in self.lines if change.all_later else ():
            for name in set(change.sets) & {"sample_set", "sample_index", "volume", "kiai"}:
                if line.offset_us > x:
                    setattr(line, name, getattr(change, name))
        self.lines.sort(key=lambda line: (line.offset_us, line.parent is not None))

    def first_red(self, x: int) -> TimingLine:
        reds = [line for line in self.lines if line.parent is None]
        if not reds:
            self.lines.append(TimingLine(x, 1000.0, 4, 2, -1, 100))
            return self.lines[-1]
        measure = reds[0].beat_length * reds[0].meter
        reds[0].offset_us -= to_us(math.ceil((reds[0].offset_us - x) / 1000000 * 1000 / measure) * measure)
        return reds[0]

    @staticmethod
    def write(change: TimingChange, line: TimingLine) -> None:
        for name in change.sets:
            colour = change.red == (line.parent is None)
            if name == "beat_length" and not colour or name == "meter" and not (colour and change.red):
                continue
            setattr(line, name, getattr(change, name))

    @staticmethod
    def values(line: TimingLine | None) -> tuple[object, ...] | None:
        return line and (*timing_text(line).split(",")[1:], line.beat_length)


def random_change(rng: random.Random, time: int) -> TimingChange:
    kind = rng.randrange(5)
    if kind == 0:
        return volume_change(time, rng.choice([20, 40, 60]))
    if kind == 1:
        return velocity_change(time, rng.choice([0.5, 1.0, 2.0]))
    if kind == 2:
        return kiai_change(time, rng.random() < 0.5)
    sets = rng.choice([("beat_length",), ("meter",), (), ("beat_length", "volume", "kiai")])
    return TimingChange(
        time,
        sets,
        beat_length=rng.choice([300.0, 500.0]),
        meter=rng.choice([3, 4]),
        red=True,
        all_later=rng.random() < 0.3,
    )


@pytest.mark.parametrize("seed", range(150))
def test_equals_the_plain_version(seed: int) -> None:
    rng = random.Random(seed)
    times = [rng.randrange(-2000, 9000) * 1000 + rng.choice([0, 0, 0, 500]) for _ in range(8)]
    times += [time + rng.choice([-3000, -2000, -1000, 1000, 2000, 3000]) for time in times]
    reds = [TimingLine(rng.choice(times), rng.choice([300.0, 400.0]), 4, 2, -1, 100) for _ in range(rng.randrange(4))]
    fast, plain = TimingSheet(reds), PlainSheet([copy(red) for red in reds])
    for _ in range(rng.randrange(40)):
        change = random_change(rng, rng.choice(times))
        fast.apply(change)
        plain.apply(change)
        probe = rng.choice(times)
        assert timing_text(fast.at(probe)).split(",")[:2] == timing_text(line_at(plain.lines, probe)).split(",")[:2]
    assert texts(fast) == [timing_text(line) for line in plain.lines]
    assert [line.red.offset_us for line in fast.lines] == [line.red.offset_us for line in plain.lines]
