"""Properties of whole runs with a deterministic writer: saving and going on, batches, shifted songs, supplied timing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from osuT5.beatmap import parse_beatmap
from osuT5.beatmap.timing_lines import TimingLine
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import GenerationOptions
from osuT5.events.event import EventStream, EventType
from osuT5.generation.generate import GenerationResult, generate
from osuT5.generation.passes import ModelSide
from osuT5.generation.state import GenerationState
from osuT5.generation.super_timing import draw_offsets
from osuT5.generation.templates import TemplateError

from .replay import pairs
from .scripted import CONDITIONS, Writer

V29 = VERSIONS["v29"].layout
SONG = np.ones(16000 * 20, dtype=np.float32)
MAPS = ("timing", "kiai", "map")


def run(
    writer: Writer, samples: np.ndarray = SONG, more: dict[str, Any] | None = None, **options: Any
) -> GenerationResult:
    wanted = GenerationOptions(**{"output_type": MAPS, "lookback": 0.3, "lookahead": 0.2, **options})
    model = ModelSide(writer.tokenizer, writer.layout, writer)
    rng = np.random.RandomState(1)
    return generate(samples, model, CONDITIONS, wanted, **{"rng": rng, **(more or {})})


def same(first: GenerationResult, second: GenerationResult) -> None:
    assert pairs(first.stream) == pairs(second.stream)
    assert first.stream.times == second.stream.times
    assert [(line.offset_us, line.beat_length) for line in first.timing or []] == [
        (line.offset_us, line.beat_length) for line in second.timing or []
    ]


@pytest.mark.parametrize(
    "options",
    [{}, {"parallel": True, "max_batch_size": 1}, {"super_timing": True, "timer_iterations": 3, "max_batch_size": 2}],
)
def test_a_saved_run_goes_on_to_the_same_result(options):
    saved: list[str] = []
    whole_rows = bool(options)
    whole = run(
        Writer(V29, whole_rows), more={"save": lambda state: saved.append(json.dumps(state.to_dict()))}, **options
    )
    assert len(whole.stream) > 20
    assert len(saved) > 5
    for text in saved[:: max(1, len(saved) // 7)]:
        state = GenerationState.from_dict(json.loads(text))
        same(run(Writer(V29, whole_rows), more={"state": state}, **options), whole)


def test_what_is_no_state_is_refused():
    with pytest.raises(ValueError, match="not a saved generation"):
        GenerationState.from_dict({"stage": "main"})


@pytest.mark.parametrize("options", [{"parallel": True}, {"super_timing": True, "timer_iterations": 3}])
def test_batches_do_not_change_the_result(options):
    one, many = Writer(V29, whole_rows=True), Writer(V29, whole_rows=True)
    same(run(one, max_batch_size=1, **options), run(many, max_batch_size=8, **options))
    assert set(one.batches) == {1}
    assert max(many.batches) > 1


def test_iterations_share_batches():
    writer = Writer(V29, whole_rows=True)
    joint = run(writer, output_type=("timing",), super_timing=True, timer_iterations=4, max_batch_size=16)
    one_by_one = Writer(V29, whole_rows=True)
    published = {"compat": Compat({"super_timing_iterations": "published"})}
    same(run(one_by_one, more=published, output_type=("timing",), super_timing=True, timer_iterations=4), joint)
    assert len(writer.batches) == 1
    assert len(one_by_one.batches) == 4
    assert sum(writer.batches) == sum(one_by_one.batches)


def test_shifted_songs_read_outside_the_song():
    writer = Writer(V29, whole_rows=True)
    run(writer, output_type=("timing",), super_timing=True, timer_iterations=6, max_batch_size=64)
    offsets = draw_offsets(np.random.RandomState(1), V29.window_ms, 6)
    assert min(offsets) < 0 < max(offsets)
    (starts,) = writer.starts
    # Silence goes before the song for the earliest window; each iteration starts at its own offset.
    silence = max(offsets) * 16
    assert {silence - offset * 16 for offset in offsets} <= set(starts)
    assert min(starts) == 0


def test_super_timing_without_beats_says_so():
    class Silent(Writer):
        def row(self, start, prompt):
            return [self.tokenizer.eos_id]

    with pytest.raises(ValueError, match="no beats found"):
        run(Silent(V29), super_timing=True, timer_iterations=2)


def test_limits_of_shifted_songs():
    """Corrected: the limits mean the song, so every iteration decodes the windows around them."""
    writer = Writer(V29, whole_rows=True)
    options = {
        "output_type": ("timing",),
        "super_timing": True,
        "timer_iterations": 6,
        "start_time": 9000,
        "end_time": 12000,
    }
    result = run(writer, max_batch_size=64, **options)
    for (_, written), offset in zip(
        result.passes, draw_offsets(np.random.RandomState(1), V29.window_ms, 6), strict=True
    ):
        for times in (stream.times for stream in written.streams.values()):
            assert all(9000 - 10 <= time - offset <= 12000 + 10 for time in times)


def test_given_timing_takes_the_place_of_a_timing_pass():
    lines = [TimingLine(500_000, 400.0)]
    result = run(Writer(V29), more={"timing": lines}, super_timing=True)
    assert result.timing == lines
    assert [name for name, _ in result.passes] == ["main"]
    only = run(Writer(V29), more={"timing": lines}, output_type=("timing",))
    assert only.stream.times[:4] == [500, 500, 900, 900]
    assert not only.passes


def test_another_model_writes_the_timing():
    main, base = Writer(V29), Writer(V29)
    more = {"timing_model": ModelSide(base.tokenizer, base.layout, base)}
    same(run(main, more=more), run(Writer(V29)))
    assert len(base.batches) * 2 == len(main.batches)  # TIMING there; KIAI and MAP here
    assert len(main.starts) == len(base.starts) == 1


def test_passes_share_the_encoder():
    writer = Writer(V29)
    run(writer)
    assert len(writer.starts) == 1


MAP = """osu file format v14

[General]
Mode: 0
[Difficulty]
SliderMultiplier:1.4
[TimingPoints]
0,500,4,2,0,60,1,0
[HitObjects]
256,192,1000,1,0,0:0:0:0:
128,96,9400,1,0,0:0:0:0:
64,64,12000,1,0,0:0:0:0:
100,100,19000,1,0,0:0:0:0:
"""


def circles(stream: EventStream) -> list[int]:
    return [time for event, time in zip(stream.events, stream.times, strict=True) if event.type == EventType.CIRCLE]


def test_a_part_of_a_map_is_made_anew():
    more = {"reference": parse_beatmap(MAP), "reference_conditions": CONDITIONS}
    options = {"in_context": ("timing",), "output_type": ("map",), "start_time": 9000, "end_time": 11000}
    result = run(Writer(V29), more=more, add_to_beatmap=True, **options)
    times = circles(result.stream)
    assert times[0] == 1000
    assert times[-2:] == [12000, 19000]
    assert all(8990 <= time <= 11010 for time in times[1:-2])


def test_remapping_needs_a_map():
    writer = Writer(V29)
    for options in ({"in_context": ("timing",)}, {"in_context": ("none", "kiai")}, {"in_context": ("gd",)}):
        with pytest.raises(TemplateError, match="give beatmap_path"):
            run(writer, **options)
    with pytest.raises(TemplateError, match=r"add_to_beatmap: \[KIAI,MAP\] would be read"):
        run(writer, add_to_beatmap=True, start_time=1000)
    assert not writer.starts  # before any model work


@pytest.mark.parametrize("choice", ["published", "corrected"])
def test_given_contexts_in_parallel(choice):
    writer = Writer(V29, whole_rows=True)
    more = {
        "reference": parse_beatmap(MAP),
        "reference_conditions": CONDITIONS,
        "compat": Compat({"parallel_given_contexts": choice}),
    }
    result = run(writer, more=more, parallel=True, in_context=("timing",), output_type=("timing", "map"))
    beats = [event for event in result.contexts["timing"].events if event.type == EventType.TIMING_POINT]
    assert (len(beats) == 1) == (choice == "corrected")


def test_guidance_needs_two_rows_a_window():
    writer = Writer(V29, whole_rows=True)
    sampling = replace(GenerationOptions().sampling, cfg_scale=2.0, num_beams=2)
    run(writer, output_type=("timing",), parallel=True, max_batch_size=8, sampling=sampling)
    assert writer.batches == [2, 1]


def test_red_lines_of_a_missing_map():
    v30 = VERSIONS["v30"].layout
    with pytest.raises(TemplateError, match=r"\[TIMING\] would be read from a reference map"):
        run(Writer(v30), in_context=("timing",), output_type=("map",))


def test_going_on_leaves_the_random_numbers_as_they_were():
    saved: list[GenerationState] = []
    options = {"super_timing": True, "timer_iterations": 3}
    whole, resumed = np.random.RandomState(5), np.random.RandomState(5)
    first = run(Writer(V29, whole_rows=True), more={"rng": whole, "save": saved.append}, **options)
    assert saved[-1].stage == "main"
    again = run(Writer(V29, whole_rows=True), more={"rng": resumed, "state": saved[-1]}, **options)
    assert whole.randint(10**6) == resumed.randint(10**6)
    assert again.stats["timing"].tokens == first.stats["timing"].tokens > 0
