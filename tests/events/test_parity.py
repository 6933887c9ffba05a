"""Event streams and facts of the published system (golden/events)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import Beatmap, parse_beatmap, read_beatmap
from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout
from osuT5.events import (
    ContextType,
    EventError,
    EventStream,
    context_stream,
    kiai_stream,
    map_stream,
    merge,
    scroll_speed_stream,
    timing_stream,
)
from osuT5.events.facts import map_conditions, song_facts
from osuT5.stars import star_rating
from tests.shared_data import SHARED, cases, load_json, need

CORPUS = SHARED / "corpus/osu"
Call = Callable[[Beatmap, DataLayout], EventStream]


def _of_red_lines(beatmap: Beatmap, layout: DataLayout) -> EventStream:
    lines = [line for line in parse_timing_lines(beatmap.timing_text) if line.parent is None]
    return timing_stream(lines, layout, 90000)


def _merged(beatmap: Beatmap, layout: DataLayout) -> EventStream:
    timing, kiai = timing_stream(beatmap, layout), kiai_stream(beatmap, layout)
    return merge(timing, merge(kiai, map_stream(beatmap, layout)))


CALLS: dict[str, Call] = {
    "parse": map_stream,
    "parse_speed_1.25": lambda beatmap, layout: map_stream(beatmap, layout, speed=1.25),
    "parse_flip_h": lambda beatmap, layout: map_stream(beatmap, layout, flip=(True, False)),
    "parse_flip_hv": lambda beatmap, layout: map_stream(beatmap, layout, flip=(True, True)),
    "parse_song_length_200000": lambda beatmap, layout: map_stream(beatmap, layout, song_length_ms=200000),
    "parse_timing": timing_stream,
    "parse_timing_list_song_length_90000": _of_red_lines,
    "parse_kiai": kiai_stream,
    "parse_scroll_speeds": scroll_speed_stream,
    "merged_timing_kiai_parse": _merged,
    "parse_no_hitsounds": lambda beatmap, layout: context_stream(ContextType.NO_HS, beatmap, layout),
}
# Three ends of perfect curves lie on a cell edge; there the last bit of the processor's power and arctangent functions
# shows (golden/README.md, "Limits of exact"). Map: end times in ms.
EDGE_ENDS = {
    "osu_catch_c__1284935.osu": (83707,),
    "osu_game__Himeringo_-_Yotsuya-san_ni_Yoroshiku_RLC_Winber1_s_Extreme.osu": (57447, 149764),
}
PLACES = {"pos", "pos_refine", "pos_x", "pos_y"}
CELL_STEPS = {"pos": (1, 33), "pos_refine": (1, 15, 16, 240), "pos_x": (1,), "pos_y": (1,)}


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/events/v*/*.json.gz"))
def test_streams_and_facts(path: Path) -> None:
    expected = load_json(path)
    layout = VERSIONS[path.parent.name].layout
    file = need(CORPUS / expected["map"])
    beatmap = read_beatmap(file)
    wrong = {}
    for name, call in CALLS.items():
        if name in expected:
            problem = _difference(_result(call, beatmap, layout), expected[name], _edges(expected["map"], name))
            if problem:
                wrong[name] = problem
    assert not wrong
    _check_facts(beatmap, file, expected)


def _edges(name: str, call: str) -> tuple[int, ...]:
    speed = 1.25 if call == "parse_speed_1.25" else 1
    return tuple(int(time / speed) for time in EDGE_ENDS.get(name, ()))


def _result(call: Call, beatmap: Beatmap, layout: DataLayout) -> Any:
    try:
        stream = call(beatmap, layout)
    except EventError as error:
        return {"raises": str(error)}
    return {"events": [[event.type.value, event.value] for event in stream.events], "times": stream.times}


def _difference(actual: Any, expected: Any, edges: tuple[int, ...] = ()) -> str:
    """What differs, "" for nothing; at most one cell of a slider that ends at one of the ``edges`` may."""
    if "raises" in actual or "raises" in expected:
        both = "raises" in actual and "raises" in expected
        return "" if both else f"{actual.get('raises', 'a result')}, expected {expected.get('raises', 'a result')}"
    if actual["times"] != expected["times"] or len(actual["events"]) != len(expected["events"]):
        return "other times"
    for index, (ours, theirs) in enumerate(zip(actual["events"], expected["events"], strict=True)):
        if ours != theirs and not _same_edge(ours, theirs, actual["times"][index], edges):
            return f"event {index} at {actual['times'][index]} ms: {ours}, expected {theirs}"
    return ""


def _same_edge(ours: list[Any], theirs: list[Any], time: int, edges: tuple[int, ...]) -> bool:
    near = abs(ours[1] - theirs[1]) in CELL_STEPS.get(ours[0], ())
    return time in edges and ours[0] == theirs[0] and near


def _check_facts(beatmap: Beatmap, file: Path, expected: dict[str, Any]) -> None:
    conditions = asdict(map_conditions(beatmap, star_rating(file)))
    wanted = dict(expected["generation_config_from_beatmap"])
    assert conditions.pop("difficulty") == pytest.approx(wanted.pop("difficulty"), abs=0.02)
    for ratio in ("hold_note_ratio", "scroll_speed_ratio"):
        assert conditions.pop(ratio) == (wanted[ratio] and pytest.approx(wanted[ratio], rel=1e-9))
        wanted.pop(ratio)
    assert conditions == wanted
    facts, song = asdict(song_facts(beatmap)), dict(expected["beatmap_config_from_beatmap"])
    background = facts.pop("background")
    assert (f'0,0,"{background}",0,0\n' if background else "") == song.pop("background_line")
    assert song.pop("mode") == beatmap.mode
    for name in [name for name in song if name not in facts]:
        assert song.pop(name) == wanted[name]
    assert facts == song


EDGE_FILE = SHARED / "golden/events/edge_cases.json.gz"
EDGE_NAMES = sorted(load_json(EDGE_FILE)) if EDGE_FILE.exists() else ["absent"]


@pytest.mark.parity
@pytest.mark.parametrize("name", EDGE_NAMES)
def test_edge_cases(name: str) -> None:
    """Four streams in every version. Files that only the published reader refused may give anything but a crash."""
    expected = load_json(EDGE_FILE)[name]
    file = need(SHARED / "corpus/osu_edge" / f"{name}.osu")
    beatmap = read_beatmap(file)
    for version, layout in ((version, VERSIONS[version].layout) for version in ("v29", "v30", "v31", "v32")):
        for call in ("parse", "parse_timing", "parse_kiai", "parse_scroll_speeds"):
            actual = _result(CALLS[call], beatmap, layout)
            if version not in expected:
                assert expected["stage"] == "read"
                continue
            wanted = expected[version][call]
            if name == "slider_99_points" and version == "v32":
                actual, wanted = _without_last_place(actual), _without_last_place(wanted)
            if name == "meter_zero" and "raises" in wanted:  # spec 01 section 18.2: 0 counts as 4
                four = parse_beatmap(file.read_text().replace("100,400,0,", "100,400,4,"))
                wanted = _result(CALLS[call], four, layout)
                assert "events" in wanted
            assert _difference(actual, wanted) == "", (version, call)


def _without_last_place(result: Any) -> Any:
    """Leaves out the place of the slider end, which is noise of about 1e22 px."""
    events, last = result["events"], len(result["events"]) - 8
    return {
        **result,
        "events": [[name, 0 if i >= last and name in PLACES else value] for i, (name, value) in enumerate(events)],
    }
