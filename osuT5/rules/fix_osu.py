"""Repairs for osu!: places, spinners, velocities (spec 08 section 7)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from osuT5.beatmap import HitObject, Slider, Spinner
from osuT5.beatmap.flatten import Point
from osuT5.beatmap.path import slider_path

from .context import BEAT_AT_180
from .draft import Draft, whole
from .finding import Finding
from .fix_snapping import scaled
from .osu_places import BOTTOM, HEIGHT, LEFT, NEAR, RECOVERY_BEATS, RIGHT, TOP, WIDTH, spinner_limits
from .osu_sliders import FASTEST
from .settings_table import MULTIPLIER

SMALL_SHIFT = 40.0  # px; a slider is moved by so much before it is turned about its head
TURNS: tuple[Callable[[float, float], Point], ...] = (
    lambda x, y: (-x, y),
    lambda x, y: (x, -y),
    lambda x, y: (-x, -y),
    lambda x, y: (-y, x),
    lambda x, y: (y, -x),
)


def off_screen(draft: Draft, finding: Finding) -> str:
    """O01: shift a little, else mirror or rotate a slider about its head, else shift as far as needed."""
    (index,) = finding.objects
    item = draft.objects[index]
    if not isinstance(item, Slider):
        x, y = _inside(draft, index, item.x, item.y)
        item.x, item.y = x, y
        return f"moved to {x:g}, {y:g}"
    dx, dy = _needed_shift(draft, index, item)
    if math.hypot(dx, dy) > SMALL_SHIFT and _turn(draft, index, item):
        return "turned about its head"
    shift(item, dx, dy)
    return f"moved by {dx:g}, {dy:g}"


def _bounds(draft: Draft, index: int) -> tuple[float, float, float, float]:
    """Where places of an object may lie, whole px, before stacking."""
    radius, move = draft.facts.radius, draft.facts.offsets[index]
    left, top = math.ceil(LEFT + radius - move), math.ceil(TOP + radius - move)
    return left, top, math.floor(RIGHT - radius - move), math.floor(BOTTOM - radius - move)


def _inside(draft: Draft, index: int, x: float, y: float) -> Point:
    left, top, right, bottom = _bounds(draft, index)
    return float(min(max(x, left), right)), float(min(max(y, top), bottom))


def _needed_shift(draft: Draft, index: int, slider: Slider) -> Point:
    left, top, right, bottom = _bounds(draft, index)
    vertices = slider_path(slider, draft.facts.beatmap.format_version).vertices or [(0.0, 0.0)]
    xs, ys = [slider.x + x for x, _ in vertices], [slider.y + y for _, y in vertices]
    return _shift_of(min(xs), max(xs), left, right), _shift_of(min(ys), max(ys), top, bottom)


def _shift_of(low: float, high: float, least: float, most: float) -> float:
    if low < least:
        return float(math.ceil(least - low))
    return -float(math.ceil(high - most)) if high > most else 0.0


def shift(item: HitObject, dx: float, dy: float) -> None:
    """Move an object, a slider with its path."""
    item.x += dx
    item.y += dy
    if isinstance(item, Slider):
        item.points = [(x + dx, y + dy) for x, y in item.points]


def _turn(draft: Draft, index: int, slider: Slider) -> bool:
    before = slider.points
    for turn in TURNS:
        slider.points = []
        for x, y in before:
            dx, dy = turn(x - slider.x, y - slider.y)
            slider.points.append((slider.x + dx, slider.y + dy))
        if _needed_shift(draft, index, slider) == (0.0, 0.0):
            return True
    slider.points = before
    return False


def outside_field(draft: Draft, finding: Finding) -> str:
    """O02: the head is clamped, a slider goes with it."""
    (index,) = finding.objects
    item = draft.objects[index]
    x, y = min(max(item.x, 0.0), WIDTH), min(max(item.y, 0.0), HEIGHT)
    shift(item, x - item.x, y - item.y)
    return f"moved to {x:g}, {y:g}"


def _latest_end(draft: Draft, index: int) -> float:
    """How far a spinner may go: the next object, less the time that the level needs after it."""
    facts = draft.facts
    if index + 1 >= len(facts.starts):
        return math.inf
    recovery = NEAR * RECOVERY_BEATS[facts.level] * BEAT_AT_180 if facts.level in RECOVERY_BEATS else 0.0
    return facts.starts[index + 1] - max(recovery, facts.beats[index] / 2)


def _lengthen(draft: Draft, index: int, least: float) -> bool:
    """End the spinner on the first beat fraction that makes it ``least`` ms long, where there is room."""
    item, grid = draft.objects[index], draft.facts.grid
    assert isinstance(item, Spinner)
    end = item.time + least
    step = draft.facts.beats[index] / 4
    tick = grid.tick(end, 4)
    tick = whole(tick + step if tick < end else tick)
    if tick > _latest_end(draft, index):
        return False
    item.end_time = tick
    return True


def short_spinner(draft: Draft, finding: Finding) -> str:
    """O03: longer, else dropped."""
    (index,) = finding.objects
    _, soft = spinner_limits(draft.facts.beatmap.difficulty.overall_difficulty)
    if _lengthen(draft, index, soft):
        return "lengthened"
    return "dropped" if draft.drop(index) else ""


def level_spinner(draft: Draft, finding: Finding) -> str:
    """O04: longer where there is room."""
    (index,) = finding.objects
    return "lengthened" if _lengthen(draft, index, NEAR * (finding.limit or 0.0)) else ""


def recovery(draft: Draft, finding: Finding) -> str:
    """O05: the spinner ends earlier, if it stays long enough."""
    index, following = finding.objects
    item, facts = draft.objects[index], draft.facts
    if not isinstance(item, Spinner):
        return ""
    end = facts.starts[following] - NEAR * (finding.limit or 0.0)
    tick = facts.grid.tick(end, 4)
    tick = whole(tick - facts.beats[index] / 4 if tick > end else tick)
    _, soft = spinner_limits(facts.beatmap.difficulty.overall_difficulty)
    if tick - item.time < soft:
        return ""
    item.end_time = tick
    return f"end moved to {tick:g} ms"


def fast_sliders(draft: Draft, finding: Finding) -> str:
    """O10: all velocities down to the limit, lengths and shapes with them."""
    if not draft.once("O10"):
        return ""
    multiplier = min(draft.beatmap.difficulty.slider_multiplier, FASTEST)
    if multiplier < draft.beatmap.difficulty.slider_multiplier:
        draft.set_value(MULTIPLIER, multiplier)
    draft.each_velocity(lambda velocity: min(velocity, FASTEST / multiplier))
    _rescale(draft)
    return f"velocities lowered to {FASTEST:g}"


def one_velocity(draft: Draft, finding: Finding) -> str:
    """O13: the commonest velocity everywhere, lengths and shapes with it."""
    if not draft.once("O13"):
        return ""
    facts = draft.facts
    used = Counter(
        round(facts.timing.velocity_at(item.time).velocity, 3) for item in facts.objects if isinstance(item, Slider)
    )
    usual = max(sorted(used), key=used.__getitem__)
    draft.each_velocity(lambda velocity: usual)
    _rescale(draft)
    return f"velocity {usual:g} throughout"


def _rescale(draft: Draft) -> None:
    """Lengths and shapes of sliders follow the velocities of the draft, so that their times stay."""
    from .context import Facts

    facts = draft.facts
    trial = Facts(draft.beatmap)
    for index, item in enumerate(draft.objects):
        if isinstance(item, Slider):
            ratio = trial.velocity(item.time) / facts.velocity(item.time)
            if abs(ratio - 1) > 1e-9:
                length = facts.play.slider(facts.objects[index]).path.length  # type: ignore[arg-type]
                item.points, item.length = scaled(item, ratio), length * ratio


FIXES = {
    "O01": off_screen,
    "O02": outside_field,
    "O03": short_spinner,
    "O04": level_spinner,
    "O05": recovery,
    "O10": fast_sliders,
    "O13": one_velocity,
}
