"""The text level, the sections of keys, events and diagnostics (spec 07 sections 1 to 5 and 11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from osuT5.beatmap import BeatmapError, Circle, Hold, Slider, Spinner, parse_beatmap, read_beatmap, reader
from tests.beatmap.texts import FULL, read


def test_reads_every_section() -> None:
    beatmap = parse_beatmap(FULL)
    assert beatmap.diagnostics == []
    assert beatmap.general.audio_filename == "audio.mp3"
    assert beatmap.general.sample_set == 2
    assert beatmap.general.stack_leniency == 0.5
    assert beatmap.general.widescreen_storyboard is True
    assert beatmap.general.skin_preference == "Own"
    assert beatmap.editor.bookmarks == [100, 200, 300]
    assert beatmap.editor.beat_divisor == 8
    assert beatmap.metadata.title == "Title // not a comment"
    assert beatmap.metadata.title_unicode == "題名"
    assert beatmap.metadata.artist_unicode == "Artist"
    assert (beatmap.metadata.beatmap_id, beatmap.metadata.beatmap_set_id) == (12, -1)
    assert beatmap.difficulty.circle_size == 4.2
    assert beatmap.events.background == "bg folder/bg.jpg"
    assert [(video.file, video.offset) for video in beatmap.events.videos] == [("clip.mp4", -120)]
    assert [(item.start, item.end) for item in beatmap.events.breaks] == [(9000, 12000)]
    assert beatmap.events.storyboard == ['Sprite,Foreground,Centre,"sb\\a.png",320,240', " F,0,100,200,0,1"]
    assert beatmap.colours.combo == [(255, 0, 0), (0, 255, 0)]
    assert beatmap.colours.named == {"SliderBorder": (1, 2, 3)}
    assert [type(item) for item in beatmap.hit_objects] == [Circle, Slider, Spinner, Slider, Circle]


@pytest.mark.parametrize(
    ("header", "version", "reported"),
    [
        ("osu file format v9", 9, False),
        ("\ufeff\n  osu file format v128  ", 128, False),
        ("osu file format v14 extra", 14, True),
        ("osu file format v77", 14, True),
        ("osu file format v999", 128, True),
        ("osu file format v-3", 14, True),
        ("junk osu file format v9", 14, True),
    ],
)
def test_version(header: str, version: int, reported: bool) -> None:
    beatmap = parse_beatmap(header + "\n[Metadata]\nTitle:a")
    assert beatmap.format_version == version
    assert bool(beatmap.diagnostics) == reported
    assert beatmap.metadata.title == "a"


def test_first_line_without_header_is_content() -> None:
    assert parse_beatmap("[Metadata]\nTitle:x").metadata.title == "x"
    assert parse_beatmap("Mode: 2\n").mode == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_bom(end: str, bom: bytes) -> None:
    beatmap = parse_beatmap(bom + FULL.replace("\n", end).encode())
    assert beatmap.diagnostics == []
    assert len(beatmap.hit_objects) == 5


def test_undecodable_bytes_become_replacement_characters() -> None:
    assert parse_beatmap(b"[Metadata]\nTitle:a\xffb").metadata.title == "a\ufffdb"


@pytest.mark.parametrize("data", ["", "\n\n", b"", b"\xef\xbb\xbf"])
def test_empty_file_is_an_empty_map(data: str | bytes) -> None:
    beatmap = parse_beatmap(data)
    assert (beatmap.format_version, beatmap.hit_objects) == (14, [])
    assert beatmap.diagnostics[0].rule == "empty file"


def test_comments() -> None:
    beatmap = parse_beatmap(
        "[General] // title\nAudioFilename: a.mp3 // music\n  // Mode: 3\nMode: 1// taiko\n[Metadata]\nTitle: a // b\n//Title: c"
    )
    assert (beatmap.general.audio_filename, beatmap.mode) == ("a.mp3", 1)
    assert beatmap.metadata.title == "a // b"


def test_unknown_keys_and_sections_are_kept() -> None:
    beatmap = parse_beatmap(
        "[General]\nFoo: bar:baz\n[Strange]\nline 1\n\n line 2 // cut\n[Variables]\n$a=1\n[Strange]\nline 3"
    )
    assert beatmap.general.written == {"Foo": "bar:baz"}
    assert beatmap.other_sections == {"Strange": ["line 1", " line 2", "line 3"], "Variables": ["$a=1"]}
    assert [note.rule for note in beatmap.diagnostics[1:]] == ["unknown section, kept as text"]


@pytest.mark.parametrize(
    ("lines", "od", "ar"),
    [
        ("OverallDifficulty:7", 7, 7),
        ("ApproachRate:9\nOverallDifficulty:3", 3, 9),
        ("OverallDifficulty:3\nApproachRate:9", 3, 9),
        ("OverallDifficulty:3\nApproachRate:oops\nOverallDifficulty:4", 4, 4),
        ("OverallDifficulty:12\nApproachRate:-1", 10, 0),
    ],
)
def test_approach_rate_follows_overall_difficulty(lines: str, od: float, ar: float) -> None:
    difficulty = parse_beatmap(f"[Difficulty]\n{lines}").difficulty
    assert (difficulty.overall_difficulty, difficulty.approach_rate) == (od, ar)


def test_difficulty_is_clamped_and_kept_as_written() -> None:
    beatmap = read(CircleSize="12.50", SliderMultiplier="9", SliderTickRate="0.1")
    assert beatmap.difficulty.circle_size == 10
    assert beatmap.difficulty.slider_multiplier == 3.6
    assert beatmap.difficulty.slider_tick_rate == 0.5
    assert beatmap.difficulty.written["CircleSize"] == "12.50"
    mania = read(CircleSize="19", mode=3)
    assert mania.difficulty.circle_size == 18
    assert read(CircleSize="4.5", mode=3).difficulty.key_count == 4
    assert read(CircleSize="5.5", mode=3).difficulty.key_count == 6


@pytest.mark.parametrize("line", ["Mode: 9", "Mode: 1.0", "Mode: 1_0", "Mode: ", "Mode: ١"])
def test_refused_values_keep_the_default(line: str) -> None:
    beatmap = parse_beatmap(f"osu file format v14\n{line}\n")
    assert beatmap.mode == 0
    assert [(note.line, note.rule, note.text) for note in beatmap.diagnostics] == [
        (2, "dropped a line of General", line.rstrip())
    ]


def test_words_for_numbers() -> None:
    general = parse_beatmap("SampleSet: Drum\nCountdown: HalfSpeed\nSampleSet: Loud\n").general
    assert (general.sample_set, general.countdown) == (3, 2)


def test_combo_colours_are_in_file_order_and_at_most_eight() -> None:
    lines = [f"Combo{9 - number} : {number},0,0" for number in range(1, 9)] + ["Combo1: 9,9,9", "Combo9: 1,1,1"]
    colours = parse_beatmap("[Colours]\n" + "\n".join(lines) + "\nCombo1: 256,0,0\nX: 1,2\nY: 1, 2, 3, 4").colours
    assert colours.combo == [(number, 0, 0) for number in range(1, 9)]
    assert colours.named == {"Combo9": (1, 1, 1), "Y": (1, 2, 3)}


def test_video_with_another_extension_is_the_background() -> None:
    events = parse_beatmap('[Events]\nVideo,10,"a.MP4"\n1,0,"b.PNG"\n').events
    assert [video.file for video in events.videos] == ["a.MP4"]
    assert events.background == "b.PNG"


def test_sprite_is_the_background_only_without_another() -> None:
    assert parse_beatmap('[Events]\nSprite,0,0,"a.png",1,2\n').events.background == "a.png"
    assert parse_beatmap('[Events]\n0,0,"b.png"\nSprite,0,0,"a.png",1,2\n').events.background == "b.png"
    assert parse_beatmap('[Events]\n0,0,"b.png"\n0,0,"",0,0\n').events.background == ""


def test_breaks_are_sorted_and_end_after_they_start() -> None:
    breaks = parse_beatmap("[Events]\n2,500,900\nBreak,100,50\n2,x,1\n").events.breaks
    assert [(item.start, item.end) for item in breaks] == [(100, 100), (500, 900)]


def test_early_offset_moves_the_times_of_old_files() -> None:
    text = "osu file format v4\nPreviewTime: 100\n[Editor]\nBookmarks: 7\n[Events]\n2,10,20\n[TimingPoints]\n0,500\n[HitObjects]\n1,1,100,1,0\n1,1,200,8,0,300\n"
    shifted, plain = parse_beatmap(text), parse_beatmap(text, early_offset=False)
    assert (shifted.early_offset, plain.early_offset) == (24, 0)
    assert (shifted.general.preview_time, plain.general.preview_time) == (124, 100)
    assert shifted.editor.bookmarks == [7]
    assert (shifted.events.breaks[0].start, shifted.events.breaks[0].end) == (34, 44)
    assert (shifted.timing_points[0].time, plain.timing_points[0].time) == (24, 0)
    assert [item.time for item in shifted.hit_objects] == [124, 224]
    assert shifted.hit_objects[1].end_time == 324  # type: ignore[attr-defined]
    assert parse_beatmap("osu file format v4\nPreviewTime: -1\n").general.preview_time == -1
    assert parse_beatmap("osu file format v5\nPreviewTime: 5\n").general.preview_time == 5


def test_dropped_lines_say_where() -> None:
    beatmap = read("1,1,1,1,0\nbroken\n2,2,2,1,0")
    assert len(beatmap.hit_objects) == 2
    assert [(note.line, note.text) for note in beatmap.diagnostics] == [(14, "broken")]
    assert len({note.line for note in parse_beatmap("x\n" * 20000).diagnostics}) <= 10_001


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BeatmapError) as raised:
        read_beatmap(tmp_path / "none.osu")
    assert raised.value.file == str(tmp_path / "none.osu")
    assert "No such file" in raised.value.reason
    with pytest.raises(BeatmapError, match="cannot be read"):
        read_beatmap(tmp_path)
    with pytest.raises(BeatmapError):
        read_beatmap("a\0b")
    assert str(raised.value).startswith(str(tmp_path / "none.osu"))


def test_enormous_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 1 << 20)
    path = tmp_path / "big.osu"
    path.write_bytes(b"a" * ((1 << 20) + 1))
    with pytest.raises(BeatmapError, match="larger than 1 MiB"):
        read_beatmap(path)


def test_lone_surrogates_can_be_written_again() -> None:
    title = parse_beatmap("[Metadata]\nTitle:a\ud800b").metadata.title
    assert title.encode("utf-8")
    assert "\ufffd" in title


def test_reads_files(tmp_path: Path) -> None:
    path = tmp_path / "a.osu"
    path.write_bytes(FULL.encode())
    assert read_beatmap(path).metadata.version == "Hard"


def test_kinds_in_file_order_and_sorted() -> None:
    beatmap = read("9,9,300,1,0\n1,1,100,128,0,200:0:0:0:0:\n2,2,100,1,0", mode=3)
    assert [item.time for item in beatmap.hit_objects] == [100, 100, 300]
    assert [item.x for item in beatmap.hit_objects] == [1, 2, 9]
    assert [item.x for item in beatmap.hit_objects_in_file_order] == [9, 1, 2]
    assert isinstance(beatmap.hit_objects[0], Hold)
