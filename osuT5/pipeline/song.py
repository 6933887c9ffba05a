"""All maps of one song: generated together, post-processed, checked, named, written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..generation.progress import Progress, no_progress
from ..request import Request
from .checkpoint import Models, load_checkpoint
from .drafts import Draft, Studio
from .gate import renamed, with_findings, with_one_preview
from .known_timing import song_timings
from .output import MadeMap, Written, write_all
from .record import map_record, weights_hash, write_record
from .run import RunResult, load_song, map_bytes, with_version
from .saving import Saver
from .versions import versions_of

Notify = Callable[[str], None]


def run(request: Request, *, notify: Notify = lambda line: None, progress: Progress = no_progress) -> RunResult:
    """Generate and write the map that ``request`` describes; see :func:`run_song`."""
    return run_song([request], notify=notify, progress=progress)[0]


def run_song(
    requests: Sequence[Request],
    *,
    notify: Notify = lambda line: None,
    progress: Progress = no_progress,
    models: Models | None = None,
) -> list[RunResult]:
    """Generate and write all maps of one song. Raises ``ValueError`` with one clear line; writes whole files only.

    Maps of one mode share their timing, encoder work and decode calls. ``models`` keeps what is loaded for other songs.
    """
    started = time.perf_counter()
    samples = load_song(requests[0])
    audio_ms = len(samples) / requests[0].able.layout.sample_rate * 1000
    timings = song_timings(requests, notify)
    models = models or Models()
    studio = Studio(samples, audio_ms, models, notify, progress)
    drafts: dict[int, Draft] = {}
    savers = []
    for places in _by_mode(requests):
        group = [requests[place] for place in places]
        checkpoint = load_checkpoint(group[0], notify, models, group[1:])
        saver = Saver.of(group, checkpoint, notify)
        savers.append(saver)
        known = [timings[place] for place in places]
        drafts.update(zip(places, studio.aimed(group, known, checkpoint, saver), strict=True))
    named = _named([drafts[place] for place in range(len(requests))])
    made = with_one_preview(requests, [draft.made for draft in named])
    checked = with_findings([draft.request for draft in named], made, audio_ms)
    named = [replace(draft, made=made) for draft, made in zip(named, checked, strict=True)]
    results = _written(named, started)
    for saver in savers:
        saver.remove()
    return results


def _by_mode(requests: Sequence[Request]) -> list[list[int]]:
    """Places of requests that one checkpoint serves: a mode may have its own."""
    modes: dict[int, list[int]] = {}
    for place, request in enumerate(requests):
        modes.setdefault(request.conditions.gamemode, []).append(place)
    return list(modes.values())


def _named(drafts: Sequence[Draft]) -> list[Draft]:
    """The maps under their names, where those follow from what came out."""
    versions = versions_of([draft.request for draft in drafts], [draft.made.stars for draft in drafts])
    named = []
    for draft, version in zip(drafts, versions, strict=True):
        old = draft.request.settings.version
        if version != old and not draft.request.options.add_to_beatmap:
            draft = replace(draft, request=with_version(draft.request, version), made=renamed(draft.made, version))
        named.append(draft)
    return named


def _written(drafts: Sequence[Draft], started: float) -> list[RunResult]:
    maps = [MadeMap(draft.request, map_bytes(draft.request, draft.made.text)) for draft in drafts]
    places = write_all(maps)
    seconds = time.perf_counter() - started
    results = [_result(draft, written, seconds) for draft, written in zip(drafts, places, strict=True)]
    return _recorded(drafts, results)


def _result(draft: Draft, written: Written, seconds: float) -> RunResult:
    tokens = sum(stats.tokens for stats in draft.generated.stats.values())
    decoding = sum(stats.seconds for stats in draft.generated.stats.values())
    return RunResult(
        path=written.path,
        objects=draft.made.objects,
        stars=draft.made.stars,
        seconds=seconds,
        tokens=tokens,
        tokens_per_second=tokens / decoding if decoding else 0.0,
        warnings=draft.warnings,
        version=draft.request.settings.version,
        seed=draft.request.seed,
        findings=draft.made.findings,
        repairs=draft.made.repairs,
        backup=written.backup,
    )


def _recorded(drafts: Sequence[Draft], results: Sequence[RunResult]) -> list[RunResult]:
    """The results with their reports, where those are wanted: one beside each file."""
    if not drafts[0].request.options.report:
        return list(results)
    hashes: dict[str, str] = {}
    records: dict[str, list[dict[str, object]]] = {}
    for draft, result in zip(drafts, results, strict=True):
        location = draft.checkpoint.location
        weights = hashes.setdefault(str(location.folder), "") or weights_hash(location)
        hashes[str(location.folder)] = weights
        record = map_record(draft.request, result, draft.made, draft.generated, location, weights, draft.timing_note)
        records.setdefault(str(result.path), []).append(record)
    done = []
    for draft, result in zip(drafts, results, strict=True):
        path = write_record(result.path, draft.request, records[str(result.path)])
        done.append(replace(result, report=path))
    return done
