"""Difficulty settings and colours (spec 08 section 5)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from osuT5.beatmap import Slider
from osuT5.beatmap.model import Colour
from osuT5.beatmap.numbers import plain_number, real
from osuT5.beatmap.play import single

from .context import CATCH, MANIA, TAIKO, Facts, is_part
from .finding import Finding
from .grid import SNAP
from .settings_table import ACCEPTED, CS, HP, KEY_COUNTS, KEYS, MULTIPLIER, OD, SHORT_NAMES, TICK_RATE, recommended

WHOLE_RATES = (1.0, 2.0, 3.0, 4.0)
OTHER_RATES = (0.5, 1.333, 1.5)
DARK, BRIGHT = 50.0, 220.0
TAIKO_MULTIPLIER = 1.4
TAIKO_HP_LENIENCY, TAIKO_LONG = 2.0, 120_000.0  # HP may be this much lower in a drain time this long
TRIPLET_SHARE = 0.3
NEAR = 1e-6


def as_written(facts: Facts, name: str) -> float:
    """A setting before it was clamped."""
    text = facts.beatmap.difficulty.written.get(KEYS[name])
    value: float = getattr(facts.beatmap.difficulty, name)
    if text is None:
        return value
    try:
        raw = real(text)
    except ValueError:
        return value
    low, high = ACCEPTED[name]
    return raw if not low <= raw <= high or abs(raw - value) < NEAR else value


def precision(facts: Facts) -> Iterator[Finding]:
    """D01."""
    for name in ACCEPTED:
        if name == TICK_RATE:
            continue
        limit = 2 if name == MULTIPLIER else 1
        value = as_written(facts, name)
        try:
            decimals = -int(Decimal(plain_number(value)).normalize().as_tuple().exponent)
        except (InvalidOperation, ValueError):
            continue
        if decimals > limit:
            yield facts.finding("D01", 0.0, value=value, limit=float(limit), part=name, what=SHORT_NAMES[name])


def ranges(facts: Facts) -> Iterator[Finding]:
    """D02."""
    for name, (low, high) in ACCEPTED.items():
        value = as_written(facts, name)
        if name == CS and facts.mode == MANIA:
            if not good_key_count(value):
                yield facts.finding("D02", 0.0, value=value, part=name, what="key count", range="4-10, 12, 14, 16, 18")
        elif not low <= value <= high:
            limit = low if value < low else high
            yield facts.finding(
                "D02", 0.0, value=value, limit=limit, part=name, what=SHORT_NAMES[name], range=f"{low:g}-{high:g}"
            )


def good_key_count(value: float) -> bool:
    return value in KEY_COUNTS


def tick_rate(facts: Facts) -> Iterator[Finding]:
    """D03."""
    rate = facts.beatmap.difficulty.slider_tick_rate
    if facts.mode not in (0, CATCH) or rate in WHOLE_RATES:
        return
    if not any(abs(rate - other) < 0.001 for other in OTHER_RATES) or not _ticks_snapped(facts):
        yield facts.finding("D03", 0.0, value=rate, part=TICK_RATE)


def _ticks_snapped(facts: Facts) -> bool:
    sliders = (item for item in facts.objects if isinstance(item, Slider))
    ticks = (event.time for item in sliders for event in facts.play.slider(item).events() if event.kind == "tick")
    return all(abs(facts.grid.error(time)) < SNAP for time in ticks)


def level_ranges(facts: Facts) -> Iterator[Finding]:
    """D04."""
    if facts.level is None:
        return
    for name, (low, high) in recommended(facts.mode, facts.level).items():
        value = getattr(facts.beatmap.difficulty, name)
        if facts.mode == TAIKO and name == HP and facts.play.drain_time >= TAIKO_LONG:
            low -= TAIKO_HP_LENIENCY
        if not low - NEAR <= value <= high + NEAR:
            text = f"up to {high:g}" if low <= 0 else f"{low:g} and more" if high >= 10 else f"{low:g}-{high:g}"
            limit = low if value < low else high
            yield facts.finding("D04", 0.0, value=value, limit=limit, part=name, what=SHORT_NAMES[name], range=text)


def luminosity(colour: Colour) -> float:
    red, green, blue = colour
    return math.sqrt(0.299 * red**2 + 0.587 * green**2 + 0.114 * blue**2)


def colours(facts: Facts) -> Iterator[Finding]:
    """D05."""
    combo = facts.beatmap.colours.combo
    if facts.mode not in (0, CATCH):
        return
    if len(combo) < 2 and not facts.beatmap.general.skin_preference:
        what = f"{len(combo)} combo colours, at least 2 needed"
        yield facts.finding("D05", 0.0, value=float(len(combo)), limit=2.0, part="number", what=what)
    kiai = any(point.kiai for point in facts.timing.effects.points)
    for number, colour in enumerate(combo, 1):
        light = luminosity(colour)
        if light < DARK or (light > BRIGHT and kiai):
            word = "dark" if light < DARK else "bright for kiai"
            what = f"combo colour {number} ({', '.join(map(str, colour))}) is too {word}"
            limit = DARK if light < DARK else BRIGHT
            yield facts.finding("D05", 0.0, value=round(light, 1), limit=limit, part=f"colour {number}", what=what)


def taiko_settings(facts: Facts) -> Iterator[Finding]:
    """D07."""
    if facts.mode != TAIKO:
        return
    settings = facts.beatmap.difficulty
    if abs(settings.slider_multiplier - TAIKO_MULTIPLIER) > NEAR:
        yield facts.finding(
            "D07",
            0.0,
            value=settings.slider_multiplier,
            limit=TAIKO_MULTIPLIER,
            part=MULTIPLIER,
            what="SliderMultiplier",
        )
    rate = settings.slider_tick_rate
    if rate != 1 and not (rate == 3 and _triplets(facts)):
        yield facts.finding("D07", 0.0, value=rate, limit=1.0, part=TICK_RATE, what="tick rate")


def _triplets(facts: Facts) -> bool:
    """Whether the song is felt in triplets: a good part of the gaps below a beat are 1/3 or 1/6."""
    short = [(gap, beat) for gap, beat in zip(facts.gaps, facts.beats, strict=False) if gap < 0.9 * beat]
    triplets = sum(is_part(gap, beat, 3) or is_part(gap, beat, 1.5) or is_part(gap, beat, 6) for gap, beat in short)
    return bool(short) and triplets >= TRIPLET_SHARE * len(short)


def catch_settings(facts: Facts) -> Iterator[Finding]:
    """D08."""
    settings = facts.beatmap.difficulty
    if facts.mode == CATCH and single(settings.overall_difficulty) != single(settings.approach_rate):
        yield facts.finding("D08", 0.0, value=settings.overall_difficulty, limit=settings.approach_rate, part=OD)


CHECKS = (precision, ranges, tick_rate, level_ranges, colours, taiko_settings, catch_settings)
