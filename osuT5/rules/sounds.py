"""Volumes, hit sounds, kiai and preview (spec 08 section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from osuT5.beatmap import Circle, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.samples import CLAP, FINISH, LENIENCY, WHISTLE, parse_sample

from .context import CATCH, MANIA, TAIKO, Facts
from .finding import Finding, Severity
from .grid import SNAP

SILENT, QUIET = 5, 20  # percent
ADDITION = WHISTLE | FINISH | CLAP
FEW_MS, FEW_OBJECTS, FEW_MS_WORST, FEW_OBJECTS_WORST = 8000.0, 4, 24000.0, 16
FLICKER = 50
FLASH_BEATS, SHORT_KIAI_BARS, FREE_TOGGLES = 1.0, 4.0, 4
LONG_MAP = 90_000.0  # ms
CHORD = 2.0  # ms
_PLAIN = frozenset(("0:0:0:0:", "0:0", *(f"{a}:{b}:0:0:" for a in range(4) for b in range(4))))


def volumes(facts: Facts) -> Iterator[Finding]:
    """H01, H02; a run of objects with the same fault is one finding."""
    yield from _runs(facts, "click", [_click_fault(facts, item) for item in facts.objects])
    yield from _runs(facts, "end", [_end_fault(facts, index) for index in range(len(facts.objects))])


Fault = tuple[str, Severity, str, int]  # rule, severity, what, volume


def _runs(facts: Facts, part: str, faults: list[Fault | None]) -> Iterator[Finding]:
    first = 0
    for index in range(1, len(faults) + 1):
        if index < len(faults) and faults[index] == faults[first]:
            continue
        fault = faults[first] if faults else None
        if fault is not None:
            rule, severity, what, volume = fault
            limit = float(SILENT if rule == "H01" or part == "end" else QUIET)
            times = facts.starts[first], facts.starts[index - 1]
            yield facts.finding(
                rule, *times, tuple(range(first, index)), float(volume), limit, severity, part, what=what
            )
        first = index


def own_volume(item: HitObject) -> int:
    """The volume in an object's own sample, 0 when it gives none. A slider's own sample gives none to its edges."""
    return 0 if isinstance(item, Slider) else _volume_of(item.hit_sample)


@lru_cache(maxsize=4096)
def _volume_of(text: str) -> int:
    try:
        return parse_sample(text).volume
    except (ValueError, IndexError):
        return 0


def _edge_volume(facts: Facts, item: Slider, edge: int, time: float) -> int:
    given = 0
    if edge < len(item.edge_sets) and item.edge_sets[edge].count(":") > 2:
        given = _volume_of(item.edge_sets[edge])
    return given or facts.timing.sample_at(time + LENIENCY).volume


def _click_fault(facts: Facts, item: HitObject) -> Fault | None:
    if isinstance(item, Spinner) or (facts.mode == TAIKO and isinstance(item, Slider)):
        return None
    if isinstance(item, Slider):
        volume = _edge_volume(facts, item, 0, item.time)
    else:
        volume = own_volume(item) or facts.timing.sample_at(item.time + LENIENCY).volume
    if volume <= SILENT:
        return "H01", Severity.PROBLEM, "click", volume
    return ("H02", Severity.WARNING, "click", volume) if volume <= QUIET else None


def _end_fault(facts: Facts, index: int) -> Fault | None:
    item, end = facts.objects[index], facts.ends[index]
    if isinstance(item, Circle) or (facts.mode == TAIKO and isinstance(item, Slider)):
        return None
    if isinstance(item, Slider):
        return _slider_fault(facts, item, end)
    volume = own_volume(item) or facts.timing.sample_at(end + LENIENCY).volume
    if volume > SILENT:
        return None
    held = isinstance(item, Hold)
    return "H02", Severity.MINOR if held else Severity.WARNING, "hold end" if held else "spinner end", volume


def _slider_fault(facts: Facts, item: Slider, end: float) -> Fault | None:
    edges = min(item.slides, 64)
    span = (end - item.time) / item.slides
    for edge in range(1, edges):
        volume = _edge_volume(facts, item, edge, item.time + edge * span)
        if volume <= SILENT:
            return "H02", Severity.WARNING, "slider reverse", volume
    volume = _edge_volume(facts, item, item.slides, end)
    if volume > SILENT:
        return None
    held = end - item.time >= 0.97 * facts.beat(item.time)  # a slider of a beat or more follows a held sound
    return "H02", Severity.MINOR if held else Severity.WARNING, "slider end", volume


def sound_fields(facts: Facts) -> Iterator[Finding]:
    """H03."""
    for point in facts.beatmap.timing_points:
        fields = point.text.split(",") if point.text else []
        volume = _number(fields[5]) if len(fields) > 5 else point.volume
        values = {"volume": volume, "index": point.sample_index, "bank": point.sample_set}
        yield from _out_of_range(facts, point.time, (), values)
    for index, item in enumerate(facts.objects):
        for text in (item.hit_sample, *item.edge_sets) if isinstance(item, Slider) else (item.hit_sample,):
            if text and text not in _PLAIN:
                yield from _out_of_range(facts, item.time, (index,), sample_fields(text))


def sample_fields(text: str) -> dict[str, int]:
    """The numbers of a sample text by name, as written."""
    parts = text.split(":") if text else []
    names = ("bank", "addition bank", "index", "volume")
    return {name: _number(part) for name, part in zip(names, parts, strict=False)}


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0


def _out_of_range(facts: Facts, time: float, objects: tuple[int, ...], values: dict[str, int]) -> Iterator[Finding]:
    for name, value in values.items():
        high = 100 if name == "volume" else 3 if name.endswith("bank") else 2**31
        if not 0 <= value <= high:
            limit = 0.0 if value < 0 else float(high)
            yield facts.finding(
                "H03",
                time,
                None,
                objects,
                float(value),
                limit,
                part=name,
                what=name,
                range="0 and up" if high > 100 else f"0-{high}",
            )


def additions(item: HitObject) -> int:
    """All additions of an object's edges."""
    if not isinstance(item, Slider):
        return item.hit_sound & ADDITION
    bits = item.hit_sound if len(item.edge_sounds) <= item.slides else 0
    for sound in item.edge_sounds[: item.slides + 1]:
        bits |= sound
    return bits & ADDITION


def few_additions(facts: Facts) -> Iterator[Finding]:
    """H04, H05."""
    if facts.mode == MANIA or len(facts.objects) < 2:
        return
    wanted = WHISTLE | CLAP if facts.mode == TAIKO else ADDITION
    has = [bool(additions(item) & wanted) for item in facts.objects]
    if not any(has):
        what = "no kat" if facts.mode == TAIKO else "no addition (whistle, finish, clap)"
        yield facts.finding("H04", facts.first_start, facts.last_end, what=what)
    elif facts.mode in (0, CATCH):
        yield from _bare_parts(facts, has)


def _bare_parts(facts: Facts, has: list[bool]) -> Iterator[Finding]:
    first: int | None = None
    for index in range(len(has) + 1):
        if index < len(has) and not has[index]:
            first = index if first is None else first
            continue
        if first is not None:
            yield from _bare_part(facts, first, index)
        first = None


def _bare_part(facts: Facts, first: int, stop: int) -> Iterator[Finding]:
    plain = [i for i in range(first, stop) if not isinstance(facts.objects[i], Spinner)]
    start = facts.ends[first - 1] if first else facts.starts[first]
    end = facts.starts[stop] if stop < len(facts.starts) else facts.ends[stop - 1]
    spinners = (i for i in range(first, stop) if isinstance(facts.objects[i], Spinner))
    spinning = sum(facts.ends[i] - facts.starts[i] for i in spinners)
    length = end - start - facts.in_break(start, end) - spinning
    if length <= FEW_MS or len(plain) <= FEW_OBJECTS:
        return
    worst = length > FEW_MS_WORST and len(plain) > FEW_OBJECTS_WORST
    severity = Severity.PROBLEM if worst else Severity.WARNING
    value = round(length / 1000, 1)
    yield facts.finding("H05", start, end, tuple(plain), value, FEW_MS / 1000, severity, number=len(plain))


def flicker(facts: Facts) -> Iterator[Finding]:
    """H06."""
    states: list[tuple[float, int]] = []
    for point in facts.timing.samples.points:
        if not states or states[-1][1] != point.volume:
            states.append((point.time, point.volume))
    for (_, before), (time, volume), (back, after) in zip(states, states[1:], states[2:], strict=False):
        jump, fall = volume - before, after - volume
        if abs(jump) > FLICKER and abs(fall) > FLICKER and jump * fall < 0:
            if back - time <= facts.timing.beat_at(time).beat_length / 4 + 1:
                yield facts.finding("H06", time, back, value=float(abs(jump)), limit=float(FLICKER))


def kiai_sections(facts: Facts) -> list[tuple[float, float]]:
    """Start and end in ms of each kiai section; an open one ends with the map."""
    result: list[tuple[float, float]] = []
    start: float | None = None
    for point in facts.timing.effects.points:
        if point.kiai and start is None:
            start = point.time
        elif not point.kiai and start is not None:
            result.append((start, point.time))
            start = None
    if start is not None:
        result.append((start, max(facts.last_end, start)))
    return result


def kiai(facts: Facts) -> Iterator[Finding]:
    """H07, H08, H09."""
    sections = kiai_sections(facts)
    play = facts.last_end - facts.first_start
    for start, end in sections:
        yield from _kiai_start(facts, start)
        yield from _kiai_length(facts, start, end)
    allowed = FREE_TOGGLES + play / 60_000
    if len(sections) > allowed:
        what = f"kiai is switched on {len(sections)} times"
        yield facts.finding("H08", sections[0][0], value=float(len(sections)), limit=allowed, part="number", what=what)
    if not sections and play > LONG_MAP:
        yield facts.finding("H09", 0.0, value=round(play / 1000), limit=LONG_MAP / 1000)


def _kiai_start(facts: Facts, start: float) -> Iterator[Finding]:
    error = facts.grid.error(start)
    if abs(error) > SNAP:
        what = f"{abs(error):.1f} ms off the nearest tick"
        yield facts.finding("H07", start, value=round(abs(error), 3), limit=SNAP, part="tick", what=what)
        return
    half = facts.timing.beat_at(start).beat_length / 2 + SNAP
    after = facts.next_at(start - half)
    sounding = after < len(facts.starts) and facts.starts[after] <= start + half
    if not sounding and (not after or facts.running_ends[after - 1] < start - half):
        yield facts.finding("H07", start, part="object", what="with no object within half a beat")


def _kiai_length(facts: Facts, start: float, end: float) -> Iterator[Finding]:
    beats = (end - start) / facts.timing.beat_at(start).beat_length
    bars = (end - start) / facts.bar(start)
    if beats < FLASH_BEATS - 0.01:
        what = f"kiai of {beats:.2f} beats is a flash"
        yield facts.finding("H08", start, end, (), beats, FLASH_BEATS, part="flash", what=what)
    elif bars < SHORT_KIAI_BARS - 0.01:
        what = f"kiai of {bars:.1f} bars"
        yield facts.finding("H08", start, end, (), bars, SHORT_KIAI_BARS, Severity.MINOR, "short", what=what)


def preview(facts: Facts) -> Iterator[Finding]:
    """H10."""
    time = facts.beatmap.general.preview_time
    if time == -1:
        yield facts.finding("H10", 0.0, value=-1.0, part="missing", what="is missing")
    elif facts.audio_ms is not None and time > facts.audio_ms:
        yield facts.finding("H10", 0.0, value=float(time), limit=facts.audio_ms, part="late", what="is after the audio")


def chord_sounds(facts: Facts) -> Iterator[Finding]:
    """H11."""
    if facts.mode != MANIA:
        return
    first = 0
    for index in range(1, len(facts.starts) + 1):
        if index < len(facts.starts) and facts.starts[index] - facts.starts[first] <= CHORD:
            continue
        for bit in (WHISTLE, FINISH, CLAP):
            same = tuple(i for i in range(first, index) if facts.objects[i].hit_sound & bit)
            if len(same) > 1:
                yield facts.finding("H11", facts.starts[first], None, same, float(len(same)), 1.0, part=str(bit))
        first = index


CHECKS = (volumes, sound_fields, few_additions, flicker, kiai, preview, chord_sounds)
