"""Repairs of overlapping and unfit objects of all modes and of mania (spec 08 section 10, steps 3 and 4)."""

from __future__ import annotations

from osuT5.beatmap import Circle, Hold, Slider, Spinner

from .draft import Draft, whole
from .finding import Finding
from .fix_structure import as_circle
from .level import Level
from .mania import AFTER_HOLD
from .sounds import additions

GAP = 20.0  # ms left after what is shortened
SLACK = 2.0  # ms


def _weaker(draft: Draft, first: int, second: int) -> int:
    """Of two objects the one that matters less: a circle before longer ones, without additions, the later."""

    def weight(index: int) -> tuple[bool, int, int]:
        item = draft.objects[index]
        return (not isinstance(item, Circle), bin(additions(item)).count("1"), -index)

    return min(first, second, key=weight)


def overlap(draft: Draft, finding: Finding) -> str:
    """G01, G02, asked for: shorten the hold, spinner or slider, else drop the weaker."""
    first, second = finding.objects
    item = draft.objects[first]
    end = draft.facts.starts[second] - GAP
    if isinstance(item, (Hold, Spinner)) and end > item.time + 2 * GAP and second not in draft.dropped:
        item.end_time = whole(end)
        return f"end moved to {end:g} ms"
    if isinstance(item, Slider) and draft.facts.starts[second] - item.time > 2 * GAP:
        return _cut(draft, first, item, draft.facts.starts[second]) if draft.once(f"cut {first}") else ""
    if first in draft.dropped or second in draft.dropped:
        return ""
    return "dropped the weaker" if draft.drop(_weaker(draft, first, second)) else ""


def _cut(draft: Draft, index: int, slider: Slider, start: float) -> str:
    """Fewer passes, else a shorter path; a circle where less than 1/4 would be left."""
    facts = draft.facts
    span = facts.play.slider(facts.objects[index]).span_duration  # type: ignore[arg-type]
    passes = int((start - GAP - slider.time) / span) if span > 0 else 0
    if 0 < passes < slider.slides:
        slider.slides = passes
        del slider.edge_sounds[passes + 1 :], slider.edge_sets[passes + 1 :]
        return f"{passes} of its passes left"
    quarter = facts.beats[index] / 4
    end = facts.grid.tick(start - quarter, 4)
    if end - slider.time < quarter - SLACK:
        draft.put(index, as_circle(slider))
        return "slider turned into a circle"
    slider.slides = 1
    del slider.edge_sounds[2:], slider.edge_sets[2:]
    slider.length = facts.velocity(slider.time) * (end - slider.time)
    return f"slider ends at {end:.0f} ms"


def no_length(draft: Draft, finding: Finding) -> str:
    """G03, O11, asked for: a circle or note instead."""
    (index,) = finding.objects
    draft.put(index, as_circle(draft.objects[index]))
    return "turned into a note" if draft.facts.mode in (1, 3) else "turned into a circle"


def column_overlap(draft: Draft, finding: Finding) -> str:
    """M01: shorten the hold, to a note if need be; drop what starts together."""
    first, second = finding.objects
    item = draft.objects[first]
    start = draft.facts.starts[second]
    if first in draft.dropped or second in draft.dropped:
        return ""
    if start - item.time > AFTER_HOLD and isinstance(item, Hold):
        if item.end_time + AFTER_HOLD <= start:
            return ""  # ended by an earlier note of the column
        gap = max(AFTER_HOLD, draft.facts.beats[first] / 4)
        return _end_by(draft, first, item, start, gap)
    return "dropped the weaker" if draft.drop(_weaker(draft, first, second)) else ""


def _end_by(draft: Draft, index: int, item: Hold, start: float, gap: float) -> str:
    end = whole(draft.facts.grid.best_tick(start - gap))
    if end - item.time < draft.facts.beats[index] / 12:
        draft.put(index, as_circle(item))
        return "hold turned into a note"
    item.end_time = min(end, whole(start - AFTER_HOLD))
    return f"hold ends at {item.end_time:g} ms"


def chord(draft: Draft, finding: Finding) -> str:
    """M03, M04: drop the weakest of the chord's own objects."""
    limit = int(finding.limit or 0)
    pressed = [index for index in finding.objects if index not in draft.dropped]
    starting = [index for index in pressed if draft.facts.starts[index] >= finding.start - 1e-6]
    starting.sort(key=lambda index: (isinstance(draft.objects[index], Hold), additions(draft.objects[index]), -index))
    surplus = min(len(pressed) - limit, len(starting) - 1)
    dropped = sum(draft.drop(index) for index in starting[: max(surplus, 0)])
    return f"dropped {dropped} of {len(pressed)}" if dropped else ""


def short_hold(draft: Draft, finding: Finding) -> str:
    """M05: longer where the column has room, else a note."""
    (index,) = finding.objects
    item, facts = draft.objects[index], draft.facts
    if not isinstance(item, Hold):
        return ""
    column = facts.notes[index].column
    later = (facts.starts[i] for i in range(index + 1, len(facts.notes)) if facts.notes[i].column == column)
    end = whole(facts.grid.best_tick(item.time + (finding.limit or 0.0)))
    room = next(later, float("inf")) - end >= max(AFTER_HOLD, facts.beats[index] / 4)
    alone = facts.next_at(item.time + 2) == facts.next_at(end - 2)  # else it would hold others inside (M07)
    if room and (alone or facts.level not in (Level.E, Level.N)):
        item.end_time = end
        return f"hold ends at {end:g} ms"
    draft.put(index, as_circle(item))
    return "hold turned into a note"


def near_ends(draft: Draft, finding: Finding) -> str:
    """M06: both end where the first did, or where the second did."""
    first, second = (draft.objects[index] for index in finding.objects)
    if not (isinstance(first, Hold) and isinstance(second, Hold)):
        return ""
    needed = draft.facts.beats[finding.objects[1]] / 2
    if first.end_time - second.time >= needed:
        second.end_time = first.end_time
    else:
        first.end_time = second.end_time
    return f"both holds end at {second.end_time:g} ms"


def level_speed(draft: Draft, finding: Finding) -> str:
    """M13: the scroll speed of a section becomes the usual one, or the nearest accepted one."""
    ratio = finding.limit or 1.0
    return scale_section(draft, finding.start, finding.end, ratio / (finding.value or 1.0))


def even_tempo(draft: Draft, finding: Finding) -> str:
    """M14: a green point at the tempo change makes up for it."""
    start = finding.start
    after = (red.time for red in draft.facts.reds if red.time > start)
    return scale_section(draft, start, next(after, float("inf")), 1 / (finding.value or 1.0))


def scale_section(draft: Draft, start: float, end: float, ratio: float) -> str:
    """Multiply the velocity from ``start`` up to before ``end`` and leave it as it was after."""
    if end < draft.facts.last_end and not draft.points_at(end):
        draft.green(end)
    draft.green(start)
    for time in sorted({point.time for point in draft.points_between(start, end)}):
        green = draft.green(time)
        green.beat_length = -100 / min(max(green.velocity * ratio, 0.01), 10.0)
    return f"velocity scaled by {ratio:.3f}"


FIXES = {
    "M01": column_overlap,
    "M03": chord,
    "M04": chord,
    "M05": short_hold,
    "M06": near_ends,
    "M13": level_speed,
    "M14": even_tempo,
}
GAMEPLAY = {"G01": overlap, "G02": overlap, "G03": no_length, "O11": no_length}
