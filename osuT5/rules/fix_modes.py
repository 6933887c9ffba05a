"""Repairs for taiko and catch (spec 08 section 8)."""

from __future__ import annotations

from osuT5.beatmap import Circle, Spinner
from osuT5.beatmap.samples import CLAP, FINISH, WHISTLE

from .draft import Draft, whole
from .finding import Finding
from .fix_objects import scale_section

KAT = WHISTLE | CLAP
SHORTEST = 250.0  # ms that a shortened spinner keeps


def recolour(draft: Draft, finding: Finding) -> str:
    """K02: the colour of the run's first note; no finishes."""
    if finding.part == "big note":
        return no_finish(draft, finding)
    colour = draft.objects[finding.objects[0]].hit_sound & KAT
    for index in finding.objects:
        item = draft.objects[index]
        item.hit_sound = item.hit_sound & ~KAT | colour
    return "one colour"


def no_finish(draft: Draft, finding: Finding) -> str:
    """K05 and the big notes of K02."""
    for index in finding.objects:
        draft.objects[index].hit_sound &= ~FINISH
    return "big notes made small"


def spinner_room(draft: Draft, finding: Finding) -> str:
    """K07, C07: the spinner starts later or ends earlier."""
    first, second = finding.objects
    limit, grid = finding.limit or 0.0, draft.facts.grid
    before = finding.part == "before"
    item = draft.objects[second if before else first]
    if not isinstance(item, Spinner):
        return ""
    edge = draft.facts.ends[first] + limit if before else draft.facts.starts[second] - limit
    step = grid.lengths[grid.section(edge)] / 4
    tick = grid.tick(edge, 4)
    if before:
        item.time = whole(tick + step if tick < edge - 1 else tick)
    else:
        item.end_time = whole(tick - step if tick > edge + 1 else tick)
    return "shortened" if item.end_time - item.time >= SHORTEST else _too_short(draft, second if before else first)


def _too_short(draft: Draft, index: int) -> str:
    return "dropped, as too little was left" if draft.drop(index) else ""


def bar_line(draft: Draft, finding: Finding) -> str:
    """K09."""
    for red in draft.points_at(finding.start, red=True):
        red.effects |= 8
    return "bar line omitted"


def level_scroll(draft: Draft, finding: Finding) -> str:
    """K10: the stretch scrolls as the rest does."""
    last = finding.objects[-1] + 1
    starts = draft.facts.starts
    end = starts[last] if last < len(starts) else draft.facts.last_end + 1
    point = draft.in_force(finding.start)
    start = (
        point.time
        if point and (finding.objects[0] == 0 or point.time > starts[finding.objects[0] - 1])
        else finding.start
    )
    return scale_section(draft, min(start, finding.start), end, 1 / (finding.value or 1.0))


def late_scroll(draft: Draft, finding: Finding) -> str:
    """K11: the change waits for the end of the run."""
    first, second = finding.objects
    facts = draft.facts
    if any(
        point.uninherited for point in draft.points_between(facts.starts[first] + 1e-6, facts.starts[second] + 1e-6)
    ):
        return ""
    last = second
    while last + 1 < len(facts.starts) and facts.starts[last + 1] - facts.starts[last] <= facts.beats[last] / 4 * 1.05:
        last += 1
    if last + 1 == len(facts.starts):
        return ""
    new = facts.timing.scroll_at(facts.starts[last])
    old = facts.timing.scroll_at(facts.starts[first])
    for point in draft.points_between(facts.starts[first] + 1e-6, facts.starts[last] + 1e-6):
        if not point.uninherited:
            point.beat_length = -100 / old
    after = facts.starts[last + 1]
    if not draft.points_between(facts.starts[last] + 1e-6, after + 1e-6):
        draft.green(after).beat_length = -100 / new
    return "change moved behind the run"


def weaker_note(draft: Draft, finding: Finding) -> str:
    """K01, K03, K04, asked for: a note of the run is dropped, one off the beat and without finish first."""
    grid, facts = draft.facts.grid, draft.facts
    notes = [index for index in finding.objects if index not in draft.dropped]
    limit = 1 if finding.rule == "K01" else int(finding.limit or 1)
    if len(notes) != len(finding.objects) or not all(isinstance(draft.objects[i], Circle) for i in notes):
        return ""
    candidates = notes[1:] if finding.rule == "K01" else notes[limit :: limit + 1]
    if finding.rule == "K01":
        candidates = [max(notes, key=lambda index: (grid.divisor(facts.starts[index]) or 99, index))]
    dropped = sum(draft.drop(index) for index in candidates)
    return f"dropped {dropped}" if dropped else ""


FIXES = {
    "K02": recolour,
    "K05": no_finish,
    "K07": spinner_room,
    "K09": bar_line,
    "K10": level_scroll,
    "K11": late_scroll,
    "C07": spinner_room,
}
GAMEPLAY = {"K01": weaker_note, "K03": weaker_note, "K04": weaker_note}
