"""Runs that are taken up again: saved states, and folders of songs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from osuT5.pipeline import saving
from osuT5.request import OptionError

from ..shared_data import ROOT, SHARED, need
from .making import body, options_for, outcomes, results, write_song


class Killed(BaseException):
    pass


def kill_after(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the saver give up behind its ``calls``-th state, as a killed process does."""
    original, done = saving.Saver.save, []

    def save(self: saving.Saver, states: Any) -> None:
        original(self, states)
        done.append(None)
        if len(done) == calls:
            raise Killed

    monkeypatch.setattr(saving.Saver, "save", save)


def states_in(folder: Path) -> list[Path]:
    return list(folder.glob(".beatwright-*.state.json"))


RUNS: list[dict[str, Any]] = [
    {},
    {"difficulty": [2, 5]},
    {"super_timing": True, "timer_iterations": 3, "max_batch_size": 2},
    {"parallel": True, "max_batch_size": 1, "end_time": 30000},
]


@pytest.mark.parametrize("calls", [1, 4, 7])
@pytest.mark.parametrize("options", RUNS, ids=str)
def test_a_killed_run_goes_on(
    options: dict[str, Any], calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = need(SHARED / "golden" / "model" / "v29")
    song = need(SHARED / "golden" / "audio" / "song40_22k_mono.wav")
    common = {"audio_path": str(song), "lookback": 0.3, "lookahead": 0.2, "end_time": 14000, **options}
    whole = results(model, **common, output_path=str(tmp_path / "whole"))
    killed = {**common, "checkpoint_every": 1, "output_path": str(tmp_path / "killed")}
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_after(calls, patched)
        results(model, **killed)
    assert len(states_in(tmp_path / "killed")) == 1
    again, said = outcomes(options_for(model, **killed))
    assert "going on where a killed run has stopped" in said
    found, expected = ([body(each.path.read_text()) for each in made] for made in (again[0].results, whole))
    assert found == expected
    assert states_in(tmp_path / "killed") == []


def test_the_seed_of_a_killed_run_is_taken_up(debug_model: Path, clicks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    common = {"audio_path": str(clicks), "checkpoint_every": 1, "seed": None}
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_after(1, patched)
        results(debug_model, **common)
    seed = json.loads(states_in(clicks.parent)[0].read_bytes())["seeds"][0]
    assert results(debug_model, **common)[0].seed == seed


def test_other_options_and_damaged_states_start_anew(
    debug_model: Path, clicks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = {"audio_path": str(clicks), "checkpoint_every": 1}
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_after(1, patched)
        results(debug_model, **common)
    (state,) = states_in(clicks.parent)
    state.write_bytes(state.read_bytes()[:-9])
    _, said = outcomes(options_for(debug_model, **common))
    assert "damaged: the run starts anew" in said and states_in(clicks.parent) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_process_that_was_killed_goes_on(debug_model: Path, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 20)
    command = [sys.executable, "-W", "ignore", str(ROOT / "inference.py"), "-cn", "inference_v29", f"audio_path={song}"]
    command += [f"model_path={debug_model}", "device=cpu", "seed=4", "generate_positions=false", "super_timing=false"]
    whole = subprocess.run([*command, f"output_path={tmp_path / 'whole'}"], capture_output=True, text=True, timeout=300)
    killed = [*command, f"output_path={tmp_path / 'killed'}", "checkpoint_every=2"]
    process = subprocess.Popen(killed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not states_in(tmp_path / "killed"):
        pass
    process.kill()
    assert process.wait() == -signal.SIGKILL
    again = subprocess.run(killed, capture_output=True, text=True, timeout=300)
    assert "going on" in again.stderr, again.stderr
    first, second = (Path(run.stdout.splitlines()[-1]).read_bytes() for run in (whole, again))
    assert first == second


def test_a_folder_in_turn_with_failures_at_the_end(debug_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    write_song(folder / "a.wav", 5)
    (folder / "broken.mp3").write_bytes(b"no sound")
    write_song(folder / "c.wav", 5)
    options = options_for(
        debug_model, audio_path=str(folder), output_path=str(tmp_path / "out"), output_type=["TIMING"], title="x"
    )
    done, said = outcomes(options)
    assert [outcome.song.name for outcome in done] == ["a.wav", "broken.mp3", "c.wav"]
    assert [len(outcome.results) for outcome in done] == [1, 0, 1] and done[1].error is not None
    assert "song 3 of 3: c.wav" in said and "broken.mp3: audio_path:" in said
    assert len(list((tmp_path / "out").glob("*.osu"))) == 2


def test_resume_skips_what_is_finished(debug_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    for name in ("a", "b"):
        write_song(folder / f"{name}.wav", 5 if name == "a" else 6)
    common: dict[str, Any] = {"audio_path": str(folder / "*.wav"), "output_type": ["TIMING"], "seed": None}
    first, _ = outcomes(options_for(debug_model, **common))
    paths = [result.path for outcome in first for result in outcome.results]
    assert len(paths) == 2 and sorted(folder.glob("*.osu")) == sorted(paths)
    paths[1].unlink()
    second, said = outcomes(options_for(debug_model, **common, resume=True))
    assert "a.wav is finished: skipped" in said and [len(outcome.results) for outcome in second] == [0, 1]
    third, _ = outcomes(options_for(debug_model, **{**common, "difficulty": 4}, resume=True))
    assert [len(outcome.results) for outcome in third] == [1, 1]  # other options


def test_a_bad_option_ends_the_folder_at_once(debug_model: Path, tmp_path: Path) -> None:
    write_song(tmp_path / "a.wav", 5)
    with pytest.raises(OptionError, match="gamemode"):
        outcomes(options_for(debug_model, audio_path=str(tmp_path), gamemode=9))


@pytest.mark.slow
def test_processes_share_the_songs(debug_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("accelerate")
    for name in "abc":
        write_song(tmp_path / "songs" / f"{name}.wav", 5)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command += [str(ROOT / "inference.py"), "-cn", "inference_v29"]
    command += [f"audio_path={tmp_path / 'songs'}", f"model_path={debug_model}", "device=cpu", "output_type=[TIMING]"]
    command += ["super_timing=false", "check_rules=false"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "song 1 of 2: a.wav" in done.stderr and "song 1 of 1: c.wav" in done.stderr
    assert len(list((tmp_path / "songs").glob("*.osu"))) == 3
