"""Statistics of super timing: made-up songs, failures, and recorded runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from osuT5.capabilities import VERSIONS
from osuT5.events.event import Event, EventType
from osuT5.timing.beat_walk import Peaks, walk_beats
from osuT5.timing.signature import set_measures
from osuT5.timing.super_timing import SuperTimingError, beats_to_stream, super_timing_stream
from tests.postprocess.reference import events_of
from tests.shared_data import SHARED, cases, load_json, need

BEAT, MEASURE, RED, TIME = EventType.BEAT, EventType.MEASURE, EventType.TIMING_POINT, EventType.TIME_SHIFT


def track(offset: int, jitter: int = 0, count: int = 24) -> list[Event]:
    """Beats every 500 ms from 1000 ms, measures of 4, shifted by ``offset``."""
    events = []
    for index in range(count):
        kind = RED if index == 0 else MEASURE if index % 4 == 0 else BEAT
        shake = (index * 7 % 3 - 1) * jitter
        events += [Event(kind), Event(TIME, 1000 + 500 * index + offset + shake)]
    return events


def test_shifted_tracks_become_one() -> None:
    runs = [(track(offset, jitter=2), offset) for offset in (-700, -20, 0, 333, 900)]
    stream = super_timing_stream(runs, 14000, 0.1, True)
    times = [event.value for event in stream.events if event.type is TIME]
    kinds = [event.type for event in stream.events if event.type is not TIME]
    inner = [(time, kind) for time, kind in zip(times, kinds, strict=True) if 990 <= time <= 12600]
    assert len(inner) == 24
    assert all(abs(time - (1000 + 500 * index)) <= 3 for index, (time, _) in enumerate(inner))
    assert [index for index, (_, kind) in enumerate(inner) if kind in (MEASURE, RED)] == list(range(0, 24, 4))
    assert stream.times == [time for time in times for _ in range(2)]


def test_failures_say_what_is_missing() -> None:
    with pytest.raises(SuperTimingError, match="no beats"):
        super_timing_stream([([], 0)], 10000, 0.1, True)
    beats = [event for index in range(5) for event in (Event(BEAT), Event(TIME, 500 * index))]
    with pytest.raises(SuperTimingError, match="no complete measure"):
        super_timing_stream([(beats, 0)], 10000, 0.1, True)


def test_walk_ends_when_a_peak_would_be_met_for_ever() -> None:
    lone = Peaks(np.array([1000]), np.array([10.0]), np.array([250.0]), np.array([True]))
    assert walk_beats(lone, 3000) == [1000]
    weak = Peaks(np.array([1000]), np.array([0.5]), np.array([60.0]), np.array([False]))
    assert walk_beats(weak, 3000) == [1000, 2000, 0]
    nothing = Peaks(np.array([], dtype=int), np.array([]), np.array([]), np.array([], dtype=bool))
    assert walk_beats(nothing, 3000) == []


def test_types_last_puts_the_time_first() -> None:
    assert beats_to_stream([(5, BEAT)], False).events == [Event(TIME, 5), Event(BEAT)]


def test_measures_follow_the_weights() -> None:
    types = [BEAT] * 9
    set_measures(types, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], 4)
    assert [index for index, kind in enumerate(types) if kind is MEASURE] == [1, 5]
    types = [BEAT, RED, BEAT, BEAT]
    set_measures(types, [0.0, 1.0, 0.0, 0.0], 4)
    assert types[1] is RED


def length_ms(audio: str) -> int:
    name = Path(audio).stem
    for archive in ("decoded_song40.npz", "decoded_16k.npz"):
        arrays = np.load(need(SHARED / "golden" / "audio" / archive))
        if name in arrays.files:
            return len(arrays[name]) * 1000 // 16000
    pytest.skip(f"no decoded audio for {audio}")


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/generation/*super_timing*.json.gz"))
def test_recorded_run(path: Path) -> None:
    case = load_json(path)
    types_first = VERSIONS[Path(case["model"]).name].layout.types_first
    offsets = case["super_timing_audio_offsets"]
    runs = [events_of(call["outputs"][0]["events"]) for call in case["processor_outputs"][: len(offsets)]]
    threshold = case["settings"]["timer_bpm_threshold"]
    stream = super_timing_stream(
        list(zip(runs, offsets, strict=True)), length_ms(case["audio"]), threshold, types_first
    )
    assert stream.events == events_of(case["super_timing_events"]["events"])
    assert stream.times == case["super_timing_events"]["times"]
