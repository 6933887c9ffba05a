"""Where the timing of a run comes from, decided before any model or song is loaded.

Precedence: the user's bpm and offset, then ``in_context=[TIMING]``, then super timing that was asked for, then
``timing_source``. ``bpm`` alone has its offset fitted to the song.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from ..compat import Compat
from ..generation.plan import Plan, TimingSource
from ..options import InferenceOptions


class KnownTiming(str, Enum):
    """What is known of the timing, or will be, without a model."""

    NOTHING = "nothing"
    GIVEN = "bpm and offset"
    TEMPO = "bpm"  # the offset is fitted
    ANALYSIS = "analysis"
    AUTO = "auto"  # analysis where it is sure, the model otherwise


def given_timing(given: InferenceOptions, compat: Compat) -> KnownTiming:
    """What the user's own tempo says: GIVEN, TEMPO or NOTHING. Values that were filled in do not count."""
    if given.bpm is None or compat.published("given_tempo"):
        return KnownTiming.NOTHING
    return KnownTiming.TEMPO if given.offset is None else KnownTiming.GIVEN


def known_timing(
    given: InferenceOptions, preset: InferenceOptions, models_plan: Plan, compat: Compat, named: Collection[str] = ()
) -> KnownTiming:
    """What the run knows. ``models_plan`` is the plan that it would have with nothing known.

    Super timing was asked for where it is among the options ``named`` by the user, or is not the version's default.
    """
    own = given_timing(given, compat)
    if own is KnownTiming.GIVEN:
        return own
    if models_plan.timing is TimingSource.REFERENCE:
        return KnownTiming.NOTHING
    if own is KnownTiming.TEMPO:
        return own
    asked = given.super_timing and ("super_timing" in named or not preset.super_timing)
    if asked and models_plan.timing is TimingSource.SUPER:
        return KnownTiming.NOTHING
    return {"analysis": KnownTiming.ANALYSIS, "auto": KnownTiming.AUTO}.get(given.timing_source, KnownTiming.NOTHING)
