"""Whole maps from recorded events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import DataLayout
from osuT5.events.event import Event, EventType
from osuT5.postprocess.build import build_map
from osuT5.postprocess.osu_text import osu_text
from osuT5.postprocess.resnap import Resnapper
from osuT5.postprocess.settings import MapSettings
from osuT5.timing.redlines import red_lines_from_events
from tests.postprocess.reference import corpus_red_lines, differing_lines, events_of, lines_of, settings_of
from tests.shared_data import cases, load_json

PUBLISHED = Compat("published")
RESULT_LENIENCY = 3


def write(
    events: list[Event],
    timing: list[TimingLine] | None,
    settings: MapSettings,
    layout: DataLayout,
    overlaps: bool,
    rng: np.random.RandomState,
) -> str:
    built = build_map(events, timing, settings, layout, rng, near_overlaps=overlaps, compat=PUBLISHED)
    return osu_text(settings, built.timing, built.objects, PUBLISHED)


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/postprocess/*/*.json.gz"))
def test_recorded_events(path: Path) -> None:
    case = load_json(path)
    layout, settings = VERSIONS[case["config"]].layout, settings_of(case["beatmap_config"])
    for result in case["results"]:
        source, timing_name, snap, overlap = result["key"].split("_")
        events = events_of(case["sources"][source]["events"])
        if timing_name == "giventiming":
            timing = corpus_red_lines(case["map"])
        else:
            timing = red_lines_from_events(events, layout.types_first, RESULT_LENIENCY)
        if snap == "resnap1":
            events = Resnapper(timing).apply(events)
        if "resnapped_time_shifts" in result:
            shifts = [event.value for event in events if event.type is EventType.TIME_SHIFT]
            assert shifts == result["resnapped_time_shifts"], result["key"]
        text = write(events, timing, settings, layout, overlap == "overlap1", np.random.RandomState(0))
        assert differing_lines(text, result["osu"]) == [], result["key"]


def timing_of(case: dict[str, Any]) -> list[TimingLine] | None:
    """The red lines a recorded run started from."""
    if case["generated_timing"]:
        return lines_of(case["generated_timing"][0])
    return corpus_red_lines(case["beatmap"]) if case["beatmap"] else None


def generation_cases() -> list[Any]:
    """Runs that end in a file of their own (runs that edit a map are compared in test_add_to_map)."""
    return [case for case in cases("golden/generation/*.json.gz") if "add_to_beatmap" not in str(case.id)]


@pytest.mark.parity
@pytest.mark.parametrize("path", generation_cases())
def test_recorded_generation(path: Path) -> None:
    case = load_json(path)
    if "final_events" not in case:
        pytest.skip("a failed run, nothing was written")
    layout, settings = VERSIONS[Path(case["model"]).name].layout, settings_of(case["beatmap_config"])
    rng = np.random.RandomState(0)
    half = int(layout.window_ms // 2)
    offsets = case.get("super_timing_audio_offsets", [])
    assert [rng.randint(-half, half) for _ in offsets] == offsets
    overlaps = case["settings"]["snap_near_perfect_overlaps"]
    text = write(events_of(case["final_events"]), timing_of(case), settings, layout, overlaps, rng)
    assert differing_lines(text, case["osu"]) == []
