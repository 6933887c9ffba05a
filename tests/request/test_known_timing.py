"""Precedence of what is known of the timing: bpm and offset, in_context=[TIMING], super timing asked for, timing_source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from osuT5.generation.plan import TimingSource
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.request import Request, complete, complete_all
from osuT5.request.timing import KnownTiming

Make = Callable[..., Request]


@pytest.mark.parametrize("source", ["model", "analysis", "auto"])
def test_the_users_tempo_comes_first(request_for: Make, reference: Path, source: str) -> None:
    given = {"bpm": 150, "offset": 20, "timing_source": source, "super_timing": True}
    assert request_for(**given).known_timing is KnownTiming.GIVEN
    assert request_for(beatmap_path=str(reference), in_context=["TIMING"], **given).known_timing is KnownTiming.GIVEN


@pytest.mark.parametrize("source", ["model", "analysis", "auto"])
def test_the_references_timing_comes_next(request_for: Make, reference: Path, source: str) -> None:
    made = request_for(beatmap_path=str(reference), in_context=["TIMING"], timing_source=source)
    assert (made.known_timing, made.plan.timing) == (KnownTiming.NOTHING, TimingSource.REFERENCE)


def test_super_timing_that_was_asked_for_beats_the_source(request_for: Make) -> None:
    made = request_for("v32", super_timing=True, timing_source="analysis")
    assert (made.known_timing, made.plan.timing) == (KnownTiming.NOTHING, TimingSource.SUPER)
    assert request_for("v29", timing_source="analysis").known_timing is KnownTiming.ANALYSIS  # super is v29's default


@pytest.mark.parametrize("version, source", [("v29", "analysis"), ("v29", "auto"), ("v28", "analysis")])
def test_super_timing_that_was_named_beats_the_source_where_it_is_the_default(
    song: Path, version: str, source: str
) -> None:
    preset = preset_options(version)
    options = replace(preset, audio_path=str(song), timing_source=source)
    made = complete(options, preset, base_options(), named=["super_timing"])
    assert (made.known_timing, made.plan.timing) == (KnownTiming.NOTHING, TimingSource.SUPER)
    (listed,) = complete_all(options, preset, base_options(), named=["super_timing"])
    assert listed.known_timing is KnownTiming.NOTHING
    assert complete(options, preset, base_options(), named=["seed"]).known_timing.value == source
    off = complete(replace(options, super_timing=False), preset, base_options(), named=["super_timing"])
    assert off.known_timing.value == source


def test_defaults(request_for: Make) -> None:
    assert request_for("starter").known_timing is KnownTiming.AUTO
    assert request_for("v29").known_timing is request_for("v32").known_timing is KnownTiming.NOTHING


def test_filled_values_do_not_count_as_given(request_for: Make, reference: Path) -> None:
    made = request_for(beatmap_path=str(reference))
    assert made.options.bpm is not None and made.known_timing is KnownTiming.NOTHING
    assert request_for(bpm=150).known_timing is KnownTiming.TEMPO
    assert request_for(offset=20).known_timing is KnownTiming.NOTHING
