"""Checks of a whole set: spread, and what its difficulties share (spec 08 sections 2, 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from osuT5.beatmap import Beatmap

from .catalogue import RULES
from .check import facts_of
from .context import MANIA, Facts, shown
from .finding import Finding, Severity, in_order
from .level import Level, level_name, level_of_stars
from .same import shared_settings

# lengths in s at which the lowest level needed rises from N to H to I, and (catch, mania) the difficulties that also do
MARKS: tuple[tuple[float, ...], ...] = ((150, 195, 240), (150, 195, 240), (150, 195, 240), (120, 165, 210))
LOWEST_LEVELS = (Level.N, Level.H, Level.I)
ENOUGH_MAPS = (4, 3, 2)
ENOUGH_MODES = (2, 3)
FREE_BREAKS = 30_000.0  # ms of breaks that the highest difficulty may count
STEP_BELOW_INSANE, STEP_FROM_INSANE = 1.5, 2.0  # stars


def check_set(
    beatmaps: Sequence[Beatmap],
    stars: Sequence[float | None] | None = None,
    levels: Sequence[Level | str | None] | None = None,
    audio_ms: float | None = None,
) -> list[Finding]:
    """What is wrong with a set as a whole; single maps are left to ``check_map``. ``maps`` of a finding names those meant.

    ``stars`` and ``levels`` go with ``beatmaps``. Raises ``ValueError`` for unknown levels or lists of other lengths.
    """
    every = _facts(beatmaps, stars, levels, audio_ms)
    found = [finding for group in _groups(every) for finding in _spread(group)]
    return in_order([*found, *shared_settings(every)])


def lowest_of_set(
    beatmaps: Sequence[Beatmap],
    stars: Sequence[float | None] | None = None,
    levels: Sequence[Level | str | None] | None = None,
) -> list[bool]:
    """For each map: whether it is the lowest level of its mode (and key count) and required there, for ``check_map``."""
    every = _facts(beatmaps, stars, levels, None)
    lowest: set[int] = set()
    for group in _groups(every):
        needed = required_level(group)
        bottom = group[0].level
        if needed is not None and bottom is not None and bottom <= needed:
            lowest.update(id(facts) for facts in group if facts.level == bottom)
    return [id(facts) in lowest for facts in every]


def _facts(
    beatmaps: Sequence[Beatmap],
    stars: Sequence[float | None] | None,
    levels: Sequence[Level | str | None] | None,
    audio_ms: float | None,
) -> list[Facts]:
    count = len(beatmaps)
    for name, values in (("stars", stars), ("levels", levels)):
        if values is not None and len(values) != count:
            raise ValueError(f"{name}: {len(values)} values for {count} maps")
    rated, named = stars or [None] * count, levels or [None] * count
    return [facts_of(*args, audio_ms) for args in zip(beatmaps, rated, named, strict=True)]


def _groups(every: list[Facts]) -> list[list[Facts]]:
    """Maps of one mode (mania: one key count and style), from the lowest to the highest."""
    groups: dict[tuple[int, int, bool], list[Facts]] = {}
    for facts in every:
        keys = facts.beatmap.difficulty.key_count if facts.mode == MANIA else 0
        style = facts.mode == MANIA and facts.beatmap.general.special_style
        groups.setdefault((facts.mode, keys, style), []).append(facts)
    for group in groups.values():
        group.sort(key=lambda facts: (facts.stars or 0.0, -1 if facts.level is None else facts.level))
    return [sorted(group, key=_level_key) for _, group in sorted(groups.items())]


def _level_key(facts: Facts) -> tuple[float, float]:
    level = -1 if facts.level is None else facts.level
    return (facts.stars, level) if facts.stars is not None else (level, level)


def play_time(facts: Facts, highest: bool) -> float:
    """Drain and breaks in ms; the highest difficulty may count 30 s of breaks."""
    total = facts.last_end - facts.first_start
    pauses = facts.in_break(facts.first_start, facts.last_end)
    return total - max(pauses - FREE_BREAKS, 0.0) if highest else total


def required_level(group: Sequence[Facts]) -> Level | None:
    """The level that the lowest difficulty of ``group`` may have at most; None where the length asks for none."""
    shortest = min(play_time(facts, facts is group[-1]) for facts in group)
    for mark, level in zip(MARKS[group[0].mode], LOWEST_LEVELS, strict=True):
        if shortest < mark * 1000:
            return level
    return None


def _spread(group: list[Facts]) -> Iterator[Finding]:
    steps = list(_steps(group))
    yield from steps
    yield from _rising_names(group)
    needed = required_level(group)
    known = [facts.level for facts in group if facts.level is not None]
    if len(known) != len(group) or needed is None:
        return
    mode = group[0].mode
    enough = ENOUGH_MAPS[LOWEST_LEVELS.index(needed)]
    if min(known) > needed and not (mode in ENOUGH_MODES and len(group) >= enough and not steps):
        lowest = group[known.index(min(known))]
        yield _finding(
            "S02",
            [lowest],
            value=float(min(known)),
            limit=float(needed),
            what=level_name(min(known), mode),
            need=level_name(needed, mode),
        )
    for level in range(max(needed, min(known)) + 1, max(known)):
        if level not in known:
            yield _finding("S03", group, part=Level(level).name, what=level_name(Level(level), mode))
    if min(known) < needed and needed not in known and max(known) > needed:
        yield _finding("S03", group, part=needed.name, what=level_name(needed, mode))


def _steps(group: list[Facts]) -> Iterator[Finding]:
    """S04."""
    rated = [facts for facts in group if facts.stars is not None]
    for low, high in zip(rated, rated[1:], strict=False):
        assert low.stars is not None and high.stars is not None
        below = (low.level if low.level is not None else level_of_stars(low.stars)) < Level.I
        limit = STEP_BELOW_INSANE if below else STEP_FROM_INSANE
        step = high.stars - low.stars
        if step > limit + 1e-9:
            what = f"{low.beatmap.metadata.version!r} and {high.beatmap.metadata.version!r}"
            yield _finding("S04", [low, high], value=round(step, 2), limit=limit, what=what)


def _rising_names(group: list[Facts]) -> Iterator[Finding]:
    """S05 for neighbours whose names fall while their stars rise."""
    from .level import level_of_name

    named = [(facts, level_of_name(facts.beatmap.metadata.version, facts.mode)) for facts in group if facts.stars]
    known = [(facts, level) for facts, level in named if level is not None]
    for (low, low_level), (high, high_level) in zip(known, known[1:], strict=False):
        if low_level > high_level:
            what = f"{low.beatmap.metadata.version!r} has fewer stars than {high.beatmap.metadata.version!r}"
            yield _finding("S05", [low, high], part="order", what=what)


def _finding(
    rule: str,
    maps: Sequence[Facts],
    value: float | None = None,
    limit: float | None = None,
    part: str = "",
    **words: str,
) -> Finding:
    known = RULES[rule]
    message = known.wording.format(value=shown(value), limit=shown(limit), **words)
    names = tuple(facts.beatmap.metadata.version for facts in maps)
    severity: Severity = known.severity
    return Finding(rule, severity, 0.0, 0.0, message, (), value, limit, known.repair, part, names)
