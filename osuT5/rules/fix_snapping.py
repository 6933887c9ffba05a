"""Repairs of snapping: starts, ends, slider lengths, late points (spec 08 section 10, step 2)."""

from __future__ import annotations

import math

from osuT5.beatmap import Hold, Slider, Spinner
from osuT5.beatmap.flatten import Point
from osuT5.beatmap.path import slider_path
from osuT5.beatmap.play import adjusted_beat_length

from .draft import Draft, whole
from .finding import Finding
from .osu_places import BOTTOM, LEFT, RIGHT, TOP

LARGEST_TRIM = 0.10  # of a slider's length; beyond it the shape is scaled instead
SLOWEST_DRUM_ROLL = 10000.0  # percent, as the game clamps it


def snap(draft: Draft, finding: Finding) -> str:
    """T01, T02."""
    (index,) = finding.objects
    item = draft.objects[index]
    if finding.part == "start":
        time = whole(draft.facts.grid.best_tick(item.time))
        if isinstance(item, (Spinner, Hold)) and time >= item.end_time:
            return ""
        item.time = time
        return f"start moved to {time:g} ms"
    if isinstance(item, (Spinner, Hold)):
        end = whole(draft.facts.grid.best_tick(item.end_time))
        if end <= item.time:
            return ""
        item.end_time = end
        return f"end moved to {end:g} ms"
    return snap_slider(draft, finding)


def snap_slider(draft: Draft, finding: Finding) -> str:
    """The S-repair: length, else shape, else velocity are set so that reverses and end fall on ticks."""
    (index,) = finding.objects
    slider = draft.objects[index]
    if not isinstance(slider, Slider):
        return ""
    facts = draft.facts
    span = facts.play.slider(facts.objects[index]).span_duration  # type: ignore[arg-type]
    if span <= 0:
        return ""
    wanted = _snapped_span(draft, slider.time, span)
    length = facts.velocity(slider.time) * wanted
    old = slider_path(slider, facts.beatmap.format_version).length
    if abs(length - old) > LARGEST_TRIM * old:
        return _scale(draft, index, slider, length / old, length, wanted)
    slider.length = length
    return f"length set to {length:.2f} px"


def _snapped_span(draft: Draft, start: float, span: float) -> float:
    """To the nearest tick, after ``start``, of a division that the map uses often."""
    grid = draft.facts.grid
    ticks = [grid.tick(start + span, divisor) for divisor in draft.facts.divisors]
    later = [tick - start for tick in ticks if tick - start > 1]
    if later:
        return min(later, key=lambda wanted: abs(wanted - span))
    return grid.lengths[grid.section(start)] / draft.facts.divisors[-1]


def _scale(draft: Draft, index: int, slider: Slider, ratio: float, length: float, span: float) -> str:
    before = slider.points, slider.length
    slider.points, slider.length = scaled(slider, ratio), length
    if draft.facts.mode != 0 or on_screen(draft, slider):
        return f"shape scaled to {length:.2f} px"
    slider.points, slider.length = before
    return _slow(draft, index, slider, span)


def scaled(slider: Slider, ratio: float) -> list[Point]:
    """Anchors moved from or to the head, in whole px."""
    x0, y0 = slider.x, slider.y
    return [(float(round(x0 + (x - x0) * ratio)), float(round(y0 + (y - y0) * ratio))) for x, y in slider.points]


def on_screen(draft: Draft, slider: Slider) -> bool:
    radius = draft.facts.radius
    vertices = slider_path(slider, draft.facts.beatmap.format_version).vertices
    return all(
        LEFT + radius <= slider.x + x <= RIGHT - radius and TOP + radius <= slider.y + y <= BOTTOM - radius
        for x, y in vertices
    )


def _slow(draft: Draft, index: int, slider: Slider, span: float) -> str:
    """Another velocity for this slider only."""
    facts = draft.facts
    length = slider_path(slider, facts.beatmap.format_version).length
    usual = facts.timing.velocity_at(slider.time).velocity
    velocity = usual * length / (facts.velocity(slider.time) * span)
    if not 0.1 <= velocity <= 10:
        return ""
    following = facts.starts[index + 1] if index + 1 < len(facts.starts) else None
    if following is not None and not draft.points_at(following, red=False):
        later = draft.in_force(following)
        if later is None or later.time <= slider.time:
            draft.green(following).beat_length = -100 / usual
    draft.green(slider.time).beat_length = -100 / velocity
    return f"velocity set to {velocity:.3f}"


def drum_roll(draft: Draft, finding: Finding) -> str:
    """K12: the written length that makes the roll end on a tick."""
    (index,) = finding.objects
    slider, facts = draft.objects[index], draft.facts
    if not isinstance(slider, Slider):
        return ""
    duration = round(facts.grid.best_tick(facts.ends[index]) - slider.time)
    beat = facts.timing.beat_at(slider.time).beat_length
    adjusted = adjusted_beat_length(beat, facts.timing.velocity_at(slider.time).velocity, SLOWEST_DRUM_ROLL)
    if duration < 1:
        return ""
    # a little above, as the game cuts the duration to whole ms
    slider.length = (duration + 0.01) * 100 * facts.beatmap.difficulty.slider_multiplier / (adjusted * slider.slides)
    return f"end moved to {slider.time + duration:g} ms"


def late_point(draft: Draft, finding: Finding) -> str:
    """T10: green points go to the object; the object goes to a red point."""
    (index,) = finding.objects
    if draft.points_at(finding.end, red=True):
        item = draft.objects[index]
        time = float(math.ceil(finding.end))
        if isinstance(item, (Spinner, Hold)) and item.end_time <= time:
            return ""
        item.time = time
        return f"object moved to {time:g} ms"
    moved = draft.points_at(finding.end, red=False)
    for point in moved:
        point.time = finding.start
    draft.sort_points()
    return f"point moved to {finding.start:g} ms" if moved else ""


def rare_divisor(draft: Draft, finding: Finding) -> str:
    """T03, asked for: to the nearest tick of 1/4 or 1/3."""
    (index,) = finding.objects
    item, grid = draft.objects[index], draft.facts.grid
    time = whole(min((grid.tick(item.time, divisor) for divisor in (4, 3)), key=lambda tick: abs(tick - item.time)))
    if isinstance(item, (Spinner, Hold)) and time >= item.end_time:
        return ""
    item.time = time
    return f"start moved to {time:g} ms"


def new_section(draft: Draft, finding: Finding) -> str:
    """T14, asked for."""
    (index,) = finding.objects
    item = draft.objects[index]
    if isinstance(item, Slider):
        return snap_slider(draft, finding)
    if isinstance(item, (Spinner, Hold)):
        item.end_time = whole(draft.facts.grid.best_tick(item.end_time))
    return f"end moved to {draft.facts.grid.best_tick(finding.end):.0f} ms"


FIXES = {"T01": snap, "T02": snap, "K12": drum_roll, "T10": late_point}
GAMEPLAY = {"T03": rare_divisor, "T14": new_section}
