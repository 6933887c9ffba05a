"""The engine on the debug model: batches equal single rows, guidance, beams, limits, reuse of the encoder, giving up."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Sampling
from osuT5.events.event import EventType
from osuT5.generation import batch
from osuT5.generation.decode import Guidance, pad_left
from osuT5.generation.encoded import EncodedWindows
from osuT5.generation.engine import AllowedTimes, DecodeRequest, RowConditions
from osuT5.generation.model_engine import Cancelled, ModelEngine
from osuT5.generation.rules import build_rules
from osuT5.model.debug import build_debug_model
from osuT5.model.modeling import Mapperatorinator
from osuT5.tokenizer import Tokenizer
from tests.model.tiny import FAMILIES, SAMPLES, audio, tiny_model

LAYOUT = VERSIONS["v29"].layout
WINDOWS = 3
GREEDY = Sampling(do_sample=False)


@lru_cache(maxsize=1)
def debug() -> tuple[Mapperatorinator, Tokenizer]:
    """The debug model with layers that do something, so that audio, masks and order matter."""
    model, tokenizer = build_debug_model(LAYOUT, seed=3)
    torch.manual_seed(4)
    with torch.no_grad():
        for layer in model.decoder.layers:
            for part in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
                part.weight.add_(torch.randn_like(part.weight) * 0.2)
        output = model.transformer.proj_out.weight
        output.add_(torch.randn_like(output))  # the grammar gives all impossible ids the same score
    return model, tokenizer


def engine(**options: Any) -> ModelEngine:
    model, tokenizer = debug()
    samples = np.random.RandomState(0).randn(LAYOUT.window_samples * WINDOWS).astype(np.float32)
    starts = [index * LAYOUT.window_samples for index in range(WINDOWS)]
    return ModelEngine(model, tokenizer, LAYOUT, samples, starts, **options)


def prompt(mode: int, length: int = 0, context: int = 9) -> list[int]:
    _, tokenizer = debug()
    first = tokenizer.event_start[EventType.TIME_SHIFT]
    body = [token for index in range(length) for token in (3655, first + 20 * index)]
    return [tokenizer.event_start[EventType.GAMEMODE] + mode, 1, 5, *body, 6, context]


def request(rows: int = 3, **changes: Any) -> DecodeRequest:
    given = DecodeRequest(
        windows=list(range(rows)),
        prompts=[prompt(mode, length) for mode, length in zip(range(rows), (4, 0, 9), strict=False)],
        negative_prompts=None,
        conditions=[RowConditions()] * rows,
        sampling=GREEDY,
        stop_ids=frozenset({2, 10}),
        lookback_ms=0,
        max_length=60,
    )
    return replace(given, **changes)


def single(whole: DecodeRequest, row: int) -> DecodeRequest:
    negative = whole.negative_prompts
    return replace(
        whole,
        windows=[whole.windows[row]],
        prompts=[whole.prompts[row]],
        negative_prompts=None if negative is None else [negative[row]],
        conditions=[whole.conditions[row]],
    )


NEGATIVE = [prompt(3, 2), prompt(2, 6), prompt(1)]
VARIANTS = {
    "greedy": {},
    "guided": {"sampling": replace(GREEDY, cfg_scale=2.0), "negative_prompts": NEGATIVE},
    "lookback": {"lookback_ms": 1500.0, "stop_ids": frozenset({2, 10, *range(17, 167)})},
    "beams": {"sampling": replace(GREEDY, num_beams=3)},
    "guided beams": {"sampling": replace(GREEDY, num_beams=2, cfg_scale=1.5), "negative_prompts": NEGATIVE},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_batch_equals_single_rows(variant: str) -> None:
    whole = request(**VARIANTS[variant])
    together = engine().decode(whole)
    alone = [engine().decode(single(whole, row))[0] for row in range(3)]
    assert together == alone
    assert len({tuple(row) for row in together}) == 3


def test_padding_a_prompt_further_changes_nothing() -> None:
    assert engine().decode(request(pad_to=40)) == engine().decode(request())


def test_one_engine_serves_call_after_call() -> None:
    used = engine()
    first = [used.decode(request()) for _ in range(2)]
    assert first[0] == first[1] == engine().decode(request())
    assert used.statistics.calls == 2 and used.statistics.rows == 6
    assert used.statistics.tokens == 2 * sum(len(row) for row in first[0])


def test_rows_end_with_a_stop_id_or_at_their_own_limit() -> None:
    whole = request(stop_ids=frozenset({2, 10, 3650}), max_length=40)
    for ids, given in zip(engine().decode(whole), whole.prompts, strict=True):
        assert ids[-1] in whole.stop_ids or len(given) + len(ids) == 40
        assert not set(ids[:-1]) & whole.stop_ids


def test_published_limit_counts_padding() -> None:
    whole = request(stop_ids=frozenset(), max_length=40)
    longest = max(len(given) for given in whole.prompts)
    assert [len(ids) for ids in engine().decode(whole)] == [40 - len(given) for given in whole.prompts]
    assert {len(ids) for ids in engine(compat=Compat("published")).decode(whole)} == {40 - longest}


def test_a_prompt_at_the_limit_gives_nothing() -> None:
    whole = request(max_length=len(prompt(0, 4)))
    found = engine().decode(whole)
    assert found[0] == [] and found[1] and found[2] == []
    beams = engine().decode(single(replace(whole, sampling=replace(GREEDY, num_beams=2)), 0))
    assert beams == [[]]


def test_guidance_by_hand() -> None:
    scores = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    assert Guidance(3.0).combine(scores).tolist() == [[-2.0, 6.0]]
    assert Guidance(3.0, reversed=True).combine(scores).tolist() == [[3.0, -4.0]]
    assert Guidance(1.0).combine(scores[:, 1:]).tolist() == [[0.0, 2.0]]


def test_guidance_towards_itself_is_no_guidance() -> None:
    whole = request()
    guided = replace(whole, sampling=replace(GREEDY, cfg_scale=4.0), negative_prompts=whole.prompts)
    assert engine().decode(guided) == engine().decode(whole)


def test_sampling_follows_the_generator() -> None:
    whole = request(sampling=Sampling())
    runs = [engine(generator=torch.Generator().manual_seed(seed)).decode(whole) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_windows_are_encoded_once() -> None:
    used = engine()
    for _ in range(2):
        used.decode(request())
        for row in range(3):
            used.decode(single(request(), row))
    assert used.windows.encoded == WINDOWS


def test_a_small_budget_only_costs_time() -> None:
    used = engine()
    used.windows = EncodedWindows(
        used.model, used.windows.samples, used.windows.starts, LAYOUT.window_samples, budget=0
    )
    assert used.decode(request()) == engine().decode(request())
    used.decode(request())
    assert not used.windows._states and not used.windows._cross


def test_conditions_are_part_of_what_is_remembered() -> None:
    model = tiny_model(FAMILIES[1], do_difficulty_embed=True, cond_dim=8, cond_size=8)
    windows = EncodedWindows(model, audio()[0].numpy(), [0], SAMPLES)
    with torch.inference_mode():
        easy, hard, again = (windows.states(0, RowConditions(difficulty=stars)) for stars in (2.0, 7.0, 2.0))
    assert windows.encoded == 2 and torch.equal(easy, again) and not torch.allclose(easy, hard)


def test_audio_that_ends_early_is_named() -> None:
    windows = EncodedWindows(tiny_model(FAMILIES[1]), audio()[0].numpy(), [10], SAMPLES)
    with pytest.raises(ValueError, match="window 0: audio ends 10 samples early"):
        windows.states(0, RowConditions())


def test_giving_up() -> None:
    seen: list[int] = []
    used = engine(on_tokens=seen.append, should_stop=lambda: len(seen) == 4)
    with pytest.raises(Cancelled):
        used.decode(request())
    assert seen == [3, 3, 3, 3]
    used.should_stop = None
    assert used.decode(request()) == engine().decode(request())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"windows": []}, "0 windows"),
        ({"prompts": [[1]]}, "1 prompts"),
        ({"prompts": [[1], [], [1]]}, "a prompt is empty"),
        ({"sampling": replace(GREEDY, cfg_scale=2.0)}, "negative prompt"),
    ],
)
def test_contradictory_requests(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        engine().decode(request(**changes))


def test_left_padding() -> None:
    assert pad_left([[5, 6], [7]], 3, torch.device("cpu")).tolist() == [[0, 5, 6], [0, 0, 7]]


def test_the_rules_learn_the_times_of_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def build(*arguments: Any, times: Any, **options: Any) -> Any:
        given.append(times)
        return build_rules(*arguments, **options)

    monkeypatch.setattr(batch, "build_rules", build)
    times = [AllowedTimes((0, 37, 74), (1, 2, 1)), None, None]
    engine().decode(request(times=times))
    assert given == [times]
