"""The inference entry as a user runs it: exit codes, one line for each mistake, nothing written, the path on the last line."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from osuT5.model.debug import build_debug_bundle

ROOT = Path(__file__).resolve().parents[1]
ENTRY = ROOT / "inference.py"
TEMPO = ("bpm=120", "offset=0")  # three seconds are too short to hear one


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Three seconds of a 200 Hz square wave."""
    path = tmp_path / "in" / "song.wav"
    path.parent.mkdir()
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes((b"\x00\x20" * 40 + b"\x00\xe0" * 40) * 600)
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the V29 kind."""
    return build_debug_bundle(tmp_path_factory.mktemp("bundle"))


def broken_bundles(bundle: Path, folder: Path) -> None:
    """A whole copy, one without its tokenizer, and one with half its weights."""
    for name in ("whole", "untold", "cut"):
        shutil.copytree(bundle, folder / name)
    (folder / "untold" / "tokenizer.json").unlink()
    weights = folder / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", str(ENTRY), *arguments]


def infer(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=cwd or ROOT, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
    )


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def error_lines(run: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in run.stderr.splitlines() if line.startswith("error:")]


def test_help_names_options_and_the_notice() -> None:
    run = infer("--help")
    assert run.returncode == 0
    assert "audio_path=" in run.stdout and "AI generated" in run.stdout and "inference_v32-mini" in run.stdout


def test_unknown_option_and_unknown_configuration() -> None:
    run = infer("dificulty=5")
    assert run.returncode == 2 and "dificulty" in run.stderr and "Traceback" not in run.stderr
    run = infer("-cn", "inference_v99")
    assert run.returncode == 2 and "inference_v99" in run.stderr and "Traceback" not in run.stderr


def test_composed_configuration_is_shown() -> None:
    run = infer("-cn", "inference_v31", "--cfg", "job", "in_context=[TIMING,KIAI]")
    assert run.returncode == 0 and "temperature: 0.9" in run.stdout and "- KIAI" in run.stdout


BAD = [
    (["audio_path={in}/no.mp3"], 1, "audio_path: .*no.mp3 does not exist"),
    (["audio_path={in}/songless"], 1, "audio_path: .*songless"),
    (["audio_path={in}/text.mp3"], 1, "audio_path: .*text.mp3"),
    (["output_path={in}/song.wav/out"], 1, "output_path: .*is a file"),
    (["output_path=/proc/nowhere"], 1, "output_path: cannot write to /proc"),
    (["gamemode=4"], 2, "gamemode: 4 is not a mode"),
    (["year=1999"], 2, "year: 1999 .*2007"),
    (["-cn", "inference_v30", "gamemode=1"], 2, "gamemode: 1 .*v30"),
    (["difficulty=[2,3]", "year=[2010,2011,2012]"], 2, "difficulty, year: lists of one length"),
    (["-cn", "inference_v29", "model_path={in}/untold"], 1, "untold: tokenizer.json is missing"),
    (["-cn", "inference_v29", "model_path={in}/cut"], 1, "cut/model.safetensors: damaged or cut off"),
    (
        ["-cn", "inference_v32", "model_path={in}/whole"],
        1,
        "is not a v32 checkpoint: .* choose its configuration with -cn",
    ),
    (["-cn", "inference_v29", "model_path={in}/no_such_folder"], 1, "no_such_folder"),
    (["start_time=5000"], 1, "start_time: 5000 ms is past the end"),
]


@pytest.mark.parametrize(
    "arguments, code, message", BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_input(song: Path, bundle: Path, arguments: list[str], code: int, message: str) -> None:
    folder = song.parent
    (folder / "text.mp3").write_text("no sound here")
    (folder / "songless").mkdir()
    if any("model_path" in argument for argument in arguments):
        broken_bundles(bundle, folder)
    before = files_below(folder)
    filled = [argument.replace("{in}", str(folder)) for argument in arguments]
    if not any(argument.startswith("audio_path") for argument in filled):
        filled.append(f"audio_path={song}")
    run = infer(*filled)
    assert run.returncode == code, run.stderr
    assert len(error_lines(run)) == 1, run.stderr
    assert re.search(message, error_lines(run)[0]), run.stderr
    assert "Traceback" not in run.stderr and run.stdout == ""
    assert files_below(folder) == before


def test_run_from_another_folder(song: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    arguments = (f"audio_path={song}", "seed=1", "title=A/B: c", "device=cpu")
    first = infer(*arguments, cwd=elsewhere)
    assert first.returncode == 0, first.stderr
    path = Path(first.stdout.splitlines()[-1])
    assert path.parent == song.parent and path.name == "Unknown Artist - A_B_ c (Beatwright) [Beatwright].osu"
    assert "song.wav with starter" in first.stderr
    assert " objects, " in first.stdout and " tokens/s" in first.stdout
    assert list(elsewhere.iterdir()) == []
    second = infer(*arguments, cwd=elsewhere)
    again = Path(second.stdout.splitlines()[-1])
    assert again.name == "Unknown Artist - A_B_ c (Beatwright) [Beatwright] (2).osu"
    assert again.read_bytes() == path.read_bytes()
    assert files_below(song.parent) == sorted([song, path, again])


@pytest.mark.slow
def test_products_of_options_leave_nothing_but_maps(song: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run = infer("-m", f"audio_path={song}", *TEMPO, "device=cpu", "gamemode=0,3", "version=x,y", cwd=elsewhere)
    assert run.returncode == 0, run.stderr
    assert list(elsewhere.iterdir()) == []
    names = [path.name for path in files_below(song.parent) if path != song]
    assert len(names) == 4 and sum("[x]" in name for name in names) == 2


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.parametrize("wait_s", [0.3, 3.0, 6.0])
def test_interrupt_stops_at_once_and_leaves_nothing(song: Path, wait_s: float) -> None:
    long_song = song.with_name("long.wav")
    with wave.open(str(long_song), "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes((b"\x00\x20" * 40 + b"\x00\xe0" * 40) * 200 * 600)
    process = subprocess.Popen(
        command(f"audio_path={long_song}", "device=cpu"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(wait_s)
    assert process.poll() is None, "ended before it could be interrupted"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)  # a whole run of this song takes minutes
    assert process.returncode in (130, -signal.SIGINT) and out == b""
    assert files_below(song.parent) == sorted([song, long_song])


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("mount") is None or getattr(os, "geteuid", lambda: 1)() != 0, reason="needs root to mount"
)
def test_disk_full(song: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (small / "filler").write_bytes(bytes(4096))
        run = infer(f"audio_path={song}", f"output_path={small}", "device=cpu", *TEMPO)
        assert run.returncode == 1
        assert len(error_lines(run)) == 1 and "No space left" in error_lines(run)[0]
        assert [path.name for path in small.iterdir()] == ["filler"]
    finally:
        subprocess.run(["umount", str(small)], check=True)
