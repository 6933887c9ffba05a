"""Checks of a beatmap against the facts of one conformance case; a fact of an unknown kind is a failure."""

from __future__ import annotations

from typing import Any

import pytest

from osuT5.beatmap import Beatmap, Circle, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.catch import catch_objects
from osuT5.beatmap.combos import combo_numbers, combo_starts, skipped_colours
from osuT5.beatmap.mania import mania_object
from osuT5.beatmap.path import control_points
from osuT5.beatmap.play import Play
from osuT5.beatmap.samples import BANK_NAMES, Sample, edge_samples, object_samples
from osuT5.beatmap.stacking import stack_heights, stack_offset
from osuT5.beatmap.taiko import drum_roll_end, taiko_objects

KINDS = {Circle: "circle", Slider: "slider", Spinner: "spinner", Hold: "hold"}
VALUE = 1e-6
TIME, CATCH_TIME, SLIDER_END = 2.0, 3.0, 4.0
PLACE, CATCH_PLACE = 2.0, 3.0
FIELDS = {
    "difficulty": {"hp": "hp_drain_rate", "cs": "circle_size", "od": "overall_difficulty", "ar": "approach_rate"},
}


def check_case(beatmap: Beatmap, expect: dict[str, Any]) -> None:
    play = Play(beatmap)
    for key, value in expect.items():
        CHECKS[key](play, value)


def _check_fields(section: str) -> Any:
    names = FIELDS.get(section, {})

    def check(play: Play, facts: dict[str, Any]) -> None:
        target = getattr(play.beatmap, section)
        for key, value in facts.items():
            if key.endswith("_tolerance"):
                continue
            found = getattr(target, names.get(key, key))
            if isinstance(value, float) or section == "difficulty":
                value = pytest.approx(value, abs=facts.get(f"{key}_tolerance", VALUE))
            assert found == value, f"{section}.{key}"

    return check


def _check_events(play: Play, facts: dict[str, Any]) -> None:
    events = play.beatmap.events
    found = {"background": events.background, "breaks": [[item.start, item.end] for item in events.breaks]}
    assert {key: found[key] for key in facts} == facts


def _check_colours(play: Play, facts: dict[str, Any]) -> None:
    colours = play.beatmap.colours
    found = {"combo": [list(colour) for colour in colours.combo]}
    found.update({key: [list(value) for value in colours.named.items()] for key in facts if key not in found})
    assert {key: found[key] for key in facts} == facts


def _check_last(play: Play, facts: dict[str, Any]) -> None:
    item = play.beatmap.hit_objects[-1]
    found = {"t": item.time, "end": play.end_time(item)}
    for key, value in facts.items():
        assert found[key] == pytest.approx(value, abs=TIME)


def _check_timing(play: Play, facts: dict[str, Any]) -> None:
    timing = play.timing
    for group, questions in facts.items():
        if group == "lazer_counts":
            lists = {
                "timing": timing.beats,
                "difficulty": timing.velocities,
                "effect": timing.effects,
                "sample": timing.samples,
            }
            assert {key: len(lists[key].points) for key in questions} == questions
            continue
        for question in questions:
            _check_question(play, group, question)


def _check_question(play: Play, group: str, question: dict[str, Any]) -> None:
    timing, t = play.timing, question["t"]
    point: Any = {
        "timing_at": timing.beats,
        "sv_at": timing.velocities,
        "sample_at": timing.samples,
        "kiai_at": timing.effects,
        "scroll_at": timing.effects,
    }[group].at(t)
    names = {"point_time": "time", "sv": "velocity", "generate_ticks": "ticks"}
    for key, value in question.items():
        if key == "t" or key.endswith("_tolerance"):
            continue
        found = BANK_NAMES[point.bank] if key == "bank" else getattr(point, names.get(key, key))
        if not isinstance(value, (str, bool)):
            value = pytest.approx(value, abs=question.get(f"{key}_tolerance", VALUE))
        assert found == value, f"{group} at {t}: {key}"


def _check_objects(play: Play, facts: list[dict[str, Any]]) -> None:
    for fact in facts:
        for key, value in fact.items():
            if key != "i" and not key.endswith("_tolerance"):
                _check_object(play, fact, key, value)


def _check_object(play: Play, fact: dict[str, Any], key: str, value: Any) -> None:
    found = _object_fact(play, fact["i"], key, value)
    if key in ("x", "y"):
        value = pytest.approx(value, abs=fact.get("pos_tolerance", VALUE))
    elif key in ("path_distance", "expected_distance"):
        value = pytest.approx(value, abs=fact.get(f"{key}_tolerance", 1e-3))
    elif key in ("t", "end", "end_as_taiko"):
        value = pytest.approx(value, abs=fact.get(f"{key}_tolerance", VALUE if key == "t" else TIME))
    elif key == "sample_names_include":
        value, found = set(value), set(found) & set(value)
    elif key == "control_points_head":
        found = found[: len(value)]
    assert found == value, f"object {fact['i']}: {key}"


def _object_fact(play: Play, index: int, key: str, value: Any) -> Any:
    item = play.beatmap.hit_objects[index]
    if key in ("x", "y"):
        return getattr(item, key)
    if key in ("control_points", "control_points_head", "control_point_count", "typed_points", "path_distance"):
        assert isinstance(item, Slider)
        return _path_fact(play, item, key, value)
    samples = object_samples(play, item)
    edges = edge_samples(play, item) if isinstance(item, Slider) else []
    facts = {
        "kind": lambda: KINDS[type(item)],
        "t": lambda: item.time,
        "end": lambda: play.end_time(item),
        "new_combo": lambda: combo_starts(play.beatmap)[index],
        "combo_index": lambda: combo_numbers(play.beatmap)[index],
        "expected_distance": lambda: item.length,
        "samples0": lambda: _sample_fact(samples[0], value),
        "nodes0": lambda: [_sample_fact(edge[0], part) for edge, part in zip(edges, value, strict=True)],
        "sample_names": lambda: [sample.name for sample in samples],
        "sample_names_include": lambda: [sample.name for sample in samples],
        "node_sample_names": lambda: [[sample.name for sample in edge] for edge in edges],
        "sample_banks": lambda: [BANK_NAMES[sample.bank] for sample in samples],
        "sample_file": lambda: samples[0].file,
        "volume": lambda: samples[0].volume,
        "all_volumes": lambda: _same([sample.volume for sample in [*samples, *sum(edges, [])]]),
        "end_as_taiko": lambda: drum_roll_end(play, item),
    }
    return facts[key]()


def _path_fact(play: Play, slider: Slider, key: str, value: Any) -> Any:
    if key == "path_distance":
        return play.slider(slider).path.length
    points = control_points(slider, play.beatmap.format_version)
    if key == "control_point_count":
        return len(points)
    if key == "typed_points":
        return [[index, point.kind.value] for index, point in enumerate(points) if point.kind]
    if value and isinstance(value[0], dict):
        found = [{"x": point.x, "y": point.y, "type": point.kind and point.kind.value} for point in points]
        return [{name: point[name] for name in want} for point, want in zip(found, value, strict=False)]
    if value and len(value[0]) == 3:
        return [[point.x, point.y, point.kind and point.kind.value] for point in points]
    return [
        [point.x, point.y, point.kind.value] if len(want) == 3 else [point.x, point.y]
        for point, want in _pad(points, value)
    ]


def _pad(points: list[Any], value: list[Any]) -> list[tuple[Any, Any]]:
    return [(point, value[index] if index < len(value) else ()) for index, point in enumerate(points)]


def _same(values: list[int]) -> int:
    assert len(set(values)) == 1, values
    return values[0]


def _sample_fact(sample: Sample, wanted: dict[str, Any]) -> dict[str, Any]:
    found = {
        "name": sample.name,
        "bank": BANK_NAMES[sample.bank],
        "suffix": sample.suffix,
        "volume": sample.volume,
        "file": sample.file,
    }
    return {key: found[key] for key in wanted}


def _check_conversion(play: Play, facts: dict[str, Any]) -> None:
    objects = play.beatmap.hit_objects
    assert len(objects) == len(facts["objects"])
    CONVERSIONS[facts["ruleset"]](play, objects, facts["objects"])


def _near(found: float, wanted: float, tolerance: float, what: str) -> None:
    assert abs(found - wanted) <= tolerance, f"{what}: {found} is not {wanted}"


def _check_osu(play: Play, objects: list[HitObject], facts: list[dict[str, Any]]) -> None:
    starts, heights = combo_starts(play.beatmap), stack_heights(play)
    for index, (item, fact) in enumerate(zip(objects, facts, strict=True)):
        what = f"object {index}"
        assert KINDS[type(item)] == fact["kind"], what
        _near(item.time, fact["t"], TIME, what)
        assert starts[index] == fact["new_combo"], what
        assert skipped_colours(item) == fact.get("combo_skip", 0), what
        if "x" in fact:
            assert (item.x, item.y) == pytest.approx((fact["x"], fact["y"]), abs=VALUE), what
            offset = stack_offset(play.beatmap, heights[index])
            for found, wanted in zip((item.x + offset, item.y + offset), fact["stacked"], strict=True):
                _near(found, wanted, PLACE, f"{what} stacked")
        if isinstance(item, Slider):
            _check_osu_slider(play, item, fact, what)
        elif "end" in fact:
            _near(play.end_time(item), fact["end"], TIME, what)
        known = "kind t new_combo combo_skip x y stacked slides curve end last_tick end_pos events"
        assert not set(fact) - set(known.split()), what


def _check_osu_slider(play: Play, item: Slider, fact: dict[str, Any], what: str) -> None:
    played = play.slider(item)
    assert played.spans == fact["slides"], what
    assert control_points(item, play.beatmap.format_version)[0].kind == fact["curve"], what
    _near(played.end_time, fact["end"], SLIDER_END, f"{what} end")
    for found, wanted in zip(played.end_position, fact["end_pos"], strict=True):
        _near(found, wanted, PLACE, f"{what} end place")
    events = played.events()
    _near(next(event.time for event in events if event.kind == "last_tick"), fact["last_tick"], TIME, what)
    inner = [event for event in events if event.kind in ("tick", "repeat")]
    wanted_events = fact.get("events", [])
    assert [event.kind for event in inner] == [event[0] for event in wanted_events], what
    for event, (_, time, x, y) in zip(inner, wanted_events, strict=True):
        _near(event.time, time, TIME, what)
        for found, wanted in zip(played.place(event.progress), (x, y), strict=True):
            _near(found, wanted, PLACE, what)


def _check_taiko(play: Play, objects: list[HitObject], facts: list[dict[str, Any]]) -> None:
    for index, (item, fact) in enumerate(zip(objects, facts, strict=True)):
        what = f"object {index}"
        _check_source(item, fact, TIME, what)
        found = taiko_objects(play, item)
        assert [(part.kind.value, part.big) for part in found] == [(part[0], part[3]) for part in fact["becomes"]], what
        for part, (_, start, end, _) in zip(found, fact["becomes"], strict=True):
            _near(part.time, start, TIME, what)
            _near(part.end_time, end, TIME, what)


def _check_catch(play: Play, objects: list[HitObject], facts: list[dict[str, Any]]) -> None:
    for index, (item, fact, found) in enumerate(zip(objects, facts, catch_objects(play), strict=True)):
        what = f"object {index}"
        _check_source(item, fact, CATCH_TIME, what)
        assert [part.kind.value for part in found] == [part[0] for part in fact["becomes"]], what
        for part, (_, time, *rest) in zip(found, fact["becomes"], strict=True):
            _near(part.time, time, CATCH_TIME, what)
            if rest:
                assert part.x is not None
                _near(part.x, rest[0], CATCH_PLACE, what)
                assert part.hyperdash == rest[1], f"{what} hyperdash"


def _check_mania(play: Play, objects: list[HitObject], facts: list[dict[str, Any]]) -> None:
    for index, (item, fact) in enumerate(zip(objects, facts, strict=True)):
        what = f"object {index}"
        _check_source(item, fact, TIME, what)
        found = mania_object(play, item)
        assert found.hold == (fact["kind"] == "hold"), what
        _near(found.end_time, fact["end"], TIME, what)
        assert found.column == fact.get("column", found.column), what
        assert isinstance(item, Slider) == fact.get("sliding_samples", isinstance(item, Slider)), what
        if "node_samples" in fact:
            edges = edge_samples(play, item) if isinstance(item, Slider) else [object_samples(play, item), []]
            assert [[f"Gameplay/{sample.stem}" for sample in edge] for edge in edges] == fact["node_samples"], what


def _check_source(item: HitObject, fact: dict[str, Any], tolerance: float, what: str) -> None:
    assert KINDS[type(item)] == fact["source"], what
    _near(item.time, fact["t"], tolerance, what)


CONVERSIONS = {"osu": _check_osu, "taiko": _check_taiko, "catch": _check_catch, "mania": _check_mania}


def _equals(name: str) -> Any:
    def check(play: Play, value: Any) -> None:
        found = {
            "version": lambda: play.beatmap.format_version,
            "object_count": lambda: len(play.beatmap.hit_objects),
        }[name]()
        assert found == value, name

    return check


def _check_latest(play: Play, value: float) -> None:
    _near(play.latest_end, value, TIME, "latest end")


CHECKS: dict[str, Any] = {
    "version": _equals("version"),
    "object_count": _equals("object_count"),
    "last_in_order": _check_last,
    "latest_end": _check_latest,
    "general": _check_fields("general"),
    "editor": _check_fields("editor"),
    "metadata": _check_fields("metadata"),
    "difficulty": _check_fields("difficulty"),
    "events": _check_events,
    "colours": _check_colours,
    "timing": _check_timing,
    "objects": _check_objects,
    "conversion": _check_conversion,
}
