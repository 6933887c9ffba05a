"""Progress and reports in a console that is no terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from osuT5.generation.progress import ProgressStep
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.pipeline.progress import RunProgress, smoothed
from osuT5.pipeline.report import applied_rows, passes, print_request
from osuT5.request import complete


def test_speed_is_a_running_mean() -> None:
    assert smoothed(None, 50.0) == 50.0
    assert smoothed(50.0, 100.0) == pytest.approx(55.0)


def test_each_finished_context_is_one_line() -> None:
    out = io.StringIO()
    with RunProgress(Console(file=out, width=100)) as progress:
        for done in range(4):
            progress(ProgressStep("timing", done, 3, tokens=20 * bool(done), seconds=0.5 * bool(done)))
        progress(ProgressStep("map", 1, 2, tokens=10, seconds=1.0))
    assert out.getvalue().splitlines() == ["Generated TIMING: 3 windows, 40.0 tok/s"]


def test_rows_say_where_values_come_from(reference: Path) -> None:
    preset = preset_options("v29")
    options = preset_options("v29")
    options.beatmap_path, options.year, options.in_context = str(reference), 2015, ["TIMING"]
    request = complete(options, preset, base_options(), new_seed=lambda: 7)
    rows = {name: (value, origin) for name, value, origin in applied_rows(request, preset)}
    assert rows["year"] == ("2015", "given") and rows["title"] == ("A Title", "reference map")
    assert rows["in_context"] == ("TIMING", "given") and rows["gamemode"] == ("0 (osu!)", "reference map")
    assert rows["seed"] == ("7", "default") and "temperature" not in rows and "model_path" not in rows
    assert passes(request.plan) == "timing: the reference map's; written: KIAI, MAP"


def test_notices_are_printed(song: Path) -> None:
    preset = preset_options("v30")
    options = preset_options("v30")
    options.audio_path, options.year = str(song), 2015
    out = io.StringIO()
    print_request(Console(file=out, width=100), complete(options, preset, base_options()), preset)
    assert "note: v30 does not know year in osu!: no effect" in out.getvalue()
    assert "song.wav with v30" in out.getvalue()
