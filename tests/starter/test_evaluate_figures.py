"""The figures of the benchmark on literal cases: what is perfect reads as perfect, what is wrong by a known amount too."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from osuT5.beatmap import Beatmap, parse_beatmap
from osuT5.beatmap.timing_lines import TimingLine
from osuT5.rules import Finding, Severity
from starter.evaluation.cold import ColdRun, cold_rows
from starter.evaluation.making import Made
from starter.evaluation.maps import MapCase, broken_rules, gaps_in_beats, map_rows
from starter.evaluation.marks import MARKS
from starter.evaluation.real import RealSong, grid_row, onset_row, timing_rows
from starter.evaluation.songs import FIRST_SEED, held_out_song
from starter.evaluation.styles import Shift, style_rows, wrong_styles
from starter.evaluation.table import Row, as_json, from_json, markdown_table, text_table
from starter.evaluation.timing import TimedSong, default_rows, own_pass_rows

LINE = TimingLine(1_000_000, 500.0)


def map_at(*times: int) -> Beatmap:
    lines = "\n".join(f"100,100,{time},1,0,0:0:0:0:" for time in times)
    return parse_beatmap(
        f"osu file format v14\n\n[General]\nMode: 0\n\n[TimingPoints]\n1000,500,4,1,0,100,1,0\n\n[HitObjects]\n{lines}\n"
    )


def case(asked: float, stars: float, shift: int = 0, findings: tuple[Finding, ...] = ()) -> MapCase:
    """A map of which every object is ``shift`` ms late."""
    times = [1000 + 500 * i for i in range(20)]
    made = Made(map_at(*(time + shift for time in times)), stars, findings, 100)
    return MapCase(0, asked, made, map_at(*times), map_at(*times[:10]), asked, [float(time) for time in times], [LINE])


def figures(rows: list[Row]) -> dict[str, Row]:
    return {row.what: row for row in rows}


def test_perfect_maps_have_perfect_figures() -> None:
    rows = figures(map_rows([case(2.0, 2.0), case(4.0, 4.0)]))
    assert rows["rhythm F1 at 25 ms"].value == 1.0
    assert rows["rhythm F1 at 25 ms"].beside["ceiling"] == pytest.approx(2 / 3)
    assert rows["rhythm F1 at 25 ms"].target == pytest.approx(0.6)
    assert rows["objects within 25 ms of a sounding note"].value == 1.0
    assert rows["stars, rank correlation of asked and measured"].value == pytest.approx(1.0)
    assert rows["stars, mean absolute error"].value == 0.0
    assert rows["maps without a problem of the rules"].value == 1.0
    assert rows["gaps between objects, distance to the rule mapper's (beats)"].value == 0.0
    assert all(row.reached for row in rows.values() if row.target is not None)


def test_faults_show_by_their_size() -> None:
    problem = Finding("O03", Severity.PROBLEM, 0, 0, "")
    cases = [case(2.0, 3.0, shift=26, findings=(problem,)), case(4.0, 2.0), case(5.0, 5.0)]
    rows = figures(map_rows(cases))
    assert rows["rhythm F1 at 25 ms"].value == pytest.approx(2 / 3)
    assert rows["objects within 25 ms of a sounding note"].value == pytest.approx(2 / 3)
    assert rows["stars, rank correlation of asked and measured"].value == pytest.approx(0.5)
    assert rows["stars, mean absolute error"].value == 1.0
    assert rows["maps without a problem of the rules"].value == pytest.approx(2 / 3)
    assert broken_rules(cases) == [("osu", "O03", 1)]


def test_warnings_are_no_problems_and_an_empty_map_counts() -> None:
    warning = Finding("G05", Severity.WARNING, 0, 0, "")
    empty = replace(case(2.0, 2.0), made=Made(map_at(), None, (warning,), 0))
    rows = figures(map_rows([empty, case(4.0, 4.0)]))
    assert rows["maps without a problem of the rules"].value == 1.0
    assert rows["rhythm F1 at 25 ms"].value == pytest.approx(2 * 20 / 60)
    assert rows["stars, mean absolute error"].value == 1.0


def test_gaps_in_beats() -> None:
    assert gaps_in_beats(map_at(1000, 1250, 1250, 2250, 9000), [LINE]) == [0.5, 2.0, 8.0]
    assert gaps_in_beats(map_at(1000), [LINE]) == []


def test_timing_figures() -> None:
    true, span = [LINE], (1000.0, 61_000.0)
    right = TimedSong([TimingLine(3_010_000, 500.0)], true, span)
    double = TimedSong([TimingLine(1_000_000, 250.0)], true, span)
    second_beat = TimedSong([TimingLine(1_500_000, 500.0)], true, span)
    nothing = TimedSong([], true, span)
    rows = [row.value for row in default_rows([right, double, second_beat, nothing])]
    assert rows == [0.5, 0.5]
    assert [row.value for row in own_pass_rows([right, right])] == [1.0, 1.0]
    assert math.isnan(default_rows([])[0].value) and default_rows([])[0].reached is False


def real_song() -> RealSong:
    peaks = np.arange(1000.0, 60_000.0, 500.0)
    return RealSong(Path("song.mp3"), LINE, 60_000.0, peaks)


def test_real_timing() -> None:
    song = real_song()
    tempo, phase = timing_rows(song, [TimingLine(3_008_000, 500.0)])
    assert (tempo.value, phase.value) == (0.0, pytest.approx(8.0))
    assert tempo.reached and phase.reached
    tempo, phase = timing_rows(song, [TimingLine(1_000_000, 500.5)])  # drifts by a tenth of a percent
    assert tempo.value == pytest.approx(0.001)
    assert phase.value > 50 and not phase.reached
    assert not any(row.reached for row in timing_rows(song, []))


def test_real_grid_and_onsets() -> None:
    song = real_song()
    beats = [1000.0 + 500 * i for i in range(40)]
    assert grid_row(song, beats, "osu").value == 1.0
    row = onset_row(song, beats, "osu")
    assert row.beside["objects"] == 1.0
    assert row.beside["random grid points"] == pytest.approx(40 / 157)  # a quarter of the ticks are beats
    halves = [time + 250 for time in beats]
    assert onset_row(song, halves, "osu").value < 0
    assert grid_row(song, [time + 62.5 for time in beats], "osu").value == 0.0
    assert math.isnan(onset_row(song, beats[:5], "osu").value) and not grid_row(song, beats[:5], "osu").reached


def test_style_figures() -> None:
    rising = next(mark for mark in MARKS if mark.rises and isinstance(mark.style, str))
    mapper = next(mark for mark in MARKS if isinstance(mark.style, int))
    good = Shift(rising, 0.1, 0.2, 0.1, 0.4)
    weaker = Shift(rising, 0.1, 0.5, 0.1, 0.2)
    wrong = Shift(rising, 0.2, 0.1, 0.2, 0.2)
    assert [row.value for row in style_rows([good, weaker, wrong, wrong])] == [0.5, 0.5, 0.25]
    assert len(style_rows([good, Shift(mapper, 0, 1, 0, 2)])) == 6
    assert len(wrong_styles([good, weaker, wrong])) == 1


def test_cold_run_is_scaled_to_three_minutes() -> None:
    seconds, memory = cold_rows(ColdRun(30.0, 0.9, 0, ""), 90_000.0)
    assert seconds.value == 60.0 and seconds.reached
    assert memory.value == 0.9 and memory.reached
    assert cold_rows(ColdRun(1.0, 0.1, 2, "error"), 90_000.0)[0].reached is False


def test_tables_and_json() -> None:
    rows = [Row("a", 0.5, mode="osu", target=0.4, beside={"b": 0.25}, count=3), Row("c", math.nan, "ms", target=1.0)]
    assert text_table(rows).splitlines()[1].split() == ["a", "osu", "50.0%", "40.0%", "reached", "b", "25.0%", "3"]
    assert markdown_table(rows).splitlines()[-1] == "| c |  | - | 1.0 ms | short |  |  |"
    stored = json.loads(json.dumps(as_json(rows)))
    again = from_json(stored)
    assert again[0] == rows[0] and math.isnan(again[1].value)
    assert [entry["reached"] for entry in stored] == [True, False]


def test_held_out_songs_lie_outside_the_seeds_of_training(tmp_path: Path) -> None:
    assert FIRST_SEED >= 16**7  # what starter.build can draw
    song = held_out_song(tmp_path, FIRST_SEED + 7, 8_000.0)
    written = song.path.stat().st_mtime_ns
    assert song.true_lines[0].offset_ms == pytest.approx(song.span[0], abs=0.001)
    assert held_out_song(tmp_path, FIRST_SEED + 7, 8_000.0).path.stat().st_mtime_ns == written
