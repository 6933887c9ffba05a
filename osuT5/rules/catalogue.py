"""Every rule by its id, and what it says when asked (spec 08)."""

from __future__ import annotations

from difflib import get_close_matches

from .rows_general import ROWS as GENERAL
from .rows_modes import ROWS as MODES
from .rows_osu import ROWS as OSU
from .rows_settings import ROWS as SETTINGS
from .rule import MODE_NAMES, Rule

RULES: dict[str, Rule] = {row.id: row for row in (*GENERAL, *SETTINGS, *OSU, *MODES)}

_REPAIRS = {
    "A": "repaired automatically when asked",
    "P": "can be repaired automatically where that is straightforward, but it changes gameplay",
    "-": "reported only",
}


class UnknownRuleError(ValueError):
    """No rule of that id."""


def rule(rule_id: str) -> Rule:
    """The rule of that id, in any case. Raises :class:`UnknownRuleError`."""
    found = RULES.get(rule_id.strip().upper())
    if found is None:
        near = get_close_matches(rule_id.strip().upper(), RULES, n=3, cutoff=0.4)
        raise UnknownRuleError(f"explain: no rule {rule_id!r}" + (f"; near: {', '.join(near)}" if near else ""))
    return found


def explain(rule_id: str) -> str:
    """What a rule is about, in a few lines. Raises :class:`UnknownRuleError`."""
    found = rule(rule_id)
    modes = "all modes" if len(found.modes) == 4 else ", ".join(MODE_NAMES[mode] for mode in found.modes)
    levels = "all levels" if found.levels == "all" else f"levels {found.levels}"
    return "\n".join(
        (
            f"{found.id} ({found.severity.value}; {modes}; {levels})",
            found.why,
            f"Repair: {_REPAIRS[found.repair]}.",
            f"Source: {found.source}. Checks of this kind don't replace reading the criteria.",
        )
    )
