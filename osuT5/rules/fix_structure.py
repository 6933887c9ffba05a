"""Repairs of structure: types, timing points, settings, colours (spec 08 section 10, step 1)."""

from __future__ import annotations

import math

from osuT5.beatmap import Circle, HitObject, Hold, Slider, TimingPoint
from osuT5.beatmap.write_objects import ALL_KINDS, KIND_BITS

from .draft import Draft
from .finding import Finding
from .settings import BRIGHT, DARK, as_written, luminosity
from .settings_table import ACCEPTED, AR, CS, MULTIPLIER, OD, TICK_RATE

DEFAULT_COLOURS = ((255, 192, 0), (0, 202, 0), (18, 124, 255), (242, 24, 57))
TAIKO_MULTIPLIER = 1.4


def malformed(draft: Draft, finding: Finding) -> str:
    """G04."""
    for index in finding.objects:
        item = draft.objects[index]
        item.type_bits = item.type_bits & ~ALL_KINDS | KIND_BITS[type(item)]
    if finding.part == "file":
        draft.beatmap.diagnostics.clear()
        return "written anew" if draft.once("G04") else ""
    return "one kind of object left"


def foreign(draft: Draft, finding: Finding) -> str:
    """G10: what mania can't use becomes a hold."""
    if draft.facts.mode != 3:
        return ""
    (index,) = finding.objects
    item = draft.objects[index]
    draft.put(index, as_hold(item, float(round(draft.facts.ends[index]))))
    return "turned into a hold"


def as_hold(item: HitObject, end: float) -> HitObject:
    sound = item.edge_sounds[0] if isinstance(item, Slider) and item.edge_sounds else item.hit_sound
    bits = item.type_bits & ~ALL_KINDS
    if end <= item.time:
        return as_circle(item)
    return Hold(item.x, item.y, item.time, bits | KIND_BITS[Hold], sound, item.hit_sample, item.index, end)


def as_circle(item: HitObject) -> Circle:
    sound = item.edge_sounds[0] if isinstance(item, Slider) and item.edge_sounds else item.hit_sound
    bits = item.type_bits & ~ALL_KINDS | KIND_BITS[Circle]
    return Circle(item.x, item.y, item.time, bits, sound, item.hit_sample, item.index)


def equal_points(draft: Draft, finding: Finding) -> str:
    """T04: of green points the last acts, of red ones the first."""
    points = draft.points_at(finding.start, red=finding.part == "red")
    if len(points) < 2:
        return ""
    draft.remove_points(points[1:] if finding.part == "red" else points[:-1])
    return "kept the one that acts"


def early_green(draft: Draft, finding: Finding) -> str:
    """T05: to the first red point; or a red point earlier, when objects are there."""
    red = min((point for point in draft.beatmap.timing_points if point.uninherited), key=lambda point: point.time)
    if draft.facts.objects and draft.facts.first_start < red.time:
        return _earlier_red(draft, red, min(finding.start, draft.facts.first_start))
    moved = draft.points_at(finding.start, red=False)
    if draft.points_at(red.time, red=False):
        draft.remove_points(moved)
        return "removed, as another one follows at the first red point"
    for point in moved:
        point.time = red.time
    draft.sort_points()
    return "moved to the first red point"


def _earlier_red(draft: Draft, red: TimingPoint, time: float) -> str:
    bar = red.beat_length * red.meter
    start = red.time - math.ceil((red.time - time) / bar) * bar
    point = TimingPoint(start, red.beat_length, red.meter, red.sample_set, red.sample_index, red.volume, True, 0)
    draft.beatmap.timing_points.append(point)
    draft.sort_points()
    return "red point put whole bars earlier"


def first_kiai(draft: Draft, finding: Finding) -> str:
    """T06."""
    green = draft.green(finding.start)
    for red in draft.points_at(finding.start, red=True):
        red.effects &= ~1
    return "kiai moved to a green point" if green.kiai else "kiai taken off the red point"


def useless_red(draft: Draft, finding: Finding) -> str:
    """T07: a green point keeps what the red one reset besides the tempo."""
    reds = draft.points_at(finding.start, red=True)
    if not draft.points_at(finding.start, red=False):
        draft.green(finding.start).beat_length = -100.0
    draft.remove_points(reds)
    return "removed"


def same_green(draft: Draft, finding: Finding) -> str:
    """T09."""
    points = draft.points_at(finding.start, red=False)
    draft.remove_points(points[:1])
    return "removed" if points else ""


def precision(draft: Draft, finding: Finding) -> str:
    """D01."""
    value = round(as_written(draft.facts, finding.part), 2 if finding.part == MULTIPLIER else 1)
    draft.set_value(finding.part, value)
    return f"rounded to {value:g}"


def out_of_range(draft: Draft, finding: Finding) -> str:
    """D02; key counts stay."""
    if finding.part == CS and draft.facts.mode == 3:
        return ""
    low, high = ACCEPTED[finding.part]
    value = min(max(as_written(draft.facts, finding.part), low), high)
    draft.set_value(finding.part, value)
    return f"set to {value:g}"


def tick_rate(draft: Draft, finding: Finding) -> str:
    """D03, D07."""
    value = 1.0 if draft.facts.mode == 1 or draft.beatmap.difficulty.slider_tick_rate < 1.5 else 2.0
    draft.set_value(TICK_RATE, value)
    return f"set to {value:g}"


def taiko_settings(draft: Draft, finding: Finding) -> str:
    """D07: velocities are scaled, so that scrolling and drum rolls stay as they are."""
    if finding.part == TICK_RATE:
        return tick_rate(draft, finding)
    ratio = draft.beatmap.difficulty.slider_multiplier / TAIKO_MULTIPLIER
    draft.set_value(MULTIPLIER, TAIKO_MULTIPLIER)
    draft.each_velocity(lambda velocity: velocity * ratio)
    return "set to 1.4, velocities scaled"


def catch_settings(draft: Draft, finding: Finding) -> str:
    """D08."""
    value = getattr(draft.beatmap.difficulty, AR)
    draft.set_value(OD, value)
    return f"OD set to {value:g}"


def level_setting(draft: Draft, finding: Finding) -> str:
    """D04, asked for: into the range of the level."""
    value = finding.limit or 0.0
    draft.set_value(finding.part, value)
    return f"set to {value:g}"


def colours(draft: Draft, finding: Finding) -> str:
    """D05: default colours for missing ones and for those too dark or too bright."""
    combo = draft.beatmap.colours.combo
    if finding.part == "number":
        draft.beatmap.colours.combo = list(DEFAULT_COLOURS)
        return "default combo colours"
    place = int(finding.part.split()[1]) - 1
    free = [colour for colour in DEFAULT_COLOURS if colour not in combo and DARK <= luminosity(colour) <= BRIGHT]
    if place >= len(combo) or not free:
        return ""
    combo[place] = free[0]
    return f"colour {place + 1} replaced by a default one"


FIXES = {
    "G04": malformed,
    "G10": foreign,
    "T04": equal_points,
    "T05": early_green,
    "T06": first_kiai,
    "D01": precision,
    "D02": out_of_range,
    "D03": tick_rate,
    "D05": colours,
    "D07": taiko_settings,
    "D08": catch_settings,
    "T07": useless_red,
}
SETTINGS = {"D04": level_setting}
LAST = {"T09": same_green}  # after the repairs that put in points
