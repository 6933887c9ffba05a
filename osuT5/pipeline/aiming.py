"""Which stars to tell the model next, where a map came out harder or easier than asked.

What a model takes a number of stars to mean differs from song to song: the same 4.5 may give 4 on a ballad and 6 on a
fast song. Some tries bring a map to the stars that were asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ..capabilities import STARTER
from ..request import Request
from ..request.by_level import told_stars
from ..request.fill import GIVEN

TOLERANCE = 0.3  # stars off that nobody hears of
FINE = 0.05  # stars that a model with stars as a number tells apart
_LOWEST = 0.3  # stars that a model is told
_STEP = 2.0  # at most from one try to the next


@dataclass(frozen=True)
class Aim:
    """The tries at one map so far: what was told and what came out, in stars."""

    asked: float
    highest: float  # stars that it makes sense to tell
    step: float  # stars that the model tells apart
    tries: tuple[tuple[float, float], ...] = ()

    def after(self, told: float, got: float) -> Aim:
        """With one more try."""
        return replace(self, tries=(*self.tries, (told, got)))

    def miss(self, got: float | None) -> float:
        """How many stars a map is off."""
        return math.inf if got is None else abs(got - self.asked)

    def next_told(self) -> float | None:
        """Between the nearest tries on both sides, else as far beyond the nearest one as it was off.

        None where a map is near enough, or has no stars, or where nothing new is left to tell.
        """
        told, got = min(self.tries, key=lambda one: self.miss(one[1]), default=(math.nan, self.asked))
        if self.miss(got) <= TOLERANCE:
            return None
        wanted = min(max(self._between(told, got), _LOWEST), self.highest)
        known = {int(other / self.step) for other, _ in self.tries}
        return None if int(wanted / self.step) in known else round(wanted, 2)

    def _between(self, told: float, got: float) -> float:
        below = max((one for one in self.tries if one[1] < self.asked), default=None)
        above = min((one for one in self.tries if one[1] > self.asked), default=None)
        if below is None or above is None or below[0] >= above[0]:
            return told + min(max(self.asked - got, -_STEP), _STEP)
        share = (self.asked - below[1]) / (above[1] - below[1])
        return below[0] + share * (above[0] - below[0])


def aim_of(request: Request) -> Aim | None:
    """The aim of a map whose stars the user has asked for; None where it is written once, as it comes."""
    options, layout = request.options, request.able.layout
    whole = "map" in options.output_type and not options.add_to_beatmap
    if options.star_tries == 1 or not whole or request.origins.get("difficulty") != GIVEN:
        return None
    shipped = options.model_path == STARTER
    highest = told_stars(options.gamemode, math.inf) if shipped else float(layout.max_diff)
    step = layout.max_diff / layout.num_diff_classes if layout.add_difficulty_token else FINE
    return Aim(float(options.difficulty), highest, step)
