"""Beam search against trying every sequence, and its bookkeeping by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from osuT5.config import Sampling
from osuT5.generation.beam import Beams, decode_beams
from osuT5.generation.decode import Guidance, Stepper, decode_rows
from osuT5.model.modeling import Mapperatorinator
from tests.model.tiny import FAMILIES, VOCABULARY, audio, tiny_model

GREEDY = Sampling(do_sample=False)
PROMPT = [1, 7, 33]


def search(
    model: Mapperatorinator, beams: int, new: int, stops: Sequence[int] = (), sampling: Sampling = GREEDY
) -> list[int]:
    stop = torch.zeros(VOCABULARY + 10, dtype=torch.bool)
    stop[list(stops)] = True
    run = decode_beams if beams > 1 else decode_rows
    with torch.inference_mode():
        cross = model.decoder.cross_keys_values(model.encode(audio()))
        return run(
            Stepper(model, model.new_cache(), Guidance()),
            cross,
            torch.tensor([PROMPT]),
            None,
            [],
            replace(sampling, num_beams=beams),
            stop,
            torch.tensor([new]),
            torch.Generator().manual_seed(0),
        )[0]


@torch.no_grad()
def chances(model: Mapperatorinator, rows: Tensor) -> Tensor:
    """Log chance of each new id of rows (n, new) after the prompt, by the dense pass."""
    states = model.encode(audio()).expand(rows.shape[0], -1, -1)
    whole = torch.cat((torch.tensor([PROMPT]).expand(rows.shape[0], -1), rows), 1)
    logits = model(encoder_outputs=(states,), decoder_input_ids=whole).logits
    log = logits[:, len(PROMPT) - 1 : -1].log_softmax(-1)
    return log.gather(-1, rows.unsqueeze(-1)).squeeze(-1)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("stop", [None, "likely"])
def test_full_width_finds_the_best_of_all_sequences(family: str, stop: str | None) -> None:
    model = tiny_model(family)
    every = torch.cartesian_prod(torch.arange(VOCABULARY), torch.arange(VOCABULARY))
    log = chances(model, every)
    stops = [] if stop is None else [int(every[log[:, 0].argmax(), 0])]
    scores = log.mean(1)
    for token in stops:
        first = every[:, 0] == token
        scores[first] = log[first, 0]  # ends there, whatever comes after
    best = every[scores.argmax()].tolist()
    expected = best[:1] if best[0] in stops else best
    assert search(model, VOCABULARY, 2, stops) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_more_beams_are_at_least_as_good_here(family: str) -> None:
    model = tiny_model(family, seed=2)
    scores = [float(chances(model, torch.tensor([search(model, width, 5)])).sum()) for width in (1, 4, 40)]
    assert scores[0] <= scores[2] + 1e-5 and scores[1] <= scores[2] + 1e-5


def test_beam_sampling_follows_the_generator() -> None:
    model = tiny_model(FAMILIES[0])
    sampling = Sampling(top_p=0.9)
    assert search(model, 3, 6, sampling=sampling) == search(model, 3, 6, sampling=sampling)
    assert len(search(model, 3, 6, sampling=sampling)) == 6


def test_only_the_best_candidates_may_finish() -> None:
    beams = Beams.empty(1, 2, 3, torch.device("cpu"))
    values = torch.tensor([[-1.0, -2.0, -3.0, -4.0]])
    sources, tokens = torch.zeros(1, 4, dtype=torch.long), torch.tensor([[9, 5, 9, 6]])
    done = tokens == 9
    beams.finish(values, sources, tokens, done, 1)
    assert beams.best_scores[0, 0] == -1.0 and beams.best_scores[0, 1] < -1e8  # the third is out of the first two
    assert beams.is_finished.tolist() == [[True, False]]
    came_from = beams.carry_on(values, sources, tokens, done, 1)
    assert came_from.tolist() == [[0, 0]] and beams.running[0, :, 0].tolist() == [5, 6]
    beams.freeze(1, torch.tensor([[False]]))
    assert beams.improvable.tolist() == [[True]]  # a finished place is still free
    beams.finish(torch.tensor([[-1.5, -9.0]]), sources[:, :2], torch.tensor([[9, 5]]), torch.tensor([[True, False]]), 2)
    assert beams.best_scores.tolist() == [[-0.75, -1.0]] and beams.best[0, 0].tolist() == [5, 9, 0]
    beams.running_scores = torch.tensor([[-3.0, -5.0]])
    beams.freeze(2, torch.tensor([[False]]))
    assert beams.improvable.tolist() == [[False]]  # -3 over 2 tokens can't beat -1
