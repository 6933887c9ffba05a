"""One request to one written map."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..audio import AudioError, load_audio
from ..beatmap import parse_beatmap
from ..events import Event, EventStream
from ..generation.generate import GenerationResult, generate
from ..generation.progress import Progress, no_progress
from ..postprocess.build import BuiltMap, build_map
from ..postprocess.osu_text import osu_bytes, osu_text
from ..postprocess.resnap import Resnapper
from ..request import Request, RequestError
from ..stars import star_rating
from .checkpoint import Checkpoint, load_checkpoint
from .output import map_path, write_map
from .positions import place

Notify = Callable[[str], None]


@dataclass(frozen=True)
class RunResult:
    """What was made. ``stars`` is ``None`` where no rating can be had."""

    path: Path
    objects: int
    stars: float | None
    seconds: float
    tokens: int
    tokens_per_second: float
    warnings: tuple[str, ...]


def run(request: Request, *, notify: Notify = lambda line: None, progress: Progress = no_progress) -> RunResult:
    """Generate and write the map that ``request`` describes. Raises ``ValueError`` with one clear line; writes whole files only."""
    start = time.perf_counter()
    samples = load_song(request)
    checkpoint = load_checkpoint(request, notify)
    rng = np.random.RandomState(request.seed)  # super timing draws from it first, then the writer
    generated = generate_map(request, checkpoint, samples, rng, progress)
    events = final_events(request, checkpoint, generated, progress)
    built, text = post_process(request, generated, events, rng)
    path = map_path(request.paths.output, request.settings, request.compat)
    write_map(path, osu_bytes(text, request.compat))
    tokens = sum(stats.tokens for stats in generated.stats.values())
    decoding = sum(stats.seconds for stats in generated.stats.values())
    return RunResult(
        path=path,
        objects=len(parse_beatmap(text).hit_objects),
        stars=star_rating(path),
        seconds=time.perf_counter() - start,
        tokens=tokens,
        tokens_per_second=tokens / decoding if decoding else 0.0,
        warnings=tuple(built.warnings),
    )


def load_song(request: Request) -> NDArray[np.float32]:
    """The song's samples at the rate of the model, checked against the wanted part."""
    layout = request.able.layout
    try:
        samples = load_audio(request.paths.audio, layout.sample_rate, normalize=layout.normalize_audio)
    except AudioError as error:
        raise RequestError(f"audio_path: {error}") from None
    length_ms = len(samples) / layout.sample_rate * 1000
    if request.options.start_time is not None and request.options.start_time >= length_ms:
        raise RequestError(
            f"start_time: {request.options.start_time} ms is past the end of the song, {length_ms:.0f} ms"
        )
    return samples


def generate_map(
    request: Request,
    checkpoint: Checkpoint,
    samples: NDArray[np.float32],
    rng: np.random.RandomState,
    progress: Progress,
) -> GenerationResult:
    """Events and red lines for the whole song."""
    return generate(
        samples,
        checkpoint.side,
        request.conditions,
        request.generation,
        rng=rng,
        reference=request.reference.beatmap if request.reference else None,
        reference_conditions=request.reference_conditions,
        timing=[request.settings.red_line()] if request.timing_given else None,
        timing_model=checkpoint.timing_side,
        compat=request.compat,
        progress=progress,
    )


def final_events(
    request: Request, checkpoint: Checkpoint, generated: GenerationResult, progress: Progress
) -> list[Event]:
    """What goes to the writer: the main pass on the beat fractions that the model named, with refined positions."""
    stream = generated.stream
    if generated.plan.main_choice is None:
        return list(stream.events)
    if request.options.resnap_events and generated.timing is not None:
        stream = EventStream(Resnapper(generated.timing).apply(stream.events), list(stream.times))
    if checkpoint.placement is not None:
        stream = place(request, checkpoint.placement, stream, generated, progress)
    return list(stream.events)


def post_process(
    request: Request, generated: GenerationResult, events: list[Event], rng: np.random.RandomState
) -> tuple[BuiltMap, str]:
    """Events as objects and timing lines, and the text of the file."""
    built = build_map(
        events,
        generated.timing,
        request.settings,
        request.able.layout,
        rng,
        near_overlaps=request.options.snap_near_perfect_overlaps,
        compat=request.compat,
    )
    return built, osu_text(request.settings, built.timing, built.objects, request.compat)
