"""What makes one map of a run: events, objects, the text of the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..audio import AudioError, load_audio
from ..beatmap.timing_lines import TimingLine
from ..events import Event, EventStream
from ..generation.generate import GenerationResult
from ..generation.progress import Progress
from ..generation.together import MapJob, generate_together
from ..postprocess.add_to_map import add_to_map
from ..postprocess.build import BuiltMap, build_map
from ..postprocess.fit import SEAM_MS
from ..postprocess.osu_text import osu_bytes, osu_text
from ..postprocess.resnap import Resnapper
from ..request import Request, RequestError
from ..rules import Finding
from .checkpoint import Checkpoint
from .positions import place


@dataclass(frozen=True)
class RunResult:
    """What was made: ``path`` is the written file, an ``.osz`` where that was asked for.

    ``stars`` is ``None`` where no rating can be had. ``findings`` are those of the rules (None: not checked), ``repairs``
    what was done about others. ``seconds`` are those of all maps of the song.
    """

    path: Path
    objects: int
    stars: float | None
    seconds: float
    tokens: int
    tokens_per_second: float
    warnings: tuple[str, ...]
    version: str = ""
    seed: int = 0
    findings: tuple[Finding, ...] | None = None
    repairs: tuple[str, ...] = ()
    report: Path | None = None
    backup: Path | None = None  # of a reference map that was overwritten


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


def map_job(request: Request, rng: np.random.RandomState, timing: list[TimingLine] | None = None) -> MapJob:
    """What the generation loop is asked for. ``timing``: red lines that are known before."""
    return MapJob(
        request.conditions,
        request.generation,
        rng,
        reference=request.reference.beatmap if request.reference else None,
        reference_conditions=request.reference_conditions,
        timing=timing,
    )


def generate_map(
    request: Request,
    checkpoint: Checkpoint,
    samples: NDArray[np.float32],
    rng: np.random.RandomState,
    progress: Progress,
    timing: list[TimingLine] | None = None,
) -> GenerationResult:
    """Events and red lines of one map for the whole song; ``timing`` as of :func:`map_job`."""
    (result,) = generate_together(
        samples,
        checkpoint.side,
        [map_job(request, rng, timing)],
        timing_model=checkpoint.timing_side,
        compat=request.compat,
        progress=progress,
    )
    return result


def final_events(
    request: Request, checkpoint: Checkpoint, generated: GenerationResult, progress: Progress
) -> list[Event]:
    """What goes to the writer: the main pass on the beat fractions that the model named, with refined positions."""
    stream = generated.stream
    if generated.plan.main_choice is None:
        return list(stream.events)
    if request.options.resnap_events and generated.timing is not None:
        stream = _resnapped(request, stream, generated.timing)
    if checkpoint.placement is not None and request.refiner is not None:
        stream = place(request, checkpoint.placement, stream, generated, progress)
    return list(stream.events)


def _resnapped(request: Request, stream: EventStream, timing: list[TimingLine]) -> EventStream:
    """Events on their beat fractions; those of a map that others are added to stay where they are."""
    snapped = Resnapper(timing).apply(stream.events)
    if edits_in_place(request):
        start, end = request.options.start_time, request.options.end_time
        low = -np.inf if start is None else start - SEAM_MS
        high = np.inf if end is None else end + SEAM_MS
        rows = zip(snapped, stream.events, stream.times, strict=True)
        snapped = [new if low <= time <= high else old for new, old, time in rows]
    return EventStream(snapped, list(stream.times))


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
        stretch_sliders=request.options.stretch_sliders,
        compat=request.compat,
    )
    return built, map_text(request, built)


def map_text(request: Request, built: BuiltMap) -> str:
    """The file's text. Bytes of a reference map that are no UTF-8 are lone surrogates in it."""
    if not request.options.add_to_beatmap:
        return osu_text(request.settings, built.timing, built.objects, request.compat)
    assert request.reference is not None
    start, end = request.options.start_time, request.options.end_time
    edited = add_to_map(request.reference.path.read_bytes(), built, start, end, request.compat)
    return edited.decode("utf-8", "surrogateescape")


def map_bytes(request: Request, text: str) -> bytes:
    """``text`` as it is written."""
    if request.options.add_to_beatmap:
        return text.encode("utf-8", "surrogateescape")
    return osu_bytes(text, request.compat)


def edits_in_place(request: Request) -> bool:
    """Whether the result is a reference map with some of its lines changed."""
    return request.options.add_to_beatmap and not request.compat.published("add_to_beatmap_rewrites")


def with_version(request: Request, version: str) -> Request:
    """``request`` for a map of another name."""
    return replace(request, settings=replace(request.settings, version=version))
