"""Any bytes give a beatmap; what is read can be written and read again; the fast way reads what the plain way reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osuT5.beatmap import Beatmap, Slider, parse_beatmap, reader, write_beatmap
from osuT5.beatmap.catch import catch_objects
from osuT5.beatmap.combos import combo_numbers
from osuT5.beatmap.compare import differences
from osuT5.beatmap.mania import mania_object
from osuT5.beatmap.play import Play
from osuT5.beatmap.samples import edge_samples, object_samples
from osuT5.beatmap.stacking import stack_heights
from osuT5.beatmap.taiko import taiko_objects
from tests.beatmap.texts import FULL, osu
from tests.work import lines_run

MANIA = osu("64,192,100,1,0,0:0:0:0:\n192,192,200,128,2,300:1:2:3:40:a.wav\n320,192,300,5,4", mode=3, version=9)
OLD = "osu file format v3\n\n[TimingPoints]\n10,500\n\n[HitObjects]\n1,2,3,1,0,\n10,10,50,2,2,C|20:20|30:30,2,60\n"
GOOD = [FULL, MANIA, OLD]
BOUND = settings(derandomize=True, deadline=None, max_examples=150)

_FIELDS = st.sampled_from(
    [
        "",
        "0",
        "1",
        "2",
        "8",
        "128",
        "-1",
        "1.5",
        "nan",
        "NaN",
        "inf",
        "1e9",
        "2147483647",
        "2147483648",
        "1_0",
        "٣",
        "x",
        " 7 ",
        "0:0",
        "0:0:0:0:",
        "1:2:3:4:a.wav",
        "B|1:2|3:4",
        "P|1:1|5:0",
        "L",
        "C|1:1|1:1|2:2",
        "B||",
        "|",
        "1|2",
        "0:0|1:2",
        "9000",
        "9001",
        "//",
        "-0",
        "0.1",
    ]
)
_LINES = st.one_of(
    st.lists(_FIELDS, min_size=1, max_size=12).map(",".join),
    st.text(max_size=40),
    st.sampled_from(
        [
            "[HitObjects]",
            "[TimingPoints]",
            "[Events]",
            "[Metadata]",
            "[Difficulty]",
            "[Colours]",
            "[X//y]",
            "Mode: 3",
            "ApproachRate:9",
            "osu file format v128",
            'Sprite,0,0,"a\\\\b.png",0,0',
            '0,0,"",0,0',
            "Combo1 : 1,2,3",
            "Foo: bar",
        ]
    ),
)


def check(beatmap: Beatmap) -> None:
    """Writing keeps ``beatmap``, and everything derived from it can be had."""
    text = write_beatmap(beatmap)
    again = parse_beatmap(text.encode("utf-8"))
    assert differences(beatmap, again) == []
    assert write_beatmap(again) == text
    play = Play(beatmap)
    stack_heights(play)
    catch_objects(play)
    combo_numbers(beatmap)
    assert play.latest_end >= max((item.time for item in beatmap.hit_objects), default=0) or not beatmap.hit_objects
    for item in beatmap.hit_objects:
        taiko_objects(play, item)
        mania_object(play, item)
        object_samples(play, item)
        if isinstance(item, Slider):
            edge_samples(play, item)


@BOUND
@given(st.binary(max_size=2000))
def test_any_bytes(data: bytes) -> None:
    check(parse_beatmap(data))


@BOUND
@given(st.text(max_size=500), st.sampled_from(["", "[HitObjects]\n", "[Events]\n", "[Metadata]\n", "[Colours]\n"]))
def test_any_text(text: str, title: str) -> None:
    check(parse_beatmap(title + text))


@BOUND
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 80), _LINES), max_size=12), st.booleans())
def test_edited_files(good: str, edits: list[tuple[int, str]], replace: bool) -> None:
    lines = good.split("\n")
    for place, line in edits:
        lines[place : place + replace] = [line]
    check(parse_beatmap("\n".join(lines)))


@BOUND
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3)), max_size=20))
def test_edited_bytes(good: str, edits: list[tuple[int, bytes]]) -> None:
    data = bytearray(good.encode())
    for place, part in edits:
        data[place : place + len(part)] = part
    check(parse_beatmap(bytes(data)))


class _NothingIsPlain:
    """In place of the fast way."""

    def __init__(self, *_: object) -> None:
        pass

    def objects(self, number: int) -> int:
        return number

    timing_points = objects


@BOUND
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(20, 80), _LINES), max_size=20))
def test_plain_lines_read_as_all_others(good: str, edits: list[tuple[int, str]]) -> None:
    lines = good.split("\n")
    for place, line in edits:
        lines[place:place] = [line]
    text = "\n".join(lines)
    fast = parse_beatmap(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "PlainLines", _NothingIsPlain)
        slow = parse_beatmap(text)
    assert repr(fast) == repr(slow)  # NaN differs from itself, so the texts are compared


_coordinates = st.integers(-131072, 131072)
_times = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9))
_points = st.tuples(_coordinates, _coordinates)


@st.composite
def _object_lines(draw: st.DrawFn) -> str:
    x, y = draw(_points)
    head = f"{x},{y},{draw(_times)!r},{draw(st.sampled_from([0, 4, 20, 52]))}".rsplit(",", 1)
    sound = draw(st.integers(0, 15))
    sample = draw(st.sampled_from(["0:0:0:0:", "1:2:3:40:", "3:0:0:0:a_b.wav", "2:2"]))
    kind = draw(st.sampled_from([1, 2, 8, 128]))
    start = f"{head[0]},{int(head[1]) + kind},{sound}"
    if kind == 1:
        return f"{start},{sample}"
    if kind == 8:
        return f"{start},{draw(_times)!r},{sample}"
    if kind == 128:
        return f"{start},{draw(_times)!r}:{sample}"
    path = "|".join(f"{x}:{y}" for x, y in draw(st.lists(_points, min_size=1, max_size=5)))
    slides = draw(st.integers(1, 4))
    edges = "|".join(str(draw(st.integers(0, 15))) for _ in range(slides + 1))
    sets = "|".join(draw(st.sampled_from(["0:0", "1:2"])) for _ in range(slides + 1))
    length = draw(st.floats(0.01, 131072))
    return f"{start},{draw(st.sampled_from('BLPC'))}|{path},{slides},{length!r},{edges},{sets},{sample}"


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(_object_lines(), max_size=15),
    st.lists(st.tuples(_times, st.floats(-1000, 60000)), max_size=6),
    st.integers(0, 3),
    st.sampled_from([3, 6, 14, 128]),
)
def test_random_maps(objects: list[str], points: list[tuple[float, float]], mode: int, version: int) -> None:
    timing = "\n".join(f"{time!r},{beat!r},4,1,0,50,{int(beat > 0)},1" for time, beat in points)
    beatmap = parse_beatmap(osu("\n".join(objects), timing, mode=mode, version=version))
    assert len(beatmap.hit_objects) == len(objects)
    assert len(beatmap.timing_points) == len(points)
    check(beatmap)


@pytest.mark.parametrize(
    ("start", "line"),
    [
        ("", "a"),
        ("[HitObjects]", "1,1"),
        ("[HitObjects]", "1,1,1,1,0,x"),
        ("[HitObjects]", "1,1,1,2,0,B|1:1,9000,1"),
        ("[TimingPoints]", "0,1"),
        ("[Events]", "2,1,1"),
        ("[Colours]", "a:1,2,3"),
        ("[Editor]", "Bookmarks: x,x,x,x,x,x,x,x"),
        ("", "[a]"),
        ("", ""),
    ],
)
def test_work_grows_with_the_file(start: str, line: str) -> None:
    def work(size: int) -> int:
        data = f"osu file format v14\n{start}\n{(line + chr(10)) * (size // (len(line) + 1))}".encode()
        return lines_run(lambda: parse_beatmap(data))

    assert work(40_000) < 2.5 * work(20_000)


@pytest.mark.parametrize(
    "path",
    [
        lambda n: "B" + "|1:1" * (2 * n),
        lambda n: "B" + "|B" * (4 * n),
        lambda n: "L" + "|9:9|1:1" * n,
        lambda n: "B" + "|9:9|5:1" * min(n // 2, 500),
    ],
)
def test_work_grows_with_the_path(path: Callable[[int], str]) -> None:
    def work(size: int) -> int:
        text = osu(f"1,1,1,2,0,{path(size)},9000,131072")
        return lines_run(lambda: check(parse_beatmap(text)))

    assert work(2000) < 2.5 * work(1000)
