"""Objects to events and back: kinds, times, places to the cell, repeats, in every mode and layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import Beatmap, Circle, HitObject, Hold, Slider, Spinner, read_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout
from osuT5.events import EventType, expand_columns, expand_positions, group_events, map_stream
from osuT5.events.objects import CircleDraft, Draft, SliderDraft, SpanDraft, assemble
from osuT5.events.source import Source, slider_path
from tests.events.maps import beatmap
from tests.shared_data import cases, need

LETTERS = {"L": "B", "B": "B", "P": "P", "C": "C"}  # linear paths come back as red anchors, which are bezier
MAPS = {
    0: beatmap(
        [
            "100,50,0,5,2,0:0:0:0:",
            "100,100,1000,2,0,B|200:100|200:200|200:200|300:200,1,300",
            "200,100,3000,6,0,P|250:150|300:100,3,140",
            "10,10,6000,2,0,L|60:10|60:60,2,90",
            "10,10,9000,2,0,C|60:10|60:60|90:90,1,90",
            "256,192,12000,12,0,30500",
            "500,380,31000,1,8,3:1:0:55:",
        ]
    ),
    1: beatmap(
        ["0,0,0,1,0", "0,0,500,1,12", "0,0,1000,2,0,L|100:0,2,280", "0,0,9000,8,0,19000", "0,0,20000,2,4,L|9:0,1,70"],
        mode=1,
    ),
    2: beatmap(["100,50,0,5,2", "30,300,1000,2,0,L|300:300,2,280", "256,192,4000,12,0,5000"], mode=2),
    3: beatmap(
        ["64,192,0,1,0", "192,192,0,128,0,9000:0:0:0:0:", "448,192,500,128,0,700:0:0:0:0:", "320,192,9000,1,4"],
        mode=3,
        difficulty="CircleSize:4",
    ),
}


def drafts(found: Beatmap, layout: DataLayout) -> list[Draft]:
    stream = expand_positions(map_stream(found, layout), layout)
    if found.mode == 3:
        stream = expand_columns(stream, Source(found).columns)
    groups = group_events(stream.events, stream.times, layout.types_first)
    return list(assemble(groups, single_pending_hold=False))


def described(draft: Draft) -> tuple[Any, ...]:
    """Kind, times, places and repeats of what came back."""
    if isinstance(draft, CircleDraft):
        return "circle", draft.group.time, draft.group.x, draft.group.y
    if isinstance(draft, SpanDraft):
        return draft.kind.value, draft.start.time, draft.end.time, draft.start.x
    assert isinstance(draft, SliderDraft)
    length = draft.end.time - draft.head.time
    slides = round(length / (draft.last.time - draft.head.time)) if length else 1
    return (
        "slider",
        draft.head.time,
        draft.end.time,
        slides,
        draft.curve,
        [(draft.head.x, draft.head.y), *draft.anchors],
    )


class Expected:
    """What each object of a map has to come back as."""

    def __init__(self, found: Beatmap, layout: DataLayout) -> None:
        self.source, self.layout, self.mode = Source(found), layout, found.mode

    def all(self) -> Iterator[tuple[Any, ...]]:
        for index, item in enumerate(self.source.objects):
            start, end = self.source.starts[index] // 1000, self.source.end_of(index) // 1000
            if isinstance(item, Circle):
                yield "circle", start, *self._place(item)
            elif isinstance(item, Slider) and self.mode != 1:
                path = slider_path(item)
                points = _distinct(path.points, path.curve)
                letter = LETTERS[path.curve] if len(points) > 2 else "B"
                yield "slider", start, end, item.slides, letter, [self._cell(point) for point in points]
            else:
                yield self._kind(item), start, end, self._place(item)[0] if isinstance(item, Hold) else None

    def _kind(self, item: HitObject) -> str:
        if isinstance(item, Spinner):
            return (EventType.DENDEN if self.mode == 1 else EventType.SPINNER).value
        return (EventType.HOLD_NOTE if isinstance(item, Hold) else EventType.DRUMROLL).value

    def _place(self, item: HitObject) -> tuple[float | None, float | None]:
        if self.mode == 1:
            return None, None
        if self.mode == 3:
            keys = self.source.columns
            return int((item.x * keys // 512 + 0.5) * 512 / keys), 192
        return self._cell((int(item.x), int(item.y)))

    def _cell(self, point: tuple[float, float]) -> tuple[int, int]:
        """Where a place inside the field comes back."""
        size, step = self.layout.position_precision, self.layout.position_refinement
        if step:
            return int(point[0] // step * step), int(point[1] // step * step)
        half = 0 if self.layout.position_split_axes else size // 2
        return int(point[0] // size * size + half), int(point[1] // size * size + half)


def _distinct(points: list[tuple[float, float]], curve: str) -> list[tuple[float, float]]:
    """Points as they come back: inner points of linear paths are doubled, they are red anchors."""
    if curve != "L":
        return points
    return [points[0], *(point for inner in points[1:-1] for point in (inner, inner)), points[-1]]


@pytest.mark.parametrize("version", ["v28", "v29", "v31", "v32"])
@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_objects_come_back(mode: int, version: str) -> None:
    layout = VERSIONS[version].layout
    expected = sorted(Expected(MAPS[mode], layout).all(), key=repr)
    assert sorted(map(described, drafts(MAPS[mode], layout)), key=repr) == expected


def test_objects_of_v30_come_back_from_between_the_beats() -> None:
    layout = VERSIONS["v30"].layout
    expected = sorted(Expected(MAPS[0], layout).all(), key=repr)
    assert sorted(map(described, drafts(MAPS[0], layout)), key=repr) == expected


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("corpus/osu/*.osu"))
def test_objects_of_real_maps_come_back(path: Path) -> None:
    """Kinds and times of everything, whatever the positions."""
    found = read_beatmap(need(path))
    layout = VERSIONS["v32"].layout
    expected = _kinds_and_times(Expected(found, layout).all())
    actual = _kinds_and_times(map(described, drafts(found, layout)))
    sliders = [entry[1:] for entry in expected if entry[0] == "slider"]
    if any(late[0] < early[1] for early, late in zip(sliders, sliders[1:], strict=False)):
        # Events cannot tell which of two overlapping sliders a part belongs to.
        expected, actual = ([entry for entry in some if entry[0] != "slider"] for some in (expected, actual))
    assert actual == expected


def _kinds_and_times(entries: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(entry[:2] if entry[0] == "circle" else entry[:3] for entry in entries)
