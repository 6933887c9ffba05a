"""Pictures of maps: that they are drawn, what they show, and what goes wrong in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from osuT5.beatmap import parse_beatmap
from osuT5.picture import PictureError, draw_map, write_picture
from osuT5.picture.__main__ import main
from osuT5.picture.scene import EARLY, LONGEST, MOST_LINES, Scene
from osuT5.picture.theme import BREAK, KIAI, PANEL, WIDTH, clock, mix, star_colour
from tests.shared_data import ROOT, SHARED, need

HEAD = """osu file format v14

[General]
AudioFilename: a.mp3
PreviewTime: 3000
Mode: {mode}

[Metadata]
Title:First Light
Artist:Beatwright
Creator:nobody
Version:Test

[Difficulty]
HPDrainRate:5
CircleSize:4
OverallDifficulty:7
ApproachRate:9
SliderMultiplier:1.4
SliderTickRate:1

[Events]
2,9000,12000

[TimingPoints]
0,500,4,2,0,60,1,0
4000,-50,4,2,0,60,0,1
8000,-100,4,2,0,60,0,0

[HitObjects]
"""
OBJECTS = """64,192,0,5,0
192,96,500,1,8
320,192,1000,2,0,B|400:300|480:192,2,140
128,300,3500,6,4,L|300:300,1,140
256,192,5000,12,0,7000
100,100,8000,5,0
500,100,12500,5,2
500,100,12750,1,4
"""


def text(mode: int = 0, objects: str = OBJECTS) -> bytes:
    if mode == 3:
        objects += "300,192,13000,128,0,14000:0:0:0:0:\n"
    return (HEAD.format(mode=mode) + objects).encode()


def scene_of(content: bytes) -> Scene:
    return Scene(parse_beatmap(content), content)


@pytest.mark.parametrize("mode", range(4))
def test_every_mode_is_drawn(mode: int) -> None:
    content = text(mode)
    picture = draw_map(parse_beatmap(content), content)
    assert picture.width == WIDTH and picture.height > 500
    colours = picture.getcolors(1 << 22)
    assert colours is not None and len(colours) > 100
    assert picture.tobytes() == draw_map(parse_beatmap(content), content).tobytes()


def test_what_a_scene_says() -> None:
    scene = scene_of(text())
    assert (scene.first, scene.last) == (0, 12750)
    assert scene.kiai == [(4000, 8000)] and scene.breaks == [(9000, 12000)]
    assert [thing.kind for thing in scene.things] == [0, 0, 1, 1, 2, 0, 0, 0]
    assert [thing.number for thing in scene.things] == [1, 2, 3, 1, 1, 1, 1, 2]
    assert scene.things[2].end == 1000 + 2 * 500
    assert scene.things[3].end == 4000
    assert sum(map(sum, scene.density(1000))) == 8 and scene.density(1000)[0] == [2, 0, 0]


def test_stars_over_time_have_the_scale_of_the_rating() -> None:
    scene = scene_of(text())
    assert scene.stars is not None and scene.stars > 0
    values = [stars for _, stars in scene.difficulty]
    assert scene.difficulty[0][0] >= scene.first and max(values) >= scene.stars > min(values)


def test_sections_are_measures_and_hold_every_object_once() -> None:
    notes = "".join(f"256,192,{round(index * 250) - index % 2},1,0\n" for index in range(128))
    scene = scene_of(text(objects=notes))
    sections = scene.sections(densest=20, most=80)
    assert [section.start for section in sections][:3] == [0, 4000, 8000]  # two measures of 2 s
    assert sections[0].measures == [0, 2000] and sections[0].beats == [500, 1000, 1500, 2500, 3000, 3500]
    assert sum(len(section.things) for section in sections) == 128
    assert all(len(section.things) == 16 for section in sections)  # 3999 counts as 4000
    assert all(section.start - EARLY <= thing.start < section.end for section in sections for thing in section.things)


def test_a_long_hold_is_carried_into_later_sections() -> None:
    objects = "64,192,0,128,0,20000:0:0:0:0:\n" + "".join(f"300,192,{i * 100},1,0\n" for i in range(1, 200))
    sections = scene_of(text(3, objects)).sections(20, 80)
    assert len(sections) == 10  # a measure of 2 s each; what ends on the last line needs no section of its own
    assert not sections[0].carried and all(len(section.carried) >= 1 for section in sections[1:10])


def test_limits_hold_for_absurd_maps() -> None:
    wild = HEAD.format(mode=0).replace("0,500,4,2,0,60,1,0", "0,0.001,1,2,0,60,1,0")
    objects = "256,192,0,1,0\n256,192,1000,2,0,L|2000:-90000,1,1e30\n256,192,2000000000,5,0\n"
    content = (wild + objects).encode()
    scene = scene_of(content)
    assert scene.last - scene.first <= LONGEST
    assert len(scene.sections(18, 80)) <= 80 and len(scene._measures()) <= MOST_LINES
    assert draw_map(scene.beatmap, content).height < 12000


@pytest.mark.parametrize("mode", range(4))
def test_huge_numbers_of_objects(mode: int) -> None:
    objects = "".join(f"{(i * 37) % 512},{(i * 17) % 384},{i * 20},1,{i % 16}\n" for i in range(6000))
    content = text(mode, objects)
    assert draw_map(parse_beatmap(content), content).height < 12000


def test_kiai_and_breaks_are_seen() -> None:
    content = text()
    picture = draw_map(parse_beatmap(content), content)
    found = {colour for _, colour in picture.getcolors(1 << 22) or []}
    for colour in (KIAI, BREAK):
        bar = mix(PANEL, colour, 220 / 255)
        assert any(max(abs(a - b) for a, b in zip(bar, other, strict=True)) < 12 for other in found)


def test_text_helpers() -> None:
    assert [clock(ms) for ms in (0, 61500, -1500, 3600000)] == ["00:00", "01:01", "-00:02", "60:00"]
    assert star_colour(-1) == star_colour(0.1) == (66, 144, 251)
    assert star_colour(1.25) == (79, 192, 255) and star_colour(50) == (60, 50, 120)


def test_command_writes_the_file_and_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "map.osu").write_bytes(text())
    assert main([str(tmp_path / "map.osu"), str(tmp_path / "new" / "out.png")]) == 0
    assert capsys.readouterr().out.strip().endswith("out.png")
    with Image.open(tmp_path / "new" / "out.png") as picture:
        assert picture.width == WIDTH
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out.png"]


def test_command_fails_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, empty, words = (tmp_path / name for name in ("map.osu", "empty.osu", "words.osu"))
    good.write_bytes(text())
    empty.write_bytes(text(objects=""))
    words.write_bytes(b"\x00\x01nothing here")
    (tmp_path / "folder.png").mkdir()
    out = tmp_path / "out.png"
    for arguments, words_expected in (
        ((tmp_path / "missing.osu", out), "cannot be read"),
        ((tmp_path, out), "cannot be read"),
        ((empty, out), "no hit objects"),
        ((words, out), "words.osu"),
        ((good, tmp_path / "out.bmp"), ".png"),
        ((good, tmp_path / "folder.png"), "cannot be written"),
        ((good, good / "out.png"), "cannot be written"),
    ):
        assert main([str(part) for part in arguments]) == 1
        captured = capsys.readouterr()
        assert words_expected in captured.err and captured.err.count("\n") == 1 and captured.err.startswith("error: ")
        assert not captured.out and not out.exists()


def test_a_failure_keeps_the_old_picture(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    out.write_bytes(b"old")
    (tmp_path / "map.osu").write_bytes(text(objects=""))
    with pytest.raises(PictureError):
        write_picture(tmp_path / "map.osu", out)
    assert out.read_bytes() == b"old"


def test_runs_as_a_module_without_torch(tmp_path: Path) -> None:
    (tmp_path / "map.osu").write_bytes(text())
    code = (
        "import runpy, sys; sys.argv[1:] = ['map.osu', 'out.png']\n"
        "try: runpy.run_module('osuT5.picture', run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "assert not {'torch', 'hydra'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True)


@pytest.mark.slow
def test_the_whole_corpus(tmp_path: Path) -> None:
    need(SHARED / "corpus")
    for path in sorted((SHARED / "corpus").glob("osu*/*.osu")):
        content = path.read_bytes()
        beatmap = parse_beatmap(content, path.name)
        if beatmap.hit_objects:
            assert draw_map(beatmap, content).height < 12000, path
