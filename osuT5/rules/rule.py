"""A rule as data."""

from __future__ import annotations

from dataclasses import dataclass

from .finding import Severity

PROBLEM, WARNING, MINOR = Severity.PROBLEM, Severity.WARNING, Severity.MINOR
ALL = (0, 1, 2, 3)
OSU, TAIKO, CATCH, MANIA = (0,), (1,), (2,), (3,)
MODE_NAMES = ("osu!", "taiko", "catch", "mania")
CRITERIA = "ranking criteria"
EDITOR = "checks of the lazer editor"
OWN = "choice of this project"


@dataclass(frozen=True, slots=True)
class Rule:
    """``severity`` is the usual one; single findings may be milder or worse, as ``why`` says.

    ``levels``: letters of the levels that the rule is for, or ``all``. ``repair``: A automatic, P automatic but it changes
    gameplay, - none. ``wording`` takes ``{value}``, ``{limit}`` and words of the check. ``source``: where the limits come from.
    """

    id: str
    severity: Severity
    modes: tuple[int, ...]
    levels: str
    repair: str
    wording: str
    why: str
    source: str = CRITERIA
