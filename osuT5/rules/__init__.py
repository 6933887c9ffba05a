"""Checks of finished maps against facts of the ranking criteria, and repairs (spec 08).

Findings are advice: no tool replaces reading the criteria, and a map without findings is just that.
"""

from .catalogue import RULES, UnknownRuleError, explain, rule
from .check import check_map
from .finding import Finding, Severity, counts, summary_line
from .level import Level, level_name, level_of_name, level_of_stars
from .repair import Repair, repair_map
from .repair_set import repair_set
from .settings_table import clamp_to_level, recommended
from .spread import check_set, lowest_of_set

__all__ = [
    "RULES",
    "Finding",
    "Level",
    "Repair",
    "Severity",
    "UnknownRuleError",
    "check_map",
    "check_set",
    "clamp_to_level",
    "counts",
    "explain",
    "level_name",
    "level_of_name",
    "level_of_stars",
    "lowest_of_set",
    "recommended",
    "repair_map",
    "repair_set",
    "rule",
    "summary_line",
]
