"""Whole runs of the loop on recorded ids: every prompt, setting, event, time and red line of golden/generation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.compat import Compat
from osuT5.generation.generate import GenerationResult, generate
from osuT5.generation.plan import TimingSource
from osuT5.postprocess.resnap import Resnapper

from ..shared_data import cases, load_json
from .replay import Replay, pairs, replay

FITTED = (TimingSource.SUPER, TimingSource.PASS, TimingSource.MAIN)


def run(given: Replay) -> GenerationResult:
    return generate(
        given.samples,
        given.side,
        given.conditions,
        given.options,
        rng=np.random.RandomState(0),
        reference=given.reference,
        reference_conditions=given.reference_conditions,
        compat=Compat("published"),
    )


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/generation/*.json.gz"))
def test_replay(path):
    given = replay(load_json(path))
    if "raises" in given.record:
        with pytest.raises(ValueError):
            run(given)
        return
    result = run(given)
    assert given.engine.done == len(given.record["model_calls"])
    compare_passes(result, given.record["processor_outputs"])
    compare_timing(result, given.record["generated_timing"])
    compare_final(result, given)


def compare_passes(result: GenerationResult, recorded: list[dict[str, Any]]) -> None:
    assert len(result.passes) == len(recorded)
    for (_, written), wanted in zip(result.passes, recorded, strict=True):
        streams = list(written.streams.values())
        assert len(streams) == len(wanted["outputs"])
        for stream, output in zip(streams, wanted["outputs"], strict=True):
            assert pairs(stream) == output["events"]
            assert stream.times == output["times"]


def compare_timing(result: GenerationResult, recorded: list[list[dict[str, Any]]]) -> None:
    """The record has one list a call of the red-line fitting."""
    if not recorded:
        assert result.plan.timing not in FITTED
        return
    assert result.plan.timing in FITTED
    assert line_fields(result.timing or []) == [
        (
            pytest.approx(line["offset_ms"], abs=1e-6),
            pytest.approx(line["ms_per_beat"], rel=1e-12),
            *(line[name] for name in ("meter", "sample_type", "sample_set", "volume", "inherited", "kiai")),
        )
        for line in recorded[-1]
    ]


def line_fields(lines: Sequence[TimingLine]) -> list[tuple[Any, ...]]:
    return [
        (
            line.offset_ms,
            line.beat_length,
            line.meter,
            line.sample_set,
            line.sample_index,
            line.volume,
            line.parent is not None,
            line.kiai,
        )
        for line in lines
    ]


def compare_final(result: GenerationResult, given: Replay) -> None:
    events = result.stream.events
    if given.record["settings"]["resnap_events"] and result.plan.main_choice is not None and result.timing is not None:
        events = Resnapper(result.timing).apply(events)
    assert [[event.type.value, event.value] for event in events] == given.record["final_events"]


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/generation/*super_timing*.json.gz"))
def test_super_timing_offsets(path):
    record = load_json(path)
    saved = []
    given = replay(record)
    generate(
        given.samples,
        given.side,
        given.conditions,
        given.options,
        rng=np.random.RandomState(0),
        compat=Compat("published"),
        save=saved.append,
    )
    assert list(saved[0].offsets) == record["super_timing_audio_offsets"]
    timing_events = saved[-1].timing_events
    assert pairs(timing_events) == record["super_timing_events"]["events"]
    assert timing_events.times == record["super_timing_events"]["times"]
