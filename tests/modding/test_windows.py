"""Every event is scored once, whatever the song's length, and where the prompt says it is (spec 06 sections 1.3 and 11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osuT5.beatmap import parse_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Conditions, DataLayout, GenerationOptions
from osuT5.events.facts import map_conditions
from osuT5.generation.walk import Walk
from osuT5.modding.walk import scoring_walk
from osuT5.modding.windows import EventTimes, ScoringPrompts
from osuT5.tokenizer import Tokenizer

from .maps import lines, map_text

VERSIONS_AND_MODES = [("v29", 0), ("v29", 3), ("v30", 0), ("v31", 1), ("v32", 2), ("v32", 3), ("starter", 0)]


def walk_of(layout: DataLayout, mode: int, samples: int, objects: list[str] | None = None) -> Walk:
    beatmap = parse_beatmap(map_text(mode, objects))
    conditions: Conditions = map_conditions(beatmap, 3.0)
    tokenizer = Tokenizer.build(layout)
    return scoring_walk(tokenizer, layout, beatmap, conditions, samples, GenerationOptions(), Compat())


def prompts_of(walk: Walk) -> ScoringPrompts:
    return ScoringPrompts(walk.builder, walk.outs, walk.windows, walk.geometry)


def lengths(layout: DataLayout) -> list[int]:
    """Audio lengths in samples: within one window, one window, whole strides more, one hop more."""
    window, stride = layout.window_samples, int(layout.window_samples * (1 - 0.5 - 0.4))
    return [window // 2, window, window + 3 * stride, window + 3 * stride + layout.hop_length]


@pytest.mark.parametrize(("version", "mode"), VERSIONS_AND_MODES)
@pytest.mark.parametrize("case", range(4))
def test_each_event_is_scored_once(version: str, mode: int, case: int) -> None:
    layout = VERSIONS[version].layout
    samples = lengths(layout)[case]
    walk = walk_of(layout, mode, samples)
    prompts = prompts_of(walk)
    end = walk.windows.times[-1] + walk.geometry.window_ms
    counts = [[0] * len(out.stream) for out in walk.outs]
    for window in range(len(walk.windows)):
        for count, span in zip(counts, prompts.prompt(window).spans, strict=True):
            for event in range(span.scored_start, span.scored_stop):
                count[event] += 1
    for count, out in zip(counts, walk.outs, strict=True):
        assert count == [int(time < end) for time in out.stream.times]
    assert any(1 in count for count in counts)


@pytest.mark.parametrize(("version", "mode"), VERSIONS_AND_MODES)
def test_spans_point_at_their_ids(version: str, mode: int) -> None:
    layout = VERSIONS[version].layout
    walk = walk_of(layout, mode, layout.window_samples + 40_000)
    tokenizer = walk.builder.tokenizer
    for window in range(len(walk.windows)):
        prompt = prompts_of(walk).prompt(window)
        for out, span in zip(walk.outs, prompt.spans, strict=True):
            shown = prompt.ids[span.position : span.position + span.size]
            for token, event in zip(shown, out.stream.events[span.start : span.stop], strict=True):
                assert tokenizer.decode(token).type == event.type
            if layout.add_out_context_types:
                assert prompt.ids[span.position - 1] == tokenizer.context_sos[out.kind]


def test_scored_events_have_past_and_future() -> None:
    """Half a window of past, except in the first one, and 40 % of future, except in the last one."""
    layout = VERSIONS["v32"].layout
    walk = walk_of(layout, 0, layout.window_samples * 2, lines(0, 60))
    window_ms = walk.geometry.window_ms
    for window in range(1, len(walk.windows) - 1):
        prompt = prompts_of(walk).prompt(window)
        for out, span in zip(walk.outs, prompt.spans, strict=True):
            for time in out.stream.times[span.scored_start : span.scored_stop]:
                assert 0.5 * window_ms - 1 <= time - prompt.time < 0.6 * window_ms + 1


def test_last_context_ends_with_what_is_scored() -> None:
    """What comes later cannot change the scores of the last context, so it is not read."""
    layout = VERSIONS["v32"].layout
    walk = walk_of(layout, 0, layout.window_samples * 2, lines(0, 60))
    first = prompts_of(walk).prompt(0)
    assert first.spans[-1].stop == first.spans[-1].scored_stop < len(walk.outs[-1].stream)
    assert not first.spans[-1].whole
    assert prompts_of(walk).prompt(len(walk.windows) - 1).spans[-1].whole


def test_too_long_prompts_keep_their_tail() -> None:
    layout = replace(VERSIONS["v32"].layout, tgt_seq_len=120)
    walk = walk_of(layout, 0, layout.window_samples, lines(0, 30))
    prompt = prompts_of(walk).prompt(0)
    assert len(prompt.ids) == 119
    timing, objects = prompt.spans
    assert timing.start == timing.before == 0  # the beats stay
    assert objects.lost == objects.start - objects.scored_start > 0
    last = walk.outs[1].stream.events[objects.stop - 1]
    assert walk.builder.tokenizer.decode(prompt.ids[-1]).type == last.type


def test_border_is_behind_the_last_earlier_event() -> None:
    times = EventTimes([0, 10, 30, 20, 40])  # not in order
    assert [times.border(time) for time in (-1, 0, 1, 10, 15, 25, 35, 99)] == [0, 0, 1, 1, 2, 4, 4, 5]
    assert EventTimes([]).border(5) == 0
