"""The written file: the published bytes and the corrected ones."""

from __future__ import annotations

from dataclasses import replace

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.compat import Compat
from osuT5.postprocess.lines import ObjectLine, beat_text, timing_text
from osuT5.postprocess.osu_text import breaks, osu_bytes, osu_text
from osuT5.postprocess.settings import MapSettings

PUBLISHED = Compat("published")
SETTINGS = MapSettings("song.mp3", title="T", artist="A", creator="C", version="V", source=None, tags="x y")
TIMING = [TimingLine(-366429, 342.85714285714283, 4, 2, -1, 100)]
OBJECTS = [ObjectLine(2000, 2000, "2,2,2000,1,0,0:0:-1:0:"), ObjectLine(1000, 1000, "1,1,1000,1,0,0:0:-1:0:")]


def test_published_form() -> None:
    text = osu_text(SETTINGS, TIMING, OBJECTS, PUBLISHED)
    assert text.startswith("osu file format v14\n\n[General]\nAudioFilename: song.mp3\n")
    assert "\n\n[Editor]\nBookmarks:-330001\nDistanceSpacing: 1.0\n" in text
    assert "\nSource:None\nTags:x y\n\n[Difficulty]\nHPDrainRate:5\nCircleSize:4\n" in text
    assert "\n\u034fCombo3 : 242,24,57\n" in text
    assert text.endswith("[HitObjects]\n2,2,2000,1,0,0:0:-1:0:\n1,1,1000,1,0,0:0:-1:0:")
    assert osu_bytes(text, PUBLISHED)[:3] == b"\xef\xbb\xbf"
    assert "[TimingPoints]\n-367,342.85714285714283,4,2,-1,100,1,0\n\n[Colours]\n" in text


def test_corrected_form() -> None:
    text = osu_text(SETTINGS, TIMING, OBJECTS)
    assert osu_bytes(text).startswith(b"osu file format v14\n")
    assert "\nSource:\n" in text
    assert "\u034f" not in text
    assert "SampleSet: Soft\n" in text and "Bookmarks" not in text
    assert "[Colours]\nCombo1 : 255,192,0\nCombo2 : 0,202,0\nCombo3 : 18,124,255\nCombo4 : 242,24,57\n\n" in text
    assert text.endswith("[HitObjects]\n1,1,1000,1,0,0:0:-1:0:\n2,2,2000,1,0,0:0:-1:0:\n")


def test_empty_sections() -> None:
    text = osu_text(SETTINGS, [], [], PUBLISHED)
    assert "[TimingPoints]\n\n\n[Colours]\n" in text
    assert text.endswith("[HitObjects]\n")


def test_background_and_broken_titles() -> None:
    text = osu_text(replace(SETTINGS, background="bg.jpg", title="a\nMode: 3"), TIMING, [])
    assert '//Background and Video events\n0,0,"bg.jpg",0,0\n//Break Periods\n' in text
    assert "\nTitle:a Mode: 3\n" in text


def test_numbers_are_written_as_given() -> None:
    text = osu_text(replace(SETTINGS, circle_size=4.0, approach_rate=9, slider_multiplier=1.4, mode=3), TIMING, [])
    assert "CircleSize:4.0\n" in text
    assert "ApproachRate:9\nSliderMultiplier:1.4\n" in text
    assert "CircleSize:7\n" in osu_text(replace(SETTINGS, mode=3, keycount=7), TIMING, [])
    assert "CircleSize:4\n" in osu_text(replace(SETTINGS, circle_size=0), TIMING, [])
    assert [beat_text(300.0), beat_text(-100), beat_text(0.1)] == ["300", "-100", "0.1"]
    assert timing_text(TimingLine(999, 300.0, kiai=True)) == "0,300,4,0,0,100,1,1"


def test_breaks_lie_between_objects() -> None:
    objects = [
        ObjectLine(0, 0, ""),
        ObjectLine(1000, 4000, ""),
        ObjectLine(10000, 10000, ""),
        ObjectLine(14999, 14999, ""),
    ]
    assert breaks(objects, 9) == [(4200, 9400)]
    assert breaks(objects, 12) == [(4200, 9550)]
    assert breaks(objects, 0) == [(4200, 8200)]
    text = osu_text(replace(SETTINGS, approach_rate=9), TIMING, objects)
    assert "//Break Periods\n2,4200,9400\n//Storyboard Layer 0" in text
    assert "\n2,4200" not in osu_text(SETTINGS, TIMING, objects, PUBLISHED)
