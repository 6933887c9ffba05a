"""Repairs of volumes, hit sounds, kiai, preview, breaks and combos (spec 08 section 10, steps 5 to 7)."""

from __future__ import annotations

from statistics import median

from osuT5.beatmap import Hold, Slider, Spinner
from osuT5.beatmap.model import Break
from osuT5.beatmap.play import MIN_BREAK
from osuT5.beatmap.samples import CLAP, LENIENCY
from osuT5.beatmap.stacking import preempt

from .catch import fruits_of
from .draft import Draft
from .finding import Finding, Severity
from .objects import AFTER_BREAK, BEFORE_BREAK
from .sounds import QUIET, own_volume

LOUD_ENOUGH = 30  # percent
NEIGHBOURS = 8  # objects
PREVIEW_PART = 0.4
NEW_COMBO = 4


def louder(draft: Draft, finding: Finding) -> str:
    """H01, H02: the point in force, or the object's own volume, is raised; ends of held sounds stay."""
    if finding.severity is Severity.MINOR:
        return ""
    volume = _usual_volume(draft, finding)
    for index in finding.objects:
        item = draft.objects[index]
        if own_volume(item):
            item.hit_sample = _with_part(item.hit_sample, 3, str(volume))
            continue
        end = draft.facts.ends[index] if finding.part == "end" else item.time
        time = end if not isinstance(item, (Hold, Spinner)) or finding.part == "end" else draft.facts.ends[index]
        point = draft.in_force(time + LENIENCY)
        for same in draft.points_at(point.time) if point else ():
            same.volume = max(same.volume, volume)
    return f"volume raised to {volume} %"


def _usual_volume(draft: Draft, finding: Finding) -> int:
    """The median of the neighbours that are loud enough, at least 30."""
    facts = draft.facts
    low, high = max(finding.objects[0] - NEIGHBOURS, 0), finding.objects[-1] + NEIGHBOURS + 1
    volumes = [facts.timing.sample_at(time + LENIENCY).volume for time in facts.starts[low:high]]
    loud = [volume for volume in volumes if volume > QUIET]
    return max(LOUD_ENOUGH, round(median(loud))) if loud else LOUD_ENOUGH


def _with_part(text: str, place: int, value: str) -> str:
    parts = text.split(":") if text else []
    parts += "0:0:0:0:".split(":")[len(parts) :]
    parts[place] = value
    return ":".join(parts)


def clamped(draft: Draft, finding: Finding) -> str:
    """H03."""
    for index in finding.objects:
        item = draft.objects[index]
        item.hit_sample = _clamped_text(item.hit_sample)
        if isinstance(item, Slider):
            item.edge_sets = [_clamped_text(text) for text in item.edge_sets]
    if not finding.objects:
        for point in draft.points_at(finding.start):
            point.sample_index = max(point.sample_index, 0)
            point.sample_set = point.sample_set if 0 <= point.sample_set <= 3 else 1
            point.volume = min(max(point.volume, 0), 100)
    return "clamped"


def _clamped_text(text: str) -> str:
    parts = text.split(":") if text else []
    for place, part in enumerate(parts[:4]):
        value = int(part)
        good = (value if 0 <= value <= 3 else 1) if place < 2 else min(max(value, 0), 100 if place == 3 else 2**31 - 1)
        parts[place] = str(good)
    return ":".join(parts)


def steady(draft: Draft, finding: Finding) -> str:
    """H06: the volume from before stays; of dips and peaks in a row every other one is taken out."""
    if finding.start <= draft.steady_until:
        return ""
    draft.steady_until = finding.end
    before = draft.facts.timing.sample_at(finding.start - 1e-6).volume
    for point in draft.points_between(finding.start, finding.end):
        point.volume = before
    return f"volume kept at {before} %"


def kiai_start(draft: Draft, finding: Finding) -> str:
    """H07: to the nearest object on a bar line, else to the nearest object, within two beats."""
    facts = draft.facts
    beat = facts.timing.beat_at(finding.start)
    reach = 2 * beat.beat_length
    near = [time for time in facts.starts if abs(time - finding.start) <= reach]
    down = [time for time in near if facts.grid.beat_phase(time, beat.meter) <= 2]
    if not near:
        return ""
    time = min(down or near, key=lambda start: abs(start - finding.start))
    green = draft.green(time)
    for point in draft.points_between(min(finding.start, time), max(finding.start, time)):
        point.effects = point.effects & ~1 if time > finding.start else point.effects | 1
    green.effects |= 1
    return f"moved to {time:g} ms"


def flash(draft: Draft, finding: Finding) -> str:
    """H08: kiai shorter than a beat is dropped."""
    if finding.part != "flash":
        return ""
    for point in draft.points_between(finding.start, finding.end):
        point.effects &= ~1
    return "kiai dropped"


def preview(draft: Draft, finding: Finding) -> str:
    """H10: the first kiai, else 40 % of the length."""
    facts = draft.facts
    kiai = next((point.time for point in facts.timing.effects.points if point.kiai), None)
    length = facts.audio_ms or facts.last_end
    inside = kiai is not None and 0 <= kiai <= length
    time = max(round(kiai if inside and kiai is not None else PREVIEW_PART * length), 0)
    draft.beatmap.general.preview_time = time
    draft.beatmap.general.written.pop("PreviewTime", None)
    return f"set to {time} ms"


def chord_sound(draft: Draft, finding: Finding) -> str:
    """H11: only the first of the chord keeps the addition."""
    for index in finding.objects[1:]:
        draft.objects[index].hit_sound &= ~int(finding.part)
    return "kept one"


def lost_sound(draft: Draft, finding: Finding) -> str:
    """H13: the name is dropped where an object gives it."""
    changed = False
    for index in finding.objects:
        item = draft.objects[index]
        if item.hit_sample.count(":") >= 4 and item.hit_sample.split(":", 4)[4]:
            item.hit_sample = _with_part(":".join(item.hit_sample.split(":")[:4]), 4, "")
            changed = True
    return "name dropped" if changed else ""


def additions_on_beats(draft: Draft, finding: Finding) -> str:
    """H05, asked for: claps on the second and fourth beat of the bare part."""
    facts, added = draft.facts, 0
    for index in finding.objects:
        item = draft.objects[index]
        beat = facts.timing.beat_at(item.time)
        phase = (item.time - beat.time) / beat.beat_length
        if isinstance(item, Spinner) or abs(phase - round(phase)) * beat.beat_length > 2 or not round(phase) % 2:
            continue
        if isinstance(item, Slider):
            known = [*item.edge_sounds, *[item.hit_sound] * (item.slides + 1)][: item.slides + 1]
            item.edge_sounds = [known[0] | CLAP, *known[1:]]
        else:
            item.hit_sound |= CLAP
        added += 1
    return f"{added} claps added" if added else ""


def trim_break(draft: Draft, finding: Finding) -> str:
    """G07, G08: moved into the largest hole that it touches; dropped below 650 ms."""
    facts, breaks = draft.facts, draft.beatmap.events.breaks
    found = next((item for item in breaks if (item.start, item.end) == (finding.start, finding.end)), None)
    if found is None:
        return ""
    start, end = _hole(draft, found.start, found.end)
    start, end = max(found.start, start), min(found.end, end)
    if finding.rule == "G08" or end - start < MIN_BREAK or not facts.objects:
        breaks.remove(found)
        return "removed"
    found.start, found.end = start, end
    return f"trimmed to {start:g}-{end:g} ms"


def _hole(draft: Draft, start: float, end: float) -> tuple[float, float]:
    """The longest stretch that breaks may fill, among those that touch ``start`` to ``end``."""
    facts = draft.facts
    edges = [(facts.running_ends[i], facts.starts[i + 1]) for i in range(len(facts.starts) - 1)]
    if not facts.starts:
        return start, end
    holes = [(a + BEFORE_BREAK, b - _lead(draft)) for a, b in edges if a < end and b > start]
    inside = [(max(a, start), min(b, end)) for a, b in holes]
    return max(inside, key=lambda hole: hole[1] - hole[0], default=(start, start))


def _lead(draft: Draft) -> float:
    """Ms from a break's end to the next object."""
    if draft.facts.mode not in (0, 2):
        return AFTER_BREAK
    return max(AFTER_BREAK, preempt(draft.beatmap.difficulty.approach_rate))


def insert_break(draft: Draft, finding: Finding) -> str:
    """G09."""
    start, end = float(round(finding.start + BEFORE_BREAK)), float(round(finding.end - _lead(draft)))
    if end - start < MIN_BREAK:
        return ""
    draft.beatmap.events.breaks.append(Break(start, end))
    draft.beatmap.events.breaks.sort(key=lambda item: item.start)
    return f"break from {start:g} to {end:g} ms"


def combos(draft: Draft, finding: Finding) -> str:
    """O23, C08: new combos on bar lines, or where the limit is reached; single ones are joined."""
    if finding.part == "single":
        for index in finding.objects[1:]:
            draft.objects[index].type_bits &= ~NEW_COMBO
        return "joined"
    limit = int(finding.limit or 1)
    size = (lambda index: fruits_of(draft.facts, index)) if finding.rule == "C08" else (lambda index: 1)
    number = 0
    for index in finding.objects:
        own = size(index)
        if number and (number + own > limit or (2 * number >= limit and _on_bar_line(draft, index))):
            draft.objects[index].type_bits |= NEW_COMBO
            number = 0
        number += own
    return "new combos"


def _on_bar_line(draft: Draft, index: int) -> bool:
    facts = draft.facts
    time = facts.starts[index]
    return facts.grid.beat_phase(time, facts.timing.beat_at(time).meter) <= 2


SOUNDS = {
    "H01": louder, "H02": louder, "H03": clamped, "H06": steady, "H07": kiai_start, "H08": flash, "H10": preview,
    "H11": chord_sound, "H13": lost_sound,
}  # fmt: skip
BREAKS = {"G08": trim_break, "G07": trim_break, "G09": insert_break}
COMBOS = {"O23": combos, "C08": combos}
GAMEPLAY = {"H05": additions_on_beats}
