"""Writing .osu text (spec 07 section 12)."""

from __future__ import annotations

import pytest

from osuT5.beatmap import Beatmap, Circle, Hold, Slider, Spinner, TimingPoint, parse_beatmap, write_beatmap
from osuT5.beatmap.compare import differences
from osuT5.beatmap.model import Video
from osuT5.beatmap.numbers import plain_number
from osuT5.beatmap.path import slider_path
from tests.beatmap.texts import FULL, osu


def section(text: str, title: str) -> list[str]:
    lines = text.split("\r\n")
    start = lines.index(f"[{title}]") + 1
    return lines[start : lines.index("", start)]


def rewritten(text: str) -> Beatmap:
    """The map read from ``text``, after checking that writing keeps it and is stable."""
    beatmap = parse_beatmap(text)
    once = write_beatmap(beatmap)
    again = parse_beatmap(once)
    assert differences(beatmap, again) == []
    assert write_beatmap(again) == once
    return again


def test_full_map() -> None:
    again = rewritten(FULL)
    assert again.diagnostics == []
    text = write_beatmap(again)
    assert text.startswith("osu file format v14\r\n\r\n[General]\r\nAudioFilename: audio.mp3\r\n")
    titles = [line for line in text.split("\r\n") if line.startswith("[")]
    assert titles == [
        "[General]",
        "[Editor]",
        "[Metadata]",
        "[Difficulty]",
        "[Events]",
        "[TimingPoints]",
        "[Colours]",
        "[HitObjects]",
    ]
    assert section(text, "HitObjects") == FULL.partition("[HitObjects]\n")[2].rstrip("\n").split("\n")
    assert section(text, "Colours") == ["Combo1 : 255,0,0", "Combo2 : 0,255,0", "SliderBorder : 1,2,3"]
    assert section(text, "TimingPoints")[3] == "3000,NaN,4,2,0,60,0,0"
    assert "SkinPreference: Own" in section(text, "General")
    assert "Title:Title // not a comment" in section(text, "Metadata")


def test_defaults() -> None:
    text = write_beatmap(Beatmap())
    assert section(text, "General") == [
        "AudioFilename:",
        "AudioLeadIn: 0",
        "PreviewTime: -1",
        "Countdown: 0",
        "SampleSet: None",
        "StackLeniency: 0.7",
        "Mode: 0",
        "LetterboxInBreaks: 0",
        "WidescreenStoryboard: 0",
    ]
    assert section(text, "Difficulty") == [
        "HPDrainRate:5",
        "CircleSize:5",
        "OverallDifficulty:5",
        "ApproachRate:5",
        "SliderMultiplier:1.4",
        "SliderTickRate:1",
    ]
    assert differences(Beatmap(), parse_beatmap(text)) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (333.333333333333, "333.333333333333"),
        (1.5e16, "15000000000000000"),
        (float("nan"), "NaN"),
        (-100 / 3, "-33.333333333333336"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert plain_number(value) == text
    if value == value:
        assert float(text) == value


def test_texts_that_were_read_are_kept() -> None:
    again = rewritten(osu(CircleSize="12.50", SliderMultiplier="1.40", HPDrainRate="oops"))
    assert again.difficulty.written["CircleSize"] == "12.50"
    assert again.difficulty.written["SliderMultiplier"] == "1.40"
    assert again.difficulty.hp_drain_rate == 5
    again.difficulty.circle_size = 4.5
    assert "CircleSize:4.5" in write_beatmap(again)


@pytest.mark.parametrize(
    "text",
    [
        "[General]\nFoo: a:b\n:empty key\nAudioFilename: a\\/b.mp3\n",
        '[Events]\nSprite,0,0,"a.png",1,2\n0,0,"",0,0\n',
        '[Events]\nSprite,0,0,"a.png",1,2\n2,1,5000\n F,0,1\n',
        '[Events]\n0,0,"a\\/b"c.png",3,-4.5\nVideo,5,"x.avi",1,2\n',
        "[Strange]\nline\n[]\n[ x ]\n[Variables]\n$a=b\n",
        "[Metadata]\n[odd: x // y\nTitleUnicode:\nTitle: t\n[a//b]\n",
        "osu file format v3\nPreviewTime: -25\n[TimingPoints]\n0.5,500\n[HitObjects]\n1,1,10.25,1,0\n",
        "osu file format v128\n[HitObjects]\n1.5,2,3,2,0,B3|4.25:5|L|6:7|8:9,1,5\n",
        "osu file format v128\n[HitObjects]\n1,2,3,2,0,P|4:5,1,5\n1,2,3,2,0,C|1:2|4:4|4:4|5:6,1\n",
        osu("9,9,500,1,0\n1,1,100,1,0,1:2,junk\n1,1,100,1,0,1:2:0:0: ,junk"),
        osu("0,0,0,2,4,1:1|B|2:2|3:3|3:3,3,0,,1:1,2:2"),
        osu("0,0,0,2,4,B|2:2,3\n0,0,1,2,4,B|2:2,3,-5\n0,0,2,2,4,L|1:1,1,5,1|2|3|4|5,:\n"),
        osu("64,0,0,8,4,100\n64,0,0,128,4\n64,0,0,128,4,100:1:2\n", mode=3),
        osu("", "0,NaN,4,1,0,100,0,0\n5,-0,02,9,-3,101,0,255\n0,500"),
        osu("1,1,1,2147483645,-7,0:0:0:-4:x:y"),
    ],
)
def test_odd_texts_survive(text: str) -> None:
    rewritten(text)


def test_storyboard_stays_on_its_side_of_the_breaks() -> None:
    lines = ["//Background and Video events", "4,0,0,a,1,2", "//Break Periods", "2,1,900", "2,1000,1900", "4,0,0,b,1,2"]
    text = write_beatmap(parse_beatmap("\n".join(["[Events]", '0,0,"c"', *lines])))
    assert section(text, "Events") == [lines[0], '0,0,"c",0,0', *lines[1:]]


def test_generated_maps() -> None:
    beatmap = Beatmap()
    beatmap.metadata.title = beatmap.metadata.title_unicode = "two\nlines"
    beatmap.events.background = "folder//bg.png"
    beatmap.events.videos.append(Video("clip.mp4", 12.0))
    beatmap.timing_points += [TimingPoint(0, 500.0), TimingPoint(0, -100 / 1.3, uninherited=False, effects=1)]
    beatmap.hit_objects += [
        Circle(10, 20, 100, 4, 0),
        Slider(1, 2, 200, 0, 2, curves=((0, "B"),), points=[(3, 4)], slides=2, length=50.0, edge_sounds=[0, 2, 0]),
        Spinner(256, 192, 300, 8, 0, end_time=400.0),
        Hold(64, 192, 500, 128, 0, end_time=600.0),
    ]
    text = write_beatmap(beatmap)
    assert section(text, "HitObjects") == [
        "10,20,100,5,0,0:0:0:0:",
        "1,2,200,2,2,B|3:4,2,50,0|2|0,,0:0:0:0:",
        "256,192,300,8,0,400,0:0:0:0:",
        "64,192,500,128,0,600:0:0:0:0:",
    ]
    assert section(text, "TimingPoints") == ["0,500,4,0,0,100,1,0", f"0,{-100 / 1.3!r},4,0,0,100,0,1"]
    assert "Title:two lines" in text
    again = parse_beatmap(text)
    assert again.events.background == "folder//bg.png"
    assert again.hit_objects[1].points == [(3, 4)]  # type: ignore[attr-defined]


def test_version_128_only_when_needed() -> None:
    assert write_beatmap(parse_beatmap(osu("1,1,1,1,0", version=128))).startswith("osu file format v14\r\n")
    fraction = parse_beatmap(osu("1.5,1,1,1,0", version=128))
    assert write_beatmap(fraction).startswith("osu file format v128\r\n")
    assert "\r\n2,1,1,1,0," in write_beatmap(fraction, version=14)
    generated = Beatmap(hit_objects=[Circle(2.5, 3.5, 0, 1, 0)])
    assert "\r\n2,4,0,1,0," in write_beatmap(generated)
    assert "\r\n2.5,3.5,0,1,0," in write_beatmap(generated, version=128)
    with pytest.raises(ValueError, match="only 14 and 128"):
        write_beatmap(generated, version=9)


@pytest.mark.parametrize(
    "path",
    [
        "L|100:0|100:100|B|150:150|200:0",
        "P|50:50|100:0|L|200:0",
        "B3|50:100|100:0|150:100|200:0",
        "C|50:50|100:0|L|100:100",
        "P|10:90|-90:-40|L|0:-200",
    ],
)
def test_mixed_paths_become_bezier_curves(path: str) -> None:
    beatmap = parse_beatmap(osu(f"0,0,0,2,0,{path},1,180", version=128))
    stable = parse_beatmap(write_beatmap(beatmap, version=14))
    before, after = (slider_path(item.hit_objects[0], item.format_version) for item in (beatmap, stable))  # type: ignore[arg-type]
    assert stable.hit_objects[0].curve == "B"  # type: ignore[attr-defined]
    for step in range(11):
        assert after.position(step / 10) == pytest.approx(before.position(step / 10), abs=2.5)
