"""Windows of the sequential loop on scripted ids: each way a window can end, and what the next one sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osuT5.capabilities import VERSIONS
from osuT5.config import GenerationOptions
from osuT5.events.event import ContextType, Event, EventStream, EventType
from osuT5.generation.generate import GenerationResult, generate
from osuT5.generation.progress import ProgressStep
from osuT5.generation.seams import continued, end_ids, events_of, kept_ids, stop_ids
from osuT5.tokenizer import Tokenizer
from osuT5.windows import WindowGeometry

from .scripted import CONDITIONS, Script, ids_of, side

V29, V32 = VERSIONS["v29"].layout, VERSIONS["v32"].layout
TOKENIZER = Tokenizer.build(V29)
LENGTHS = WindowGeometry(V29.window_samples, V29.sample_rate, 0.5, 0.4, V29.max_time_shift)
TIMING, MAP, KIAI = ContextType.TIMING, ContextType.MAP, ContextType.KIAI
BEAT, CIRCLE = EventType.BEAT, EventType.CIRCLE
TWO_WINDOWS = V29.window_samples + LENGTHS.stride


def kept(*words: object, back: bool = True, ahead: bool = True, kind: ContextType = TIMING) -> list[int]:
    return kept_ids(ids_of(TOKENIZER, *words), TOKENIZER, LENGTHS, kind, back, ahead, types_first=True)


def test_stop_ids():
    eos, closing = TOKENIZER.eos_id, TOKENIZER.context_eos[TIMING]
    assert stop_ids(TOKENIZER, LENGTHS, TIMING, False, False) == {eos, closing}
    back = stop_ids(TOKENIZER, LENGTHS, TIMING, True, False) - {eos, closing}
    assert back == set(ids_of(TOKENIZER, *range(409)))
    ahead = stop_ids(TOKENIZER, LENGTHS, TIMING, False, True) - {eos, closing}
    assert ahead == set(ids_of(TOKENIZER, *range(492, 819)))
    assert end_ids(Tokenizer.build(VERSIONS["v30"].layout), MAP) == {2}


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ((BEAT, 450, TIMING), (BEAT, 450)),  # its closing id
        ((BEAT, 450, TIMING, TIMING), (BEAT, 450)),
        ((BEAT, 450, MAP), (BEAT, 450, MAP)),  # another context's closing id stays, and decodes to nothing
        ((BEAT, 450, BEAT, 492), (BEAT, 450)),  # look-ahead stop: the type goes too
        ((BEAT, 450, BEAT, 491), (BEAT, 450)),  # removed though no stop id
        ((BEAT, 450, BEAT, 490), (BEAT, 450, BEAT, 490)),
        ((BEAT, 450, BEAT, 500, TIMING), (BEAT, 450)),  # whatever ended decoding
        ((BEAT, 408), ()),  # look-back stop at once: nothing to add
        ((BEAT, 409), (BEAT, 409)),
        ((408,), ()),
        ((BEAT, 450, BEAT), (BEAT, 450, BEAT)),  # out of length inside a group
        ((), ()),
    ],
)
def test_kept_ids(words, result):
    assert kept(*words) == ids_of(TOKENIZER, *result)


def test_seams_do_not_bind_the_first_and_the_last_window():
    assert kept(BEAT, 100, back=False) == ids_of(TOKENIZER, BEAT, 100)
    assert kept(BEAT, 800, ahead=False) == ids_of(TOKENIZER, BEAT, 800)


def test_types_last_drop_the_time_alone():
    tokenizer = Tokenizer.build(V32)
    lengths = WindowGeometry(V32.window_samples, V32.sample_rate, 0.5, 0.4, V32.max_time_shift)
    ids = ids_of(tokenizer, 900, CIRCLE, 982)
    assert kept_ids(ids, tokenizer, lengths, MAP, True, True, types_first=False) == ids[:2]


def test_eos_ends_the_events_and_unknown_ids_are_skipped():
    ids = [*ids_of(TOKENIZER, BEAT, 10, KIAI), TOKENIZER.sos_id, *ids_of(TOKENIZER, BEAT, 20), TOKENIZER.eos_id]
    events = events_of([*ids, *ids_of(TOKENIZER, BEAT, 30)], TOKENIZER, 1000)
    assert events == [
        Event(BEAT),
        Event(EventType.TIME_SHIFT, 1105),
        Event(BEAT),
        Event(EventType.TIME_SHIFT, 1205),
    ]


def test_times_encode_to_the_same_steps():
    for start in (0, 818, 1636):
        for step in (0, 1, 408, 818):
            (event,) = events_of(ids_of(TOKENIZER, step), TOKENIZER, start)
            assert int((event.value - start) / 10) == step


def test_anchor_times_between_their_neighbours():
    head, bezier, last = EventType.SLIDER_HEAD, EventType.BEZIER_ANCHOR, EventType.LAST_ANCHOR
    first = [Event(head), Event(EventType.TIME_SHIFT, 1000), Event(bezier), Event(bezier), Event(last)]
    stream = continued(EventStream(), [*first, Event(EventType.TIME_SHIFT, 1600)], 8184.0, types_first=True)
    assert stream.times == [1000, 1000, 1200, 1400, 1600, 1600]


def run(answers: list[list[int]], samples: int = TWO_WINDOWS, **options: object) -> tuple[GenerationResult, Script]:
    script = Script(answers)
    wanted = GenerationOptions(output_type=("timing",), timing_leniency=3, **options)  # type: ignore[arg-type]
    song = np.zeros(samples, dtype=np.float32)
    return generate(song, side("v29", script), CONDITIONS, wanted, rng=np.random.RandomState(0)), script


def test_a_window_continues_the_one_before():
    result, script = run(
        [ids_of(TOKENIZER, BEAT, 0, BEAT, 450, BEAT, 495), ids_of(TOKENIZER, BEAT, 420, BEAT, 700, TIMING)]
    )
    assert result.stream.times == [5, 5, 4505, 4505, 5023, 5023, 7823, 7823]
    first, second = script.requests
    assert (first.lookback_ms, second.lookback_ms) == (0, 4092.0)
    assert first.prompts[0][-1] == TOKENIZER.context_sos[TIMING]
    # Only the beat at 4505 lies in the second window (818 to 9002 ms).
    assert second.prompts[0][-3:] == [TOKENIZER.context_sos[TIMING], *ids_of(TOKENIZER, BEAT, 368)]
    assert (first.max_length, first.pad_to) == (2048, 0)
    assert second.stop_ids == stop_ids(TOKENIZER, LENGTHS, TIMING, True, False)


def test_events_beyond_the_keep_limit_are_left_to_the_next_window():
    # 491 steps are 4915 ms, beyond 4910.4; a closing id behind it does not save it.
    result, script = run(
        [ids_of(TOKENIZER, BEAT, 480, BEAT, 490, BEAT, 600, BEAT, 400, TIMING), ids_of(TOKENIZER, TIMING)]
    )
    # The scan from the end stops at the beat at 4005, so the one at 6005 stays before it.
    assert result.stream.times == [4805, 4805, 4905, 4905, 6005, 6005, 4005, 4005]
    assert script.requests[1].prompts[0][-1] in ids_of(TOKENIZER, 318)


def test_a_slider_is_cut_between_its_anchors():
    head, bezier, last = EventType.SLIDER_HEAD, EventType.BEZIER_ANCHOR, EventType.LAST_ANCHOR
    nothing = [[TOKENIZER.context_eos[kind]] * 1 for kind in (TIMING, TIMING, KIAI, KIAI)]
    script = Script([*nothing, ids_of(TOKENIZER, head, 400, bezier, bezier, last, 600, last), ids_of(TOKENIZER, MAP)])
    options = GenerationOptions(in_context=("none",), output_type=("kiai", "map"), timing_leniency=3)
    song = np.zeros(TWO_WINDOWS, dtype=np.float32)
    result = generate(song, side("v29", script), CONDITIONS, options, rng=np.random.RandomState(0))
    # Anchors at 4671 and 5338 ms, the last one at 6005: the keep limit of 4910.4 lies between the first two.
    assert [event.type for event in result.stream.events] == [head, EventType.TIME_SHIFT, bezier]


def test_limits_cut_the_result():
    answers = [ids_of(TOKENIZER, BEAT, 0, BEAT, 99, BEAT, 100, BEAT, 200, BEAT, 201, BEAT, 300)]
    result, _ = run(answers, samples=1000, start_time=1004, end_time=2005)
    assert result.stream.times == [995, 995, 1005, 1005, 2005, 2005, 2015, 2015]


def test_no_lookback_and_no_lookahead():
    result, script = run(
        [ids_of(TOKENIZER, BEAT, 817), ids_of(TOKENIZER, BEAT, 0)],
        samples=2 * V29.window_samples,
        lookback=0.0,
        lookahead=0.0,
    )
    assert result.stream.times == [8175, 8175, 8189, 8189]
    assert [request.lookback_ms for request in script.requests] == [0, 0]
    assert script.requests[0].stop_ids == {TOKENIZER.eos_id, TOKENIZER.context_eos[TIMING]}


def test_progress_and_cancelling():
    steps: list[ProgressStep] = []

    def watch(step: ProgressStep) -> None:
        steps.append(step)
        if step.done == 1:
            raise KeyboardInterrupt

    script = Script([ids_of(TOKENIZER, BEAT, 0, TIMING)])
    options = GenerationOptions(output_type=("timing",))
    with pytest.raises(KeyboardInterrupt):
        song = np.zeros(TWO_WINDOWS, dtype=np.float32)
        generate(song, side("v29", script), CONDITIONS, options, rng=np.random.RandomState(0), progress=watch)
    assert [(step.context, step.done, step.total, step.tokens) for step in steps] == [
        ("timing", 0, 2, 0),
        ("timing", 1, 2, 3),
    ]


def test_guidance_asks_for_both_prompts():
    options = GenerationOptions(output_type=("timing",))
    options = replace(options, sampling=replace(options.sampling, cfg_scale=2.0))
    script = Script([ids_of(TOKENIZER, TIMING)])
    conditions = replace(CONDITIONS, mapper_id=1, negative_descriptors=[])
    generate(np.zeros(100, dtype=np.float32), side("v29", script), conditions, options, rng=np.random.RandomState(0))
    (request,) = script.requests
    assert request.negative_prompts is not None
    assert len(request.negative_prompts[0]) == len(request.prompts[0])
