"""Results put into an existing map: what lies outside the range stays as it was, byte for byte."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import parse_beatmap
from osuT5.beatmap.timing import Timing
from osuT5.postprocess.sections import decode, split_sections

from ..shared_data import ROOT
from .making import results

HEAD = """osu file format v14\r
\r
[General]\r
AudioFilename: clicks.wav\r
Mode: 0\r
\r
[Editor]\r
Bookmarks: 1000\r
\r
[Metadata]\r
Title:A Title\r
Artist:An Artist\r
Creator:someone\r
Version:Hard\r
Tags:mine\r
\r
[Difficulty]\r
HPDrainRate:5\r
CircleSize:4\r
OverallDifficulty:7\r
ApproachRate:8.5\r
SliderMultiplier:1.4\r
SliderTickRate:1\r
\r
[Events]\r
2,5100,5400\r
Sprite,Background,Centre,"sb\\ü.png",320,240\r
 F,0,0,,1\r
\r
[TimingPoints]\r
0,500,4,2,1,60,1,0\r
1000,-50,4,2,1,55,0,1\r
1900,-80,4,3,2,40,0,1\r
4500,-125,4,1,0,70,0,0\r
\r
[Colours]\r
Combo1 : 1,2,3\r
\r
[HitObjects]\r
"""
OBJECTS = [
    f"{100 + 20 * (place % 10)},{100 + place},{time},1,{place % 3},0:0:0:0:mine{place}.wav"
    for place, time in enumerate(range(500, 6000, 250))
]
SPAN = {
    "start_time": 2000,
    "end_time": 4000,
    "add_to_beatmap": True,
    "in_context": ["TIMING", "KIAI"],
    "output_type": ["MAP"],
}


@pytest.fixture
def edited(clicks: Path) -> Path:
    path = clicks.with_name("An Artist - A Title (someone) [Hard].osu")
    path.write_bytes((HEAD + "\r\n".join(OBJECTS) + "\r\n").encode())
    return path


def line_time(line: str) -> float:
    return float(line.split(",")[2])


def test_only_the_range_changes(debug_model: Path, edited: Path) -> None:
    before = edited.read_bytes()
    (made,) = results(debug_model, beatmap_path=str(edited), **SPAN)
    assert edited.read_bytes() == before
    assert made.path.name == "An Artist - A Title (someone) [Hard] (2).osu"
    old, new = (split_sections(decode(data)) for data in (before, made.path.read_bytes()))
    assert [section.name for section in new] == [section.name for section in old]
    for was, now in zip(old, new, strict=True):
        if was.name not in ("TimingPoints", "HitObjects"):
            assert (now.header, now.lines) == (was.header, was.lines)
    lines = new[-1].content()
    assert [line for line in lines if not 1990 <= line_time(line) <= 4010] == [
        line for line in OBJECTS if not 2000 <= line_time(line) <= 4000
    ]
    assert any(2000 <= line_time(line) <= 4000 for line in lines)
    assert not [line for line in OBJECTS if 2000 <= line_time(line) <= 4000 and line in lines]
    times = [line_time(line) for line in lines]
    assert times == sorted(times) and len(set(times)) == len(times)
    greens = [section for section in new if section.name == "TimingPoints"][0].content()
    assert greens[:2] == ["0,500,4,2,1,60,1,0", "1000,-50,4,2,1,55,0,1"] and greens[-1] == "4500,-125,4,1,0,70,0,0"


def test_what_is_in_force_behind_the_range_is_as_before(debug_model: Path, edited: Path) -> None:
    (made,) = results(debug_model, beatmap_path=str(edited), **SPAN)
    old, new = (parse_beatmap(path.read_bytes()) for path in (edited, made.path))
    before, after = Timing.of(old), Timing.of(new)
    for item in old.hit_objects:
        time = item.time
        if 2000 <= time <= 4000:
            continue
        assert after.beat_at(time).beat_length == before.beat_at(time).beat_length
        assert after.velocity_at(time).velocity == pytest.approx(before.velocity_at(time).velocity)
        assert after.kiai_at(time) == before.kiai_at(time)
        assert after.sample_at(time + 5).volume == before.sample_at(time + 5).volume, time


def test_overwriting_keeps_a_backup(debug_model: Path, edited: Path) -> None:
    before = edited.read_bytes()
    options: dict[str, Any] = {"beatmap_path": str(edited), "overwrite_reference_beatmap": True, **SPAN}
    (made,) = results(debug_model, **options)
    assert made.path == edited and edited.read_bytes() != before
    assert made.backup == edited.with_name(f"{edited.name}.bak") and made.backup.read_bytes() == before
    second = edited.read_bytes()
    (again,) = results(debug_model, **options, report=True)
    assert again.backup is not None and again.backup.read_bytes() == second and made.backup.read_bytes() == before


def test_an_archive_of_an_edited_map(debug_model: Path, edited: Path) -> None:
    (made,) = results(debug_model, beatmap_path=str(edited), export_osz=True, **SPAN)
    with zipfile.ZipFile(io.BytesIO(made.path.read_bytes())) as archive:
        assert archive.namelist() == [edited.name, "clicks.wav"]
        assert b"mine21.wav" in archive.read(edited.name)


def test_published_form_is_written_anew(debug_model: Path, edited: Path) -> None:
    (made,) = results(debug_model, beatmap_path=str(edited), compat="published", **SPAN)
    text = made.path.read_text(encoding="utf-8")
    assert made.path.name.startswith("beatmap") and len(made.path.stem) == 39
    assert text.startswith("osu file format v14\n\n[General]\nAudioFilename:clicks.wav\n") and "Sprite" not in text


KILLED = """
import os, signal, sys
from pathlib import Path
from osuT5.pipeline import output
real = os.fsync
def killed(number):
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = killed
if sys.argv[1] == "osu":
    output.write_map(Path(sys.argv[2]), b"new" * 100000)
else:
    with output.atomic_write(Path(sys.argv[2])) as handle:
        handle.write(b"part")
        os.fsync(0)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
@pytest.mark.parametrize("kind", ["osu", "osz"])
def test_a_kill_while_writing_leaves_the_old_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"map.{kind}"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, kind, str(path)], cwd=ROOT, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert [other.suffix for other in tmp_path.iterdir() if other != path] == [".tmp"]
