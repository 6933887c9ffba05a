"""Batched scoring of cut prompts equals a plain pass over whole ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from osuT5.beatmap import Beatmap, parse_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import DataLayout, GenerationOptions
from osuT5.events.facts import map_conditions
from osuT5.generation.walk import Walk
from osuT5.modding.scoring import Scored, score_map
from osuT5.modding.surprisal import surprisals
from osuT5.modding.walk import scoring_walk
from osuT5.model.checkpoint import load_model
from osuT5.model.modeling import Mapperatorinator
from osuT5.tokenizer import Tokenizer

from .maps import clicks, lines, map_text

V29 = VERSIONS["v29"].layout
SAMPLES = clicks(12.0)


@pytest.fixture(scope="module")
def model(bundle: Path) -> Mapperatorinator:
    return load_model(bundle).model


@pytest.fixture(scope="module")
def tokenizer(bundle: Path) -> Tokenizer:
    return Tokenizer.load(bundle)


def walk_of(tokenizer: Tokenizer, beatmap: Beatmap, layout: DataLayout = V29, lookahead: float = 0.4) -> Walk:
    options = GenerationOptions(lookback=0.5, lookahead=lookahead)
    return scoring_walk(tokenizer, layout, beatmap, map_conditions(beatmap, 2.0), len(SAMPLES), options, Compat())


def values(scored: Scored) -> list[list[float]]:
    return [[-1.0 if score is None else score.surprisal for score in context.scores] for context in scored.contexts]


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_equals_plain_passes_over_whole_windows(model: Mapperatorinator, tokenizer: Tokenizer, mode: int) -> None:
    walk = walk_of(tokenizer, parse_beatmap(map_text(mode)))
    scored = score_map(model, walk, SAMPLES, batch_size=4)
    size = V29.window_samples
    for window, (start, time) in enumerate(zip(walk.windows.starts, walk.windows.times, strict=True)):
        audio = torch.zeros(1, size)
        part = torch.from_numpy(SAMPLES[start : start + size])
        audio[0, : len(part)] = part
        ids = torch.tensor([walk.builder.build(walk.outs, time).ids])  # every event of the window, nothing cut off
        with torch.inference_mode():
            logits = model(frames=audio, decoder_input_ids=ids).logits[0]
        plain = surprisals(logits[:-1], ids[0, 1:].clamp(max=logits.shape[-1] - 1))
        compare(scored, walk, window, time, plain.surprisal, ids[0].tolist(), tokenizer)


def compare(
    scored: Scored, walk: Walk, window: int, time: int, plain: torch.Tensor, ids: list[int], tokenizer: Tokenizer
) -> None:
    """The events that this window scores, found in the whole prompt by the ids around their contexts."""
    first, last = window == 0, window == len(walk.windows) - 1
    low = -1 if first else time + walk.geometry.lookback_ms
    high = 10**9 if last else walk.windows.times[window + 1] + walk.geometry.lookback_ms
    for context in scored.contexts:
        place = ids.index(tokenizer.context_sos[context.kind]) + 1
        for event, at in enumerate(context.stream.times):
            if not time <= at < time + walk.geometry.window_ms:
                continue
            score = context.scores[event]
            if low <= at < high and score is not None:
                assert score.surprisal == pytest.approx(plain[place - 1].item(), abs=2e-3), (context.kind, event)
            place += 1


def test_batches_do_not_matter(model: Mapperatorinator, tokenizer: Tokenizer) -> None:
    walk = walk_of(tokenizer, parse_beatmap(map_text(0)))
    one, many = score_map(model, walk, SAMPLES, batch_size=1), score_map(model, walk, SAMPLES, batch_size=5)
    for first, second in zip(values(one), values(many), strict=True):
        assert first == pytest.approx(second, abs=2e-3)
    assert one.tokens == many.tokens


def test_every_event_has_a_score_and_the_end_is_looked_at(model: Mapperatorinator, tokenizer: Tokenizer) -> None:
    scored = score_map(model, walk_of(tokenizer, parse_beatmap(map_text(3))), SAMPLES)
    assert [context.kind.value for context in scored.contexts] == ["timing", "kiai", "map", "sv"]
    for context in scored.contexts:
        assert all(score is not None for score in context.scores)
        assert context.end is not None
    assert scored.contexts[2].end is not None and scored.contexts[2].end.time == scored.contexts[2].stream.times[-1]
    assert scored.warnings == []


def test_a_part_of_the_map(model: Mapperatorinator, tokenizer: Tokenizer) -> None:
    """Only windows of the part are read; what they score is as in the whole."""
    walk = walk_of(tokenizer, parse_beatmap(map_text(0)))
    whole = score_map(model, walk, SAMPLES)
    part = score_map(model, walk, SAMPLES, start_time=6000, end_time=7000)
    assert part.tokens < whole.tokens / 2
    for all_of, some, context in zip(values(whole), values(part), whole.contexts, strict=True):
        inside = [index for index, time in enumerate(context.stream.times) if 6000 <= time <= 7000]
        assert [some[index] for index in inside] == pytest.approx([all_of[index] for index in inside], abs=2e-3)
    assert all(context.end is None for context in part.contexts)


def test_too_many_tokens_warn(model: Mapperatorinator, tokenizer: Tokenizer) -> None:
    layout = replace(V29, tgt_seq_len=96)
    beatmap = parse_beatmap(map_text(0, lines(0, 24)))
    scored = score_map(model, walk_of(tokenizer, beatmap, layout), SAMPLES)
    assert scored.lost > 0
    assert scored.lost == sum(score is None for context in scored.contexts for score in context.scores)
    assert scored.warnings == [
        f"{scored.lost} events were not scored: their windows hold more tokens than the model can read"
    ]


def test_progress_is_told(model: Mapperatorinator, tokenizer: Tokenizer) -> None:
    told: list[tuple[int, int]] = []
    walk = walk_of(tokenizer, parse_beatmap(map_text(0)))
    score_map(model, walk, SAMPLES, batch_size=3, report=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(walk.windows), len(walk.windows))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
