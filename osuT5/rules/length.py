"""Length of a map, and its name against its stars (S01, S05, S06 of spec 08 section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from osuT5.beatmap.play import MIN_BREAK

from .context import Facts
from .finding import Finding
from .level import level_name, level_of_name, level_of_stars

SHORTEST_DRAIN = 30_000.0  # ms
AUDIO_SHARE = 80.0  # percent
LEVELS_OFF = 2


def drain_time(facts: Facts) -> float:
    """Ms from the first start to the last end without breaks."""
    pauses = (item.end - item.start for item in facts.beatmap.events.breaks)
    return facts.last_end - facts.first_start - sum(pause for pause in pauses if pause >= MIN_BREAK)


def drain(facts: Facts) -> Iterator[Finding]:
    """S01."""
    length = drain_time(facts)
    if facts.objects and length < SHORTEST_DRAIN:
        yield facts.finding("S01", 0.0, value=round(length / 1000, 1), limit=SHORTEST_DRAIN / 1000)


def misnamed(facts: Facts) -> Iterator[Finding]:
    """S05 for one map."""
    named = level_of_name(facts.beatmap.metadata.version, facts.mode)
    if named is None or facts.stars is None:
        return
    measured = level_of_stars(facts.stars)
    if abs(named - measured) >= LEVELS_OFF:
        should = level_name(measured, facts.mode, facts.stars)
        what = f"named {facts.beatmap.metadata.version!r} at {facts.stars:.2f} stars, which is {should}"
        yield facts.finding("S05", 0.0, value=facts.stars, part="name", what=what)


def audio_use(facts: Facts) -> Iterator[Finding]:
    """S06."""
    if facts.audio_ms and facts.objects:
        share = 100 * facts.last_end / facts.audio_ms
        if share < AUDIO_SHARE:
            yield facts.finding("S06", facts.last_end, value=round(share, 1), limit=AUDIO_SHARE)


CHECKS = (drain, misnamed, audio_use)
