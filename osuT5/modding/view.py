"""Which suggestions a report shows, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..request import OptionError
from .categories import CATEGORIES
from .filters import MIN_RELATIVE
from .options import FORMATS, PRECISIONS, SORTS, ModOptions
from .suggestion import BITS_A_POINT, Suggestion

NEAR = 50  # ms; within it, two suggestions of a category are about one moment


@dataclass(frozen=True)
class View:
    """``limit`` keeps the most surprising ones, one of a category and moment before a second one; times in ms, both ends
    included."""

    limit: int | None = None
    min_importance: float = MIN_RELATIVE / BITS_A_POINT
    sort: str = "time"
    categories: tuple[str, ...] = CATEGORIES
    start_time: float | None = None
    end_time: float | None = None

    @property
    def min_relative(self) -> float:
        return self.min_importance * BITS_A_POINT

    def shows(self, time: float) -> bool:
        """Whether a time lies in the part that was asked for."""
        after = self.start_time is None or time >= self.start_time
        return after and (self.end_time is None or time <= self.end_time)

    def select(self, suggestions: Iterable[Suggestion]) -> list[Suggestion]:
        """What to show, in order of time or importance."""
        found = [
            each
            for each in suggestions
            if each.category in self.categories and each.score.relative >= self.min_relative and self.shows(each.time)
        ]
        if self.limit is not None:
            found = _spread(_by_importance(found))[: self.limit]
        return _by_importance(found) if self.sort == "importance" else sorted(found, key=_time)


def _spread(ranked: Sequence[Suggestion]) -> list[Suggestion]:
    """``ranked`` with those last that have a more surprising one of their category at their moment."""
    seen: dict[str, list[float]] = defaultdict(list)
    first, rest = [], []
    for each in ranked:
        moment = each.target.time
        if any(abs(moment - other) <= NEAR for other in seen[each.category]):
            rest.append(each)
        else:
            first.append(each)
            seen[each.category].append(moment)
    return [*first, *rest]


def _by_importance(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    return sorted(suggestions, key=lambda each: (-each.score.relative, _time(each)))


def _time(suggestion: Suggestion) -> int:
    return suggestion.time


def view_of(options: ModOptions) -> View:
    """The view that options ask for. Raises :class:`OptionError`."""
    for name, known in (("format", FORMATS), ("sort", SORTS), ("precision", PRECISIONS)):
        value = getattr(options, name)
        if value not in known:
            raise OptionError(f"{name}: {value!r} is not known; accepted: {', '.join(known)}")
    if options.limit is not None and options.limit < 0:
        raise OptionError(f"limit: {options.limit} is not accepted; accepted: a whole number from 0")
    if options.min_importance < 0:
        raise OptionError(f"min_importance: {options.min_importance:g} is not accepted; accepted: a number from 0")
    for name in ("start_time", "end_time"):
        value = getattr(options, name)
        if value is not None and value < 0:
            raise OptionError(f"{name}: {value} is not accepted; accepted: ms from 0")
    start, end = options.start_time, options.end_time
    if start is not None and end is not None and end <= start:
        raise OptionError(f"end_time: {end} ms is not after start_time {start} ms")
    return View(options.limit, options.min_importance, options.sort, _categories(options.category), start, end)


def _categories(given: object) -> tuple[str, ...]:
    """Categories by name in any case, spaces or not: ``hit_sounds`` is ``Hit Sounds``."""
    if given is None or given == "" or given == []:
        return CATEGORIES
    known = {_key(name): name for name in CATEGORIES}
    found = []
    for name in given if isinstance(given, list | tuple) else [given]:
        if _key(str(name)) not in known:
            raise OptionError(f"category: {name!r} is not known; accepted: {', '.join(CATEGORIES)}")
        found.append(known[_key(str(name))])
    return tuple(dict.fromkeys(found))


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())
