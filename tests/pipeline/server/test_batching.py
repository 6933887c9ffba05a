"""Calls of several runs in one batch give what each gives alone; what cannot share a batch doesn't."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.compat import Compat
from osuT5.config import Sampling
from osuT5.generation.batch import BatchDecoder
from osuT5.generation.engine import AllowedTimes, DecodeRequest
from osuT5.pipeline.server.batching import Job, Session, merged, restored, state_of
from osuT5.pipeline.server.messages import Answer, Ask, Failed, Open
from osuT5.pipeline.server.worker import Worker
from tests.generation.test_model_engine import LAYOUT, debug, engine, request

SAMPLED = Sampling(temperature=1.2, top_p=0.95)
CPU = torch.device("cpu")


def stream(seed: int) -> bytes:
    return state_of(torch.Generator().manual_seed(seed))


def session(seed: int, worker: Worker, **changes: Any) -> Session:
    samples = np.random.RandomState(seed).randn(LAYOUT.window_samples * 3).astype(np.float32)
    starts = [index * LAYOUT.window_samples for index in range(3)]
    song = replace(Open(samples, starts, LAYOUT, Compat(), 8), **changes)
    found = Session.of(song, worker.decoder)
    worker.enter(found)
    return found


@pytest.fixture
def worker() -> Worker:
    return Worker(BatchDecoder(*debug()))


def answers(worker: Worker, jobs: list[Job]) -> list[Answer]:
    """All jobs at once."""
    futures = [worker.put(job) for job in jobs]
    while worker.work(0.0):
        pass
    found = [future.result(0) for future in futures]
    assert all(isinstance(answer, Answer) for answer in found), found
    return [answer for answer in found if isinstance(answer, Answer)]


def calls(sampling: Sampling) -> list[DecodeRequest]:
    return [request(2, sampling=sampling), request(1, sampling=sampling), request(3, sampling=sampling)]


@pytest.mark.parametrize("sampling", [Sampling(do_sample=False), Sampling(do_sample=False, num_beams=1, cfg_scale=1.5)])
def test_greedy_calls_share_a_batch(worker: Worker, sampling: Sampling) -> None:
    asked = calls(sampling)
    if sampling.cfg_scale > 1:
        asked = [replace(call, negative_prompts=[[1, 5, 6, 9]] * len(call.windows)) for call in asked]
    sessions = [session(seed, worker, max_batch_size=32) for seed in range(3)]
    alone = [answers(worker, [Job(*pair)])[0] for pair in zip(sessions, [Ask(call, {}) for call in asked], strict=True)]
    assert worker.batches == [2, 1, 3]
    together = answers(worker, [Job(at, Ask(call, {})) for at, call in zip(sessions, asked, strict=True)])
    assert worker.batches[3:] == [6]
    assert [answer.rows for answer in together] == [answer.rows for answer in alone]
    assert len({str(answer.rows) for answer in alone}) == 3


def test_allowed_times_stay_with_their_rows(worker: Worker) -> None:
    bound = [[AllowedTimes((0, place), (1, 1)), AllowedTimes((place,), (1,))] for place in (20, 40)]
    jobs = [Job(session(0, worker), Ask(request(2, times=times), {})) for times in bound]
    assert list(merged(jobs).times) == [*bound[0], *bound[1]]
    free = Job(session(0, worker), Ask(request(2), {}))
    assert jobs[0].kind == jobs[1].kind != free.kind
    assert list(merged([free, free]).times) == [None] * 4


def test_sampling_rows_keep_their_streams(worker: Worker) -> None:
    asks = [
        Ask(replace(call, lanes=list(range(len(call.windows)))), {lane: stream(10 * place + lane) for lane in range(3)})
        for place, call in enumerate(calls(SAMPLED))
    ]
    sessions = [session(seed, worker) for seed in range(3)]
    alone = [answers(worker, [Job(at, ask)])[0] for at, ask in zip(sessions, asks, strict=True)]
    together = answers(worker, [Job(at, ask) for at, ask in zip(sessions, asks, strict=True)])
    assert worker.batches == [2, 1, 3, 6]
    assert together == alone  # ids, and where the streams stand


def test_a_call_equals_that_of_an_engine(worker: Worker) -> None:
    """One stream for several rows, drawn from together: goes alone, as in the process of the run."""
    generator = torch.Generator().manual_seed(5)
    own = engine(generator=[generator]).decode(request(3, sampling=SAMPLED))
    jobs = [Job(session(0, worker), Ask(request(3, sampling=SAMPLED), {0: stream(5)})) for _ in range(2)]
    first, second = answers(worker, jobs)
    assert worker.batches == [3, 3]
    assert first.rows == second.rows == own
    assert torch.equal(restored(first.streams[0], CPU).get_state(), generator.get_state())


def test_what_does_not_fit_goes_later(worker: Worker) -> None:
    sessions = [session(seed, worker, max_batch_size=4) for seed in range(3)]
    greedy = Sampling(do_sample=False)
    answers(worker, [Job(at, Ask(request(2, sampling=greedy), {})) for at in sessions])
    assert worker.batches == [4, 2]


@pytest.mark.parametrize(
    "song, changes",
    [
        ({}, {"lookback_ms": 500.0}),
        ({"compat": Compat({"reversed_guidance": "published"})}, {}),
        ({}, {"max_length": 50}),
    ],
)
def test_unlike_calls_do_not_share(worker: Worker, song: dict[str, Any], changes: dict[str, Any]) -> None:
    jobs = [
        Job(session(0, worker), Ask(request(1), {})),
        Job(session(0, worker, **song), Ask(request(1, **changes), {})),
    ]
    answers(worker, jobs)
    assert worker.batches == [1, 1]


@pytest.mark.parametrize("quirk", ["row0_temperature", "padded_limit"])
def test_rows_that_depend_on_each_other_stay_alone(worker: Worker, quirk: str) -> None:
    published = Compat({quirk: "published"})
    answers(worker, [Job(session(seed, worker, compat=published), Ask(request(1), {})) for seed in range(2)])
    assert worker.batches == [1, 1]


def test_a_call_waits_for_that_of_a_run_that_is_likely_to_ask(worker: Worker) -> None:
    first, second = session(0, worker), session(1, worker)
    answers(worker, [Job(first, Ask(request(1), {})), Job(second, Ask(request(1), {}))])
    waiting = worker.put(Job(first, Ask(request(1), {})))
    late = threading.Timer(0.02, worker.put, [Job(second, Ask(request(1), {}))])
    late.start()
    assert worker.work(0.0)
    late.join()
    assert waiting.done() and worker.batches == [2, 2]
    worker.leave(second)
    waiting = worker.put(Job(first, Ask(request(1), {})))
    assert worker.work(0.0) and worker.batches == [2, 2, 1]


def test_a_run_that_is_gone_is_dropped(worker: Worker) -> None:
    gone = session(0, worker)
    worker.put(Job(gone, Ask(request(1), {})))
    worker.leave(gone)
    assert not worker.work(0.0)


def test_a_failure_is_told_to_the_run_that_caused_it(worker: Worker) -> None:
    good, bad = session(0, worker), session(1, worker)
    waiting = [worker.put(Job(at, Ask(request(1, windows=[window]), {}))) for at, window in ((good, 0), (bad, 7))]
    assert worker.work(0.0)
    found = [future.result(0) for future in waiting]
    assert isinstance(found[0], Answer) and isinstance(found[1], Failed)
    assert "IndexError" in found[1].message
