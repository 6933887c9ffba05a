"""Facts taken from a file (spec 01 section 10)."""

from __future__ import annotations

import pytest

from osuT5.events import EventError
from osuT5.events.facts import bpm, hitsounded, hold_note_ratio, map_conditions, scroll_speed_ratio, song_facts
from osuT5.events.source import Source
from osuT5.events.speeds import median_beat_length
from tests.events.maps import RED, beatmap

NOTE = "64,192,{},1,0,0:0:0:0:"


def test_main_beat_length_ignores_lines_before_zero() -> None:
    lines = ["-1500,400,4,2,0,70,1,0", "30000,500,4,2,0,70,1,0"]
    assert median_beat_length(Source(beatmap([NOTE.format(59999)], lines))) == 500


def test_main_beat_length_is_the_longest_in_force() -> None:
    lines = ["0,300,4,2,0,70,1,0", "20000,500,4,2,0,70,1,0", "25000,-50,4,2,0,70,0,0", "50000,300,4,2,0,70,1,0"]
    assert median_beat_length(Source(beatmap([NOTE.format(60000)], lines))) == 300
    hold = "64,192,50000,128,0,70000:0:0:0:0:"
    assert median_beat_length(Source(beatmap([hold], lines, mode=3))) == 300
    assert (
        median_beat_length(Source(beatmap(["0,0,45000,8,0,90000"], lines))) == 500
    )  # the end of a spinner is no reach
    assert median_beat_length(Source(beatmap([NOTE.format(500)], lines))) == 0


def test_main_beat_length_of_nothing() -> None:
    with pytest.raises(EventError, match="without objects"):
        median_beat_length(Source(beatmap([])))


def test_scroll_speed_ratio() -> None:
    lines = [RED, "1000,-50,4,2,0,70,0,0", "2000,-50,4,2,0,70,0,0", "3000,-100,4,2,0,70,0,0"]
    objects = [NOTE.format(time) for time in (0, 500, 500, 1000, 4000)]
    assert scroll_speed_ratio(beatmap(objects, lines, mode=1)) == 2 / 4
    assert scroll_speed_ratio(beatmap(objects, lines, mode=3)) == 2 / 4
    assert scroll_speed_ratio(beatmap(objects, lines, mode=0)) is None
    assert scroll_speed_ratio(beatmap([], lines, mode=3)) is None
    assert scroll_speed_ratio(beatmap(objects, [RED, "1000,0,4,2,0,70,0,0"], mode=1)) is None


def test_hold_note_ratio() -> None:
    objects = [NOTE.format(0), "64,192,0,128,0,500:0:0:0:0:", "192,192,0,128,0,500:0:0:0:0:"]
    assert hold_note_ratio(beatmap(objects, mode=3)) == 2 / 3
    assert hold_note_ratio(beatmap(objects, mode=0)) is None
    assert hold_note_ratio(beatmap([], mode=3)) is None


def test_hitsounded() -> None:
    assert not hitsounded(beatmap([NOTE.format(0)]))
    assert hitsounded(beatmap(["64,192,0,1,1,0:0:0:0:"]))
    assert not hitsounded(beatmap(["64,192,0,2,0,L|100:0,1,100,2|4"]))


def test_tempos() -> None:
    assert [bpm(beat) for beat in (500, 333.33, 120000, -50, 0, float("nan"), float("inf"))] == [120, 180, 0, None, None, None, 0]  # fmt: skip


def test_conditions_are_as_written() -> None:
    difficulty = "HPDrainRate:99\nCircleSize:-1\nOverallDifficulty:11.5\nSliderMultiplier:0.1\nSliderTickRate:9"
    found = map_conditions(beatmap([NOTE.format(0)], difficulty=difficulty, metadata="BeatmapID:75"), 4.25)
    assert (found.hp_drain_rate, found.circle_size, found.overall_difficulty) == (99, -1, 11.5)
    assert found.approach_rate == 11.5  # the overall difficulty where it is missing
    assert (found.slider_multiplier, found.slider_tick_rate) == (0.1, 9)
    assert (found.beatmap_id, found.difficulty, found.keycount) == (75, 4.25, 4)
    assert (found.mapper_id, found.year, found.descriptors) == (None, None, None)


def test_defaults_of_conditions() -> None:
    found = map_conditions(beatmap([], difficulty="OverallDifficulty:x", mode=3), None)
    assert (found.slider_multiplier, found.overall_difficulty, found.keycount) == (1.4, 5, 5)
    assert (found.beatmap_id, found.difficulty, found.hitsounded) == (None, None, False)


def test_song_facts() -> None:
    lines = ["41.5,500,4,2,0,70,1,0", "500,-50,4,2,0,70,0,0", "1000,300,4,2,0,70,0,0"]
    metadata = "Title:T\nArtist:A\nArtistUnicode:Ä\nSource:\nTags: a  b\tc"
    found = song_facts(beatmap([], lines, metadata=metadata, general="AudioFilename:x.mp3\nPreviewTime:-1"))
    assert (found.title, found.title_unicode, found.artist, found.artist_unicode) == ("T", "T", "A", "Ä")
    assert (found.source, found.tags, found.preview_time) == ("", "a b c", 0)
    assert (found.bpm, found.offset, found.audio_filename, found.background) == (200, 42, "x.mp3", "")
    bare = song_facts(beatmap([], []))
    assert (bare.source, bare.bpm, bare.offset, bare.preview_time) == (None, None, None, 0)
