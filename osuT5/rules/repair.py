"""Repairs of a map, in order and in rounds (spec 08 section 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from osuT5.beatmap import Beatmap

from . import (
    fix_catch,
    fix_modes,
    fix_objects,
    fix_osu,
    fix_shapes,
    fix_snapping,
    fix_sounds,
    fix_spacing,
    fix_structure,
)
from .check import checked, facts_of
from .context import Facts
from .draft import Draft, copy_of
from .finding import Finding, Severity, counts
from .level import Level

MAX_ROUNDS = 3
MAX_DROPPED = 0.05  # of all objects
MAX_TRIALS = 12  # checks of the whole map for one rule in one round

Fix = Callable[[Draft, Finding], str]

# in this order: structure, snapping, concurrency and limits of the mode, sound, breaks, combos
SAFE: dict[str, Fix] = {
    **fix_structure.FIXES,
    **fix_snapping.FIXES,
    **fix_objects.FIXES,
    **fix_osu.FIXES,
    **fix_modes.FIXES,
    **fix_sounds.SOUNDS,
    **fix_sounds.BREAKS,
    **fix_sounds.COMBOS,
    **fix_structure.LAST,
}
GAMEPLAY: dict[str, Fix] = {
    **fix_objects.GAMEPLAY,
    **fix_snapping.GAMEPLAY,
    **fix_modes.GAMEPLAY,
    **fix_catch.GAMEPLAY,
    **fix_shapes.GAMEPLAY,
    **fix_spacing.GAMEPLAY,
    **fix_sounds.GAMEPLAY,
}


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done about one finding; ``time`` in ms."""

    rule: str
    time: float
    what: str
    finding: Finding

    def __str__(self) -> str:
        return f"{self.rule} at {self.time:.0f} ms: {self.what} ({self.finding.message})"


def repair_map(
    beatmap: Beatmap,
    allow_gameplay: bool = False,
    *,
    stars: float | None = None,
    level: Level | str | None = None,
    audio_ms: float | None = None,
    lowest: bool = False,
    files: Path | str | Iterable[str] | None = None,
    rules: Iterable[str] | None = None,
    settings: bool = False,
    problems_only: bool = False,
) -> tuple[Beatmap, list[Repair]]:
    """A copy of ``beatmap`` with the safe repairs done, and what they were; ``beatmap`` stays as it is.

    ``allow_gameplay`` adds repairs that change how the map plays. ``rules``: only these ids. The others go to
    ``check_map``. A repair stays only if the map has fewer findings after it, counted from problems down, and no rule has
    more problems; when more than 5 % of the objects would have to go, none is dropped. ``settings``: also move difficulty settings into the range of
    the level (D04), which is better done before mapping. ``problems_only``: what changes how the map plays is done for
    problems and not for mere warnings. Raises ``ValueError`` for an unknown level.
    """
    facts = facts_of(beatmap, stars, level, audio_ms, lowest, files)
    fixes = {**SAFE, **(GAMEPLAY if allow_gameplay else {}), **(fix_structure.SETTINGS if settings else {})}
    if rules is not None:
        wanted = frozenset(rules)
        fixes = {rule: fix for rule, fix in fixes.items() if rule in wanted}
    shop = _Shop(facts, fixes, int(MAX_DROPPED * len(facts.objects)), problems_only)
    result = shop.run()
    return _Shop(facts, fixes, 0, problems_only).run() if shop.refused else result


class _Shop:
    """``room``: how many objects may still be dropped. ``refused``: a repair asked for more."""

    def __init__(self, facts: Facts, fixes: dict[str, Fix], room: int, problems_only: bool) -> None:
        self.facts = facts
        self.findings = checked(facts)
        self.fixes = fixes
        self.room = room
        self.problems_only = problems_only
        self.refused = False
        self.repairs: list[Repair] = []

    def run(self) -> tuple[Beatmap, list[Repair]]:
        source = self.facts.beatmap
        for _ in range(MAX_ROUNDS):
            before = len(self.repairs)
            for rule in self.fixes:
                found = [item for item in self.findings if item.rule == rule and self._meant(item)]
                if found:
                    self._mend(rule, found, [MAX_TRIALS])
            if len(self.repairs) == before:
                break
        beatmap = self.facts.beatmap
        return (copy_of(beatmap) if beatmap is source else beatmap), self.repairs

    def _meant(self, finding: Finding) -> bool:
        return not self.problems_only or finding.rule in SAFE or finding.severity is Severity.PROBLEM

    def _mend(self, rule: str, found: Sequence[Finding], trials: list[int]) -> None:
        """Mend ``found`` at once if that makes the map better, else in halves."""
        if not found or trials[0] <= 0 or self._try(rule, found, trials) or len(found) == 1:
            return
        middle = len(found) // 2
        self._mend(rule, found[:middle], trials)
        self._mend(rule, self._still(found[middle:]), trials)

    def _still(self, found: Sequence[Finding]) -> list[Finding]:
        """The same findings as they are after the latest repairs."""
        wanted = {_key(item) for item in found}
        return [item for item in self.findings if _key(item) in wanted]

    def _try(self, rule: str, found: Sequence[Finding], trials: list[int]) -> bool:
        """Whether the repairs were kept, or there was nothing to do."""
        draft = Draft(self.facts, self.room)
        notes = [(item, self.fixes[rule](draft, item)) for item in found]
        done = [Repair(rule, item.start, what, item) for item, what in notes if what]
        self.refused |= draft.refused
        if not done:
            return True
        trials[0] -= 1
        old = self.facts
        beatmap = draft.finish()
        facts = facts_of(beatmap, old.stars, old.level, old.audio_ms, old.lowest, old.files)
        findings = checked(facts)
        if not _better(self.findings, findings):
            return False
        self.facts, self.findings = facts, findings
        self.room -= len(draft.dropped)
        self.repairs += done
        return True


def _better(before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Fewer findings, counted from problems down, and no rule with more problems than before."""
    if tuple(counts(after).values()) >= tuple(counts(before).values()):
        return False
    old, new = (Counter(item.rule for item in found if item.severity is Severity.PROBLEM) for found in (before, after))
    return not new - old


def _key(finding: Finding) -> tuple[str, str, float, float]:
    return finding.rule, finding.part, finding.start, finding.end
