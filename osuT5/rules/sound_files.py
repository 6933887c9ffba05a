"""Sounds that come from files of the set: H12 and H13 of spec 08 section 6; only where the folder is known."""

from __future__ import annotations

from collections.abc import Iterator

from osuT5.beatmap import Slider
from osuT5.beatmap.samples import BANK_NAMES, BODY_LENIENCY, edge_samples, object_samples

from .context import Facts
from .finding import Finding
from .level import Level

SHORTEST_MS, LATEST_PEAK_MS = 25.0, 5.0
LOUD_TICK = 50  # percent


def loud_ticks(facts: Facts) -> Iterator[Finding]:
    """H12; a run of sliders is one finding."""
    if facts.files is None or facts.mode != 0 or facts.level not in (Level.H, Level.I, Level.X):
        return
    run: list[int] = []
    loudest = 0
    for index, item in enumerate(facts.objects):
        if not isinstance(item, Slider):
            continue
        volume = _tick_volume(facts, item)
        if volume > LOUD_TICK:
            run.append(index)
            loudest = max(loudest, volume)
        elif run:
            yield _ticks_finding(facts, run, loudest)
            run, loudest = [], 0
    if run:
        yield _ticks_finding(facts, run, loudest)


def _tick_volume(facts: Facts, slider: Slider) -> int:
    """The volume of a custom tick sound; 0 for sliders without ticks or with the skin's sound."""
    point = facts.timing.sample_at(slider.time + BODY_LENIENCY)
    stem = f"{BANK_NAMES[point.bank]}-slidertick{point.index if point.index >= 2 else ''}"
    if point.index < 1 or facts.files is None or facts.files.sound_of_stem(stem) is None:
        return 0
    ticks = any(event.kind == "tick" for event in facts.play.slider(slider).events())
    return point.volume if ticks else 0


def _ticks_finding(facts: Facts, run: list[int], volume: int) -> Finding:
    times = facts.starts[run[0]], facts.ends[run[-1]]
    return facts.finding("H12", *times, tuple(run), float(volume), float(LOUD_TICK))


def named_files(facts: Facts) -> Iterator[Finding]:
    """H13: each bad file once, at the object that plays it first."""
    if facts.files is None:
        return
    users: dict[str, list[int]] = {}
    for index, item in enumerate(facts.objects):
        for name in _files_of(facts, index):
            users.setdefault(name, []).append(index)
        parts = item.hit_sample.split(":")
        if len(parts) > 4 and parts[4] and parts[4] not in facts.files:
            what = f"sound {parts[4]!r} is not in the set"
            yield facts.finding("H13", item.time, None, (index,), part="missing", what=what)
    for name, objects in users.items():
        what = _fault(facts, name)
        if what:
            start = facts.starts[objects[0]]
            yield facts.finding("H13", start, None, tuple(objects), part="file", what=f"sound {name!r} {what}")


def _files_of(facts: Facts, index: int) -> set[str]:
    item, files = facts.objects[index], facts.files
    assert files is not None
    samples = list(object_samples(facts.play, item))
    if isinstance(item, Slider) and item.slides <= 64:
        samples += [sample for edge in edge_samples(facts.play, item) for sample in edge]
    names = set()
    for sample in samples:
        name = sample.file or (files.sound_of_stem(sample.stem) if sample.index >= 1 else None)
        if name and name in files:
            names.add(name)
    return names


def _fault(facts: Facts, name: str) -> str:
    if name.lower().endswith(".mp3"):
        return "is an mp3"
    measured = facts.files.measure(name) if facts.files else None
    if measured is None:
        return ""
    if measured.length_ms < SHORTEST_MS:
        return f"lasts {measured.length_ms:.0f} ms, at least {SHORTEST_MS:.0f} ms needed"
    if measured.peak_ms > LATEST_PEAK_MS:
        return f"has its peak after {measured.peak_ms:.1f} ms, {LATEST_PEAK_MS:.0f} ms allowed"
    return ""


CHECKS = (loud_ticks, named_files)
