"""Decode calls of several runs as one batch, where each gets what it would get alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
import torch

from ...compat import QUIRKS
from ...generation.batch import BatchDecoder, check_request, generators_of
from ...generation.encoded import EncodedWindows
from ...generation.engine import DecodeRequest
from ...generation.model_engine import Cancelled
from ...generation.parallel import batch_size
from ...generation.sampling import Generators
from ...model.cache import KeysValues
from .messages import Answer, Ask, Open, Streams

# With these the rows of a batch depend on each other.
ROW_QUIRKS = frozenset({"row0_temperature", "padded_limit", "guidance_mask", "beam_state"})


@dataclass(eq=False)
class Session:
    """A song that a run has opened. ``closed`` once the run is gone."""

    song: Open
    windows: EncodedWindows
    closed: bool = False
    answered: float = float("-inf")  # when its last call was
    kind: object = None  # of its last call

    @classmethod
    def of(cls, song: Open, decoder: BatchDecoder) -> Session:
        return cls(song, EncodedWindows(decoder.model, song.samples, song.starts, song.layout.window_samples))


@dataclass(eq=False)
class Job:
    """A decode call that waits for its answer."""

    session: Session
    ask: Ask
    kind: object = field(init=False)  # calls of one kind can share a batch; None: goes alone

    def __post_init__(self) -> None:
        check_request(self.ask.request)
        self.kind = _kind(self.session.song, self.ask.request)

    @property
    def rows(self) -> int:
        return len(self.ask.request.windows)

    @property
    def most_rows(self) -> int:
        """Of a batch that this call is in."""
        return batch_size(self.session.song.max_batch_size, self.ask.request.sampling)


def _kind(song: Open, request: DecodeRequest) -> object:
    quirks = frozenset(name for name in QUIRKS if song.compat.published(name))
    sampling = request.sampling
    # Rows that share a stream draw from it together, and beams draw on after they have ended.
    apart = len(set(request.lanes or [0])) == len(request.windows) and sampling.num_beams == 1
    if quirks & ROW_QUIRKS or (sampling.do_sample and not apart):
        return None
    bound = any(times is not None for times in request.times)
    return sampling, request.stop_ids, request.lookback_ms, request.max_length, bound, song.layout, quirks


def decode_jobs(decoder: BatchDecoder, jobs: Sequence[Job]) -> list[Answer]:
    """Answers of jobs of one kind. Raises ``Cancelled`` once all their runs are gone."""
    song = jobs[0].session.song
    decoder.follow(song.compat)
    drawn = [_generators(job.ask.streams, decoder.model.device) for job in jobs]
    cross = _joined(
        [job.session.windows.cross(job.ask.request.windows, job.ask.request.conditions) for job in jobs], jobs
    )
    request, generators = merged(jobs), _rows_generators(jobs, drawn)
    rows = decoder.decode(request, cross, song.layout, song.compat, generators, _watch(jobs))
    answers, first = [], 0
    for job, streams in zip(jobs, drawn, strict=True):
        answers.append(Answer(rows[first : first + job.rows], _states(streams)))
        first += job.rows
    return answers


def _watch(jobs: Sequence[Job]) -> Callable[[int], None]:
    def check(running: int) -> None:
        if all(job.session.closed for job in jobs):
            raise Cancelled("the runs that asked are gone")

    return check


def merged(jobs: Sequence[Job]) -> DecodeRequest:
    """One call for the rows of all jobs."""
    if len(jobs) == 1:
        return jobs[0].ask.request
    requests = [job.ask.request for job in jobs]
    guided = requests[0].sampling.cfg_scale > 1
    negative = [ids for request in requests for ids in request.negative_prompts or ()] if guided else None
    return replace(
        requests[0],
        windows=list(chain.from_iterable(request.windows for request in requests)),
        prompts=list(chain.from_iterable(request.prompts for request in requests)),
        negative_prompts=negative,
        conditions=list(chain.from_iterable(request.conditions for request in requests)),
        times=list(chain.from_iterable(request.times or [None] * len(request.windows) for request in requests)),
        lanes=[],
        pad_to=max(request.pad_to for request in requests),
    )


def _joined(parts: Sequence[Sequence[KeysValues]], jobs: Sequence[Job]) -> Sequence[KeysValues]:
    """What the rows of all jobs see of their encoders, layer by layer."""
    if len(parts) == 1:
        return parts[0]
    counts = [job.rows for job in jobs]

    def cat(layer: Sequence[KeysValues], which: int) -> torch.Tensor:
        pairs = zip(layer, counts, strict=True)
        return torch.cat([pair[which].expand(count, -1, -1, -1) for pair, count in pairs])

    return [(cat(layer, 0), cat(layer, 1)) for layer in zip(*parts, strict=True)]


def _generators(streams: Streams, device: torch.device) -> dict[int, torch.Generator]:
    return {lane: restored(state, device) for lane, state in streams.items()}


def _rows_generators(jobs: Sequence[Job], drawn: Sequence[Mapping[int, torch.Generator]]) -> Generators:
    if not jobs[0].ask.request.sampling.do_sample:
        return None
    if len(jobs) == 1:
        streams = drawn[0]
        lanes = sorted(streams)
        request = replace(jobs[0].ask.request, lanes=[lanes.index(lane) for lane in jobs[0].ask.request.lanes])
        return generators_of([streams[lane] for lane in lanes], request)
    lanes_of = [job.ask.request.lanes or [0] for job in jobs]
    return [streams[lane] for streams, lanes in zip(drawn, lanes_of, strict=True) for lane in lanes]


def restored(state: bytes, device: torch.device) -> torch.Generator:
    """A generator of ``device`` that goes on from ``state``."""
    generator = torch.Generator(device)
    generator.set_state(torch.from_numpy(np.frombuffer(state, np.uint8).copy()))
    return generator


def state_of(generator: torch.Generator) -> bytes:
    return generator.get_state().cpu().numpy().tobytes()


def _states(streams: Mapping[int, torch.Generator]) -> dict[int, bytes]:
    return {lane: state_of(generator) for lane, generator in streams.items()}
