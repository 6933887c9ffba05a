"""What a check reports: one finding, with where, how much and how bad."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Severity(str, Enum):
    """``problem``: breaks a rule or misbehaves in a client; ``warning``: breaks a guideline; ``minor``: worth a look."""

    PROBLEM = "problem"
    WARNING = "warning"
    MINOR = "minor"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]

    @property
    def milder(self) -> Severity:
        return Severity.WARNING if self is Severity.PROBLEM else Severity.MINOR


_RANKS = {Severity.PROBLEM: 0, Severity.WARNING: 1, Severity.MINOR: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a map departs from a rule.

    ``start`` and ``end`` in ms (equal for a moment; 0 for the map as a whole). ``objects``: places in ``hit_objects``.
    ``value`` is what was measured and ``limit`` what is accepted, where both are numbers. ``repair``: ``A`` automatic,
    ``P`` automatic but it changes gameplay, ``-`` none. ``part`` tells findings of one rule apart where it matters for a
    repair (a setting's name, ``end``, ...). ``maps``: names of the difficulties, for findings about a whole set.
    """

    rule: str
    severity: Severity
    start: float
    end: float
    message: str
    objects: tuple[int, ...] = ()
    value: float | None = None
    limit: float | None = None
    repair: str = "-"
    part: str = ""
    maps: tuple[str, ...] = ()


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By time, then id; the rest only settles ties."""
    return sorted(findings, key=lambda item: (item.start, item.rule, item.objects, item.part, item.end, item.message))


def counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Findings per severity, the worst first; severities without any count 0."""
    found = {severity: 0 for severity in Severity}
    for item in findings:
        found[item.severity] += 1
    return found


def summary_line(findings: Iterable[Finding]) -> str:
    """One line for the end of a run: how many findings, and the commonest rules of the worst severity."""
    listed = list(findings)
    if not listed:
        return "no findings"
    found = counts(listed)
    parts = [f"{number} {severity.value}{'s' if number != 1 and severity is not Severity.MINOR else ''}"
             for severity, number in found.items() if number]  # fmt: skip
    worst = min((item.severity for item in listed), key=lambda severity: severity.rank)
    rules: dict[str, int] = {}
    for item in listed:
        if item.severity is worst:
            rules[item.rule] = rules.get(item.rule, 0) + 1
    common = sorted(rules, key=lambda rule: (-rules[rule], rule))[:4]
    shown = ", ".join(f"{rule} x{rules[rule]}" if rules[rule] > 1 else rule for rule in common)
    return f"{', '.join(parts)} ({shown}{', ...' if len(rules) > 4 else ''})"
